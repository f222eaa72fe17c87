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
// is asked what the page is like with these answers and saves nothing; the question somebody is in is never touched.
document.querySelectorAll("form[data-look]").forEach((form) => {
  const said = form.querySelector("[data-said]");
  const parts = (of) => new Map([...of.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
  const inputs = (part) => [...part.querySelectorAll("input:not([type=hidden]),select,textarea")];
  const choice = (input) => input.type === "radio" || input.type === "checkbox";
  const given = (input) => (choice(input) ? input.checked : input.value !== "");
  // A part without the answers in it, and without the mark that it is new.
  const bare = (part) => {
    const copy = part.cloneNode(true);
    copy.classList.remove("wf-fresh");
    delete copy.dataset.test;
    copy.querySelectorAll("[data-fresh]").forEach((mark) => mark.remove());
    copy.querySelectorAll("input[type=text]").forEach((input) => input.removeAttribute("value"));
    copy.querySelectorAll("textarea").forEach((input) => { input.textContent = ""; });
    copy.querySelectorAll("[checked],[selected]").forEach((chosen) => ["checked", "selected"].forEach((name) => chosen.removeAttribute(name)));
    return copy.outerHTML;
  };
  const inUse = (part) => part.contains(document.activeElement) || inputs(part).some((input) => input.files?.length);
  const [away, came, touched] = [new Map(), new Set(), new Set()];
  // Into a field that nobody has touched goes what the form proposes; into one that is there again, what was answered before.
  const answer = (part, from) => {
    const [to, those] = [inputs(part), inputs(from)];
    if (to.length !== those.length || to.some(given)) return;
    to.forEach((input, at) => {
      if (choice(input)) input.checked = those[at].checked;
      else if (input.type !== "file") input.value = those[at].value;
    });
  };
  let [asking, page, held, left] = [null, null, false, false];
  const swap = (old, fresh) => {
    if (old && fresh && old.outerHTML !== fresh.outerHTML) old.replaceWith(document.importNode(fresh, true));
  };
  const show = () => {
    const fresh = page?.querySelector("form[data-look]");
    if (!fresh || held) return;
    left = false;
    const here = document.activeElement ?? document.body;
    const top = here.getBoundingClientRect().top;
    form.enctype = fresh.enctype;
    const [now, then] = [parts(form), parts(fresh)];
    const [news, staying] = [[], new Set()];
    now.forEach((old, key) => {
      if (then.has(key)) return;
      if (inUse(old)) {
        left = true;
        staying.add(old);
      } else {
        away.set(key, old);
        old.remove();
      }
    });
    let [before, again] = [said, false];
    then.forEach((part, key) => {
      const old = now.get(key);
      let kept = old;
      if (!old) {
        kept = document.importNode(part, true);
        const gone = away.get(key);
        if (gone) {
          answer(kept, gone);
          again ||= inputs(kept).some(given) && !inputs(part).some(given);
        }
        away.delete(key);
        if (part.matches(".wf-part")) came.add(key);
        news.push(kept.querySelector("legend,label,h2"));
        news.push(...kept.querySelectorAll(".kern-error"));
      } else if (bare(old) === bare(part)) {
        if (!inUse(old) && !inputs(old).some((input) => touched.has(input.name))) answer(old, part);
      } else if (inUse(old)) left = true;
      else {
        kept = document.importNode(part, true);
        news.push(...kept.querySelectorAll(".kern-error"));
        old.replaceWith(kept);
      }
      let next = before.nextElementSibling;
      while (staying.has(next)) next = next.nextElementSibling;
      if (next !== kept) before.after(kept);
      before = kept;
    });
    // The list of errors was read out when the page came; as it gets shorter, it is not read again.
    const [errors, still] = [document.getElementById("fehler"), page.getElementById("fehler")];
    errors?.removeAttribute("role");
    if (errors?.contains(document.activeElement)) left = true;
    else if (still) ["#fehler-titel", "#fehler ul"].forEach((what) => swap(document.querySelector(what), page.querySelector(what)));
    else errors?.remove();
    document.title = page.title;
    swap(document.getElementById("fortschritt")?.parentNode, page.getElementById("fortschritt")?.parentNode);
    form.querySelector("[data-asked]").value = [...came].join(",");
    // Where somebody is, they stay, also on the screen.
    const moved = here !== document.body && here.isConnected ? here.getBoundingClientRect().top - top : 0;
    if (moved) {
      scrollBy({ top: moved, behavior: "instant" });
      here.scrollIntoView({ block: "nearest", behavior: "instant" });
    }
    const words = news.filter(Boolean).map((text) => text.textContent.trim());
    if (words.length) said.textContent = words.join(". ");
    if (again) look();
    else delete form.dataset.asking;
  };
  async function look() {
    asking?.abort();
    [asking, page] = [new AbortController(), null];
    const { signal } = asking;
    const answers = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    answers.append("weiter", "ansehen");
    if (document.getElementById("fehler")) answers.append("fehler", "1");
    let text;
    form.dataset.asking = "";
    const over = () => {
      if (asking.signal === signal) delete form.dataset.asking;
    };
    try {
      const reply = await fetch(form.action, { method: "POST", body: answers, signal });
      if (reply.status !== 200) return over();
      text = await reply.text();
    } catch {
      return over(); // the page answers when it is sent
    }
    page = new DOMParser().parseFromString(text, "text/html");
    said.textContent = "";
    show();
  }
  form.addEventListener("input", (event) => touched.add(event.target.name));
  form.addEventListener("change", (event) => {
    if (event.target.type !== "file") look();
  });
  // Nothing moves under a finger or a mouse that is about to click.
  addEventListener("pointerdown", () => { held = true; });
  ["pointerup", "pointercancel", "dragend"].forEach((name) => addEventListener(name, () => setTimeout(() => {
    held = false;
    show();
  }, 50)));
  // What was left alone because somebody was in it follows when they leave.
  document.addEventListener("focusout", () => setTimeout(() => left && show()));
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
