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
// A form answers while it is filled in: questions come, go and become mandatory, and an answer that a rule objects to says so. The server
// is asked what the page is like with these answers and saves nothing; what somebody is typing is never touched.
document.querySelectorAll("form[data-look]").forEach((form) => {
  const said = form.querySelector("[data-said]");
  // By what they are about; headings and remarks may be alike.
  const parts = (of) => {
    const all = new Map();
    of.querySelectorAll("[data-part]").forEach((part) => {
      let key = part.dataset.part;
      while (all.has(key)) key += "+";
      all.set(key, part);
    });
    return all;
  };
  const inputs = (part) => [...part.querySelectorAll("input:not([type=hidden]),select,textarea")];
  const choice = (input) => input.type === "radio" || input.type === "checkbox";
  // A part without the answers in it.
  const bare = (part) => {
    const copy = part.cloneNode(true);
    copy.querySelectorAll("input[type=text]").forEach((input) => input.removeAttribute("value"));
    copy.querySelectorAll("textarea").forEach((input) => { input.textContent = ""; });
    copy.querySelectorAll("[checked],[selected]").forEach((chosen) => ["checked", "selected"].forEach((name) => chosen.removeAttribute(name)));
    return copy.outerHTML;
  };
  const inUse = (part) => part.contains(document.activeElement) || inputs(part).some((input) => input.files?.length);
  // An empty field begins with what the form proposes.
  const propose = (part, fresh) => {
    const [now, then] = [inputs(part), inputs(fresh)];
    if (now.some((input) => (choice(input) ? input.checked : input.value))) return;
    now.forEach((input, at) => {
      if (choice(input)) input.checked = then[at].checked;
      else if (input.type !== "file") input.value = then[at].value;
    });
  };
  const [away, came] = [new Map(), new Set()];
  let [asking, page] = [null, null];
  const show = () => {
    const fresh = page?.querySelector("form[data-look]");
    if (!fresh) return;
    const [now, then] = [parts(form), parts(fresh)];
    const news = [];
    const staying = new Set();
    now.forEach((old, key) => {
      if (then.has(key)) return;
      if (inUse(old)) staying.add(old);
      else {
        away.set(key, old);
        old.remove();
      }
    });
    let before = said;
    then.forEach((part, key) => {
      const [old, gone] = [now.get(key), away.get(key)];
      let kept = [old, gone].find((one) => one && bare(one) === bare(part));
      if (kept && kept === old && !inUse(old)) propose(old, part);
      else if (old && inUse(old)) kept = old;
      else {
        kept ??= document.importNode(part, true);
        if (!old) came.add(key);
        if (!old) news.push(...[...kept.querySelectorAll("legend,label")].slice(0, 1).map((name) => name.textContent));
        news.push(...[...kept.querySelectorAll(".kern-error")].map((error) => error.textContent));
        old?.replaceWith(kept);
      }
      let next = before.nextElementSibling;
      while (staying.has(next)) next = next.nextElementSibling;
      if (next !== kept) before.after(kept);
      away.delete(key);
      before = kept;
    });
    const errors = document.getElementById("fehler");
    const list = page.querySelector("#fehler ul");
    if (list) errors?.querySelector("ul").replaceWith(document.importNode(list, true));
    else errors?.remove();
    const progress = document.getElementById("fortschritt")?.parentNode;
    progress?.replaceWith(document.importNode(page.getElementById("fortschritt").parentNode, true));
    form.querySelector("[data-asked]").value = [...came].join(",");
    if (news.length) said.textContent = news.map((text) => text.trim()).join(". ");
  };
  const look = async () => {
    asking?.abort();
    [asking, page] = [new AbortController(), null];
    const answers = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    answers.append("weiter", "ansehen");
    if (document.getElementById("fehler")) answers.append("fehler", "1");
    try {
      const answer = await fetch(form.action, { method: "POST", body: answers, signal: asking.signal });
      if (answer.status !== 200) return;
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
      said.textContent = "";
      show();
    } catch { /* the page answers when it is sent */ }
  };
  form.addEventListener("change", (event) => {
    if (event.target.type !== "file") look();
  });
  // A browser that goes back fills in what was typed.
  const typed = (input) => (choice(input) ? input.checked !== input.defaultChecked : "defaultValue" in input && input.value !== input.defaultValue);
  addEventListener("pageshow", () => setTimeout(() => {
    if (inputs(form).some((input) => input.type !== "file" && typed(input))) look();
  }));
  // What was left alone because somebody was in it follows when they leave.
  form.addEventListener("focusout", () => setTimeout(show));
});
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
