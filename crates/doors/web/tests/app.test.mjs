// What a page with work that goes on asks the server, under node: `node --test crates/doors/web/tests/app.test.mjs`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import vm from "node:vm";

const source = readFileSync(new URL("../assets/app.js", import.meta.url), "utf8");

/** A page that watches work, whose words the server gives; runs its timer so often and returns how often it asked. */
async function asked(times, words) {
  const label = { textContent: "0 von 9" };
  let [count, tick] = [0, undefined];
  const page = (text) => ({ querySelector: () => ({}), querySelectorAll: () => [{ textContent: text }] });
  vm.runInNewContext(source, {
    addEventListener: () => {},
    document: {
      hidden: false,
      addEventListener: () => {},
      querySelector: (what) => (what === "[data-working]" ? {} : null),
      querySelectorAll: (what) => (what === "[data-live]" ? [label] : []),
    },
    location: { href: "/", reload: () => assert.fail("it is not done") },
    fetch: async () => ({ ok: true, text: async () => words((count += 1)) }),
    DOMParser: class { parseFromString(text) { return page(text); } },
    setInterval: (work) => { tick = work; return 1; },
    clearInterval: () => { tick = undefined; },
  });
  for (let i = 0; i < times && tick; i += 1) await tick();
  return count;
}

test("watching a print run that stands still does not keep the session alive", async () => {
  assert.ok((await asked(2000, () => "3 von 9")) <= 102, "the numbers moved once, then five minutes of nothing");
});

test("a print run that goes on is watched to its end", async () => {
  assert.equal(await asked(2000, (n) => `${n} von 2000`), 2000);
});
