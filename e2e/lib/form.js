// Fills in any form page by page, as somebody does who reads only what is asked at the moment. Answers are named as the machine
// interface names them: by element id, nested by group, lists for what repeats.
import assert from "node:assert/strict";

/** One answer a path: `G….0.F…` → value. */
function flat(answers, above = "", into = new Map()) {
  for (const [name, value] of Object.entries(answers)) {
    const path = above ? `${above}.${name}` : name;
    if (value !== null && typeof value === "object" && !value.buffer) flat(value, path, into);
    else into.set(path, value);
  }
  return into;
}

/** The paths the page asks for now, in its order. */
const asked = (page) => page.locator("form.wf-form").evaluate((form) => {
  const names = [...form.elements].map((element) => element.name).filter((name) => /^[GF]\d/.test(name));
  return [...new Set(names.map((name) => name.replace(/\.(tag|monat|jahr)$/, "")))];
});

/** What the answer opened or closed is there. */
async function settled(page) {
  await page.evaluate(() => document.activeElement?.blur());
  await page.locator("form.wf-form:not([data-asking])").waitFor();
}

async function answer(page, path, value) {
  const one = page.locator(`[name="${path}"]`);
  if (value.buffer) {
    await one.setInputFiles(value);
    await page.locator(`.kern-form-input:has([name="${path}"]) + .wf-row button`).click();
    await page.getByText("Die Datei ist gespeichert.").waitFor();
    return;
  }
  const date = /^(\d{4})-(\d\d)-(\d\d)$/.exec(value);
  if (date) {
    for (const [part, at] of [["jahr", 1], ["monat", 2], ["tag", 3]]) await page.locator(`[name="${path}.${part}"]`).fill(String(Number(date[at])));
    return;
  }
  const kind = await one.first().evaluate((element) => (element.type === "radio" ? "radio" : element.tagName));
  if (kind === "radio") await page.locator(`[name="${path}"][value="${value}"]`).check();
  else if (kind === "SELECT") await one.selectOption(String(value));
  else await one.fill(String(value));
}

/** From the first page to the summary; `at(page, group)` looks at each page when all it asks is answered. */
export async function fillForm(page, answers, at = async () => {}) {
  const all = flat(answers);
  const given = new Set();
  for (let turns = 0; turns < 60; turns += 1) {
    if (await page.locator("[data-test=senden]").count() > 0) {
      assert.deepEqual([...all.keys()].filter((path) => !given.has(path)), [], "every answer was asked for");
      return;
    }
    const group = /\/(G\d+)/.exec(page.url())[1];
    for (;;) {
      const path = (await asked(page)).find((one) => all.has(one) && !given.has(one));
      if (!path) break;
      await answer(page, path, all.get(path));
      given.add(path);
      await settled(page);
    }
    const missing = [...all.keys()].filter((path) => path.startsWith(group) && !given.has(path));
    const shown = await asked(page);
    const room = await page.locator("[data-test=noch]").count() > 0;
    const further = room && missing.some((path) => !shown.some((one) => one.startsWith(path.replace(/\.F\d+$/, "."))));
    if (missing.length === 0) await at(page, group);
    const before = page.url();
    await Promise.all([page.waitForEvent("domcontentloaded"), page.locator(further ? "[data-test=noch]" : "[data-test=weiter]").click()]);
    const wrong = page.locator("#fehler");
    if (await wrong.count() > 0) throw new Error(`${before}: ${await wrong.innerText()}`);
  }
  throw new Error(`the form does not end: ${page.url()}`);
}
