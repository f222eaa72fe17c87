// A form answers while it is filled in: what a rule opens, closes, makes mandatory or objects to shows before the page is sent; what
// somebody types stays theirs; nothing is saved by it; and with a dead network the page works as without it.
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { suite } from "../lib/suite.js";
import { ERIKA, begin, next, onPage } from "../lib/steps.js";
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
    await amount(0).fill("");
    await amount(0).press("Tab");
    await page.waitForLoadState("networkidle");
    assert.equal(await amount(1).inputValue(), "200", "the second income is not taken for the first");
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
