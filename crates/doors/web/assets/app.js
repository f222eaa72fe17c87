// Comfort only: every page works without this file.
"use strict";
// A form is sent once, even on a double click (the server would take it once anyway).
document.querySelectorAll("form[data-once]").forEach((form) => {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (event.submitter?.formTarget) return; // a look at a draft sends nothing
    if (sent) event.preventDefault();
    sent = true;
  });
  window.addEventListener("pageshow", () => { sent = false; });
});
// What was written and not sent: a reload or a click asks first.
let sent = null;
document.addEventListener("submit", (event) => {
  if (!event.submitter?.formTarget && !event.defaultPrevented) sent = event.target;
});
addEventListener("pageshow", () => { sent = null; });
addEventListener("beforeunload", (event) => {
  const fields = [...document.querySelectorAll("form[method=post] textarea")].filter((field) => field.form !== sent);
  if (fields.some((field) => field.value !== field.defaultValue)) event.preventDefault();
});
// A draft is shown beside the form, and seen: the frame may be far away from the button.
document.querySelectorAll("[data-draft]").forEach((part) => {
  // A frame has the name it is made with: one that is given later leads nowhere.
  const unnamed = part.querySelector("iframe");
  const frame = unnamed.cloneNode();
  frame.name = frame.dataset.name;
  unnamed.replaceWith(frame);
  part.hidden = false;
  document.addEventListener("submit", (event) => {
    if (event.submitter?.formTarget !== frame.name) return;
    const heading = part.querySelector("h2");
    heading.focus({ preventScroll: true });
    heading.scrollIntoView({ block: "start" });
  });
});
document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});
// A text block goes where the caseworker writes.
document.querySelectorAll("[data-insert]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => {
    const field = document.getElementById(button.dataset.into);
    const text = document.getElementById(button.dataset.insert).textContent.trim();
    field.value = field.value.trim() ? `${field.value.trimEnd()}\n\n${text}` : text;
    field.focus();
  });
});
// Single keys work only while the focus is in the list (WCAG 2.1.4), and never while somebody types.
document.querySelectorAll("[data-rows]").forEach((table) => {
  document.querySelectorAll("[data-keys]").forEach((line) => { line.hidden = false; });
  const rows = [...table.querySelectorAll("[data-row]")];
  const link = (row) => row?.querySelector("a[href]");
  const list = table.closest("[tabindex]") ?? table;
  list.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.target.matches("select,textarea,input:not([type=checkbox])")) return;
    const at = rows.indexOf(event.target.closest("[data-row]"));
    if (event.key === "j") link(rows[Math.min(at + 1, rows.length - 1)])?.focus();
    else if (event.key === "k") link(rows[Math.max(at - 1, 0)])?.focus();
    else if (event.key === "x" && at >= 0) rows[at].querySelector("input[type=checkbox]")?.click();
    else return;
    event.preventDefault();
  });
});
document.querySelector("[data-focus]")?.focus();
// An address may lead to a question: the keyboard goes there too.
if (location.hash) document.getElementById(location.hash.slice(1))?.focus({ preventScroll: true });
// Work that goes on: its numbers follow, the rest of the page stays; when it is done, the page comes anew once. Each question is a sign of
// life to the session: where nothing moves for five minutes, nobody is asked any more.
const live = () => [...document.querySelectorAll("[data-live]")];
if (document.querySelector("[data-working]")) {
  let idle = 0;
  const watch = setInterval(async () => {
    if (document.hidden) return;
    idle += 1;
    if (idle > 100) {
      clearInterval(watch);
      return;
    }
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!page.querySelector("[data-working]")) {
        clearInterval(watch);
        location.reload();
        return;
      }
      const fresh = page.querySelectorAll("[data-live]");
      live().forEach((node, at) => {
        if (node.value !== undefined) node.value = fresh[at].value;
        else if (node.textContent !== fresh[at].textContent) {
          node.textContent = fresh[at].textContent;
          idle = 0;
        }
      });
    } catch { /* the link beside it does the same */ }
  }, 3000);
}
