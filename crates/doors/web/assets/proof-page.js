// "Beweis prüfen" on its page: hands the proof that stands in the page to proof.js and shows each step. Sends nothing.
const place = document.querySelector("[data-proof]");

/** In the order proof.js checks them: what comes before a failure held, what comes after was not looked at. */
const ORDER = ["form", "key", "entry", "signature", "path"];

function show(name, good, value) {
  const step = place.querySelector(`[data-proof-step="${name}"]`);
  if (!step) return;
  step.querySelector("[data-proof-ok]").hidden = !good;
  step.querySelector("[data-proof-wrong]").hidden = good;
  if (value) step.querySelector("[data-proof-value]").textContent = value;
}

/** RFC 6962 § 2.1: the hash of a leaf begins with a zero byte. */
async function leafHash(entry) {
  const bytes = Uint8Array.from(atob(entry), (c) => c.charCodeAt(0));
  const leaf = new Uint8Array(bytes.length + 1);
  leaf.set(bytes, 1);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", leaf));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function run() {
  const { check } = await import(place.dataset.proof);
  const text = document.querySelector("[data-proof-text]").textContent;
  let failed = null;
  try {
    await check(text);
  } catch (error) {
    failed = error.code ?? "form";
  }
  place.querySelector("[data-proof-noscript]").hidden = true;
  if (failed === "unsupported") {
    place.querySelector('[data-proof-result="cannot"]').hidden = false;
    return;
  }
  const until = failed === null ? ORDER.length : ORDER.indexOf(failed);
  ORDER.forEach((name, at) => {
    if (at <= until) show(name, at < until);
  });
  if (until > ORDER.indexOf("entry")) {
    const { entry, verifier } = JSON.parse(text);
    show("leaf", true, await leafHash(entry));
    show("key", true, verifier);
  }
  // What was not looked at says nothing: its words would read as if it held.
  for (const step of place.querySelectorAll("[data-proof-step]")) {
    step.hidden = step.querySelector("[data-proof-ok]").hidden && step.querySelector("[data-proof-wrong]").hidden;
  }
  place.querySelector("[data-proof-steps]").hidden = false;
  place.querySelector(`[data-proof-result="${failed === null ? "good" : "bad"}"]`).hidden = false;
}

if (place) await run();
