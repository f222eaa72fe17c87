// A form answers while it is filled in: what a rule opens, closes, makes mandatory or objects to shows before the page is sent; what
// somebody types stays theirs; nothing is saved by it; and with a dead network the page works as without it.
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { suite } from "../lib/suite.js";
import { ERIKA, begin, next, onPage, paper } from "../lib/steps.js";
import { fine } from "../lib/look.js";

const HOME = "G15000100002";
const field = (page, id) => page.locator(`[name="${HOME}.${id}"]`);
const LET = "F15000100020"; // part of the flat is let
const ALL = "F15000100021"; // size of the whole flat
const PART = "F15000100022"; // size of the part
const EARNS = "F15000100039"; // the applicant has an income
const INCOMES = "G15000100004.G15000100041";

describe("live", () => {
  const world = suite();

  const home = async () => {
    const { page, context } = await world.person();
    await begin(page, "Magdeburg", ERIKA, "Wohngeld beantragen");
    await next(page);
    await onPage(page, "Ihre Wohnung");
    return { page, context };
  };

  test("questions come and go where somebody answers, and typed text stays", async () => {
    const { page, context } = await home();
    const url = page.url();
    await field(page, "F15000100012").fill("640,00");
    assert.equal(await field(page, PART).count(), 0);
    await field(page, LET).nth(0).focus();
    await page.keyboard.press("Space");
    await field(page, PART).waitFor();
    assert.equal(page.url(), url, "nothing was sent");
    assert.equal(await page.evaluate(() => document.activeElement.name), `${HOME}.${LET}`, "the keyboard stays where it was");
    assert.equal(await field(page, "F15000100012").inputValue(), "640,00");
    assert.ok(await field(page, PART).evaluate((input) => input.required), "and it is mandatory");
    assert.match(await page.locator("[data-said]").innerText(), /überlassene Teil/, "a screen reader is told");
    await field(page, PART).fill("20");
    await fine(page, "live-open");
    await field(page, LET).nth(1).check();
    await field(page, PART).waitFor({ state: "detached" });
    await field(page, LET).nth(0).check();
    await field(page, PART).waitFor();
    assert.equal(await field(page, PART).inputValue(), "20", "what was typed before is there again");
    await page.reload();
    assert.equal(await field(page, LET).nth(0).isChecked(), false, "nothing was saved");
    world.calm();
    await context.close();
  });

  test("a rule objects with its own words while both answers can still be seen, and is content again", async () => {
    const { page, context } = await home();
    await field(page, LET).nth(0).check();
    await field(page, PART).fill("90");
    await field(page, ALL).fill("60");
    await field(page, ALL).press("Tab");
    await page.waitForLoadState("networkidle");
    assert.equal(await page.locator(".kern-error").count(), 0, "nobody is interrupted in the question they are in");
    await page.keyboard.press("Tab");
    const said = page.locator(".kern-error").getByText("Der überlassene Teil kann nicht größer sein als die ganze Wohnung.");
    await said.waitFor();
    assert.equal(await page.locator(".kern-error").count(), 1, "what is not answered yet is not held against anybody");
    await fine(page, "live-objection");
    await field(page, ALL).fill("120");
    await field(page, LET).nth(0).focus();
    await said.waitFor({ state: "detached" });
    assert.equal(await field(page, PART).inputValue(), "90");
    world.calm();
    await context.close();
  });

  test("errors of a page that was sent go away one by one", async () => {
    const { page, context } = await home();
    await next(page);
    await page.locator("#fehler").waitFor();
    const before = await page.locator("#fehler li").count();
    await field(page, "F15000100012").fill("640,00");
    await field(page, "F15000100012").press("Tab");
    await page.waitForFunction((count) => document.querySelectorAll("#fehler li").length === count, before - 1);
    assert.equal(await page.locator(`[id="${HOME}-F15000100012-fehler"]`).count(), 0);
    world.calm();
    await context.close();
  });

  test("in a list nothing moves while it is filled in", async () => {
    const { page, context } = await home();
    await page.goto(page.url().replace(HOME, "G15000100004"));
    await page.locator(`[name="G15000100004.${EARNS}"]`).nth(0).check();
    const amount = (at) => page.locator(`[name="${INCOMES}.${at}.F15000100041"]`);
    await amount(0).waitFor();
    await amount(0).fill("1.180,00");
    const other = (id) => page.locator(`[name="${id}"]`);
    await other(`${INCOMES}.0.F15000100040`).selectOption("rente");
    await other(`${INCOMES}.0.F15000100042`).selectOption("monat");
    await other("G15000100004.F15000100047").first().waitFor();
    assert.equal(await other(`${INCOMES}.0.F15000100042`).evaluate((one) => one.tagName), "SELECT", "a question that is being answered stays as it is");
    for (const id of ["F15000100044", "F15000100045", "F15000100046", "F15000100047"]) await other(`G15000100004.${id}`).nth(1).check();
    await page.locator("[data-test=noch]").click();
    await amount(1).waitFor();
    await amount(1).fill("200");
    await amount(1).press("Tab");
    await page.waitForLoadState("networkidle");
    assert.equal(await amount(2).count(), 0, "room for one more, not for two");
    for (const id of ["F15000100040", "F15000100042"]) await page.locator(`select[name="${INCOMES}.1.${id}"]`).selectOption({ index: 1 });
    await page.locator("[data-test=weiter]").click();
    await page.waitForURL(/G15000100005/);
    await page.goBack();
    await amount(1).waitFor();
    await amount(1).fill("");
    await page.locator(`[name="${INCOMES}.1.F15000100040"]`).first().focus();
    await page.waitForLoadState("networkidle");
    assert.equal(await amount(1).count(), 1, "what is saved does not vanish while it is typed anew");
    await page.reload();
    await page.locator("[data-test=eintrag-entfernen]").first().click();
    await page.waitForURL(/weniger/);
    await page.goBack();
    await page.waitForURL((url) => !url.search.includes("weniger"));
    assert.match(await amount(0).inputValue(), /^200/, "back shows what is saved, and not what the browser remembers by the number of an entry");
    world.calm();
    await context.close();
  });

  test("when one person's questions close, those of the next stay where they are, with the keyboard in them", async () => {
    const { page, context } = await home();
    await page.goto(page.url().replace(HOME, "G15000100006"));
    await page.locator('[name="G15000100006.F15000100060"]').nth(0).check();
    await next(page);
    const of = (at, id) => page.locator(`[name="G15000100007.${at}.${id}"]`);
    await of(0, "F15000100070").waitFor();
    const answers = { F15000100070: "Rolf", F15000100071: "Muster", "F15000100072.tag": "2", "F15000100072.monat": "3", "F15000100072.jahr": "1950" };
    for (const [id, value] of Object.entries(answers)) await of(0, id).fill(value);
    const pick = async (at, id, value) => {
      const one = of(at, id);
      await one.first().waitFor();
      if (await one.first().evaluate((input) => input.tagName) === "SELECT") await one.selectOption(value);
      else await page.locator(`[name="G15000100007.${at}.${id}"][value="${value}"]`).check();
    };
    for (const [id, value] of [["F15000100073", "partner"], ["F15000100075", "keine"], ["F15000100076", "false"], ["F15000100077", "false"], ["F15000100081", "false"]]) await pick(0, id, value);
    await page.locator("[data-test=noch]").click();
    await of(1, "F15000100070").waitFor();
    for (const at of [0, 1]) {
      await pick(at, "F15000100081", "true");
      await page.locator(`[name="G15000100007.${at}.G15000100071.0.F15000100083"]`).waitFor();
    }
    await page.route("**/antrag/**", async (route) => {
      if (route.request().resourceType() === "fetch") await new Promise((go) => { setTimeout(go, 600); });
      await route.continue();
    });
    const looked = page.waitForResponse((answer) => answer.request().resourceType() === "fetch");
    await pick(0, "F15000100081", "false");
    await of(1, "F15000100070").focus();
    await page.keyboard.type("Mi", { delay: 100 });
    await looked;
    await page.locator('[name="G15000100007.0.G15000100071.0.F15000100083"]').waitFor({ state: "detached" });
    await page.keyboard.type("a");
    assert.equal(await of(1, "F15000100070").inputValue(), "Mia");
    const order = await page.locator("form [data-part]").evaluateAll((all) => all.map((part) => part.dataset.part));
    const first = order.findIndex((key) => key.startsWith("G15000100007.1"));
    assert.ok(order.slice(first).every((key) => !key.startsWith("G15000100007.0")), order.join(" "));
    world.calm();
    await context.close();
  });

  test("a paper that is asked for meanwhile can be chosen and sent", async () => {
    const { page, context } = await world.person();
    await begin(page, "Magdeburg", ERIKA);
    await page.goto(page.url().replace("G15000000001", "G15000000004"));
    await page.locator('[name="G15000000004.F15000000018"][value="merkzeichen"]').check();
    const file = page.locator('[name="G15000000004.F15000000020"]');
    await file.setInputFiles(paper());
    await page.locator('.kern-form-input:has([name="G15000000004.F15000000020"]) + .wf-row button').click();
    await page.getByText("Die Datei ist gespeichert.").waitFor();
    world.calm();
    await context.close();
  });

  test("on a dead network the page stays as it is and works when it is sent", async () => {
    const { page, context } = await home();
    await page.route("**/antrag/**", (route) => (route.request().resourceType() === "fetch" ? route.abort() : route.continue()));
    await field(page, LET).nth(0).check();
    await page.waitForTimeout(300);
    assert.equal(await field(page, PART).count(), 0);
    await next(page);
    await field(page, PART).waitFor();
    await page.locator("[data-test=neu]").first().waitFor();
    await context.close();
  });
});
