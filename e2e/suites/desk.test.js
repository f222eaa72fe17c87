// A day at the desk: two caseworkers, their team lead, and those who only watch over them.
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { suite } from "../lib/suite.js";
import { fine } from "../lib/look.js";
import { PETRA, begin, fill, heading, login, logout, ordinary, send } from "../lib/steps.js";

const HENRIKE = "Henrike Beispiel"; // caseworker of Magdeburg, Hundesteuer only
const ANTON = "Anton Musterer"; // caseworker of Magdeburg, Wohngeld only
const LEAD = "Sabine Leitbild";
const OFFICER = "Norbert Schutz";
const OPERATOR = "Uwe Technik";

const row = (page, reference) => page.locator("[data-row]", { hasText: reference });

async function openCase(page, reference) {
  await page.getByRole("link", { name: reference }).first().click();
  const question = page.locator("[data-test=oeffnen]");
  await question.or(page.locator("[data-test=stand]")).first().waitFor();
  if (await question.isVisible()) await question.click();
  await page.locator("[data-test=stand]").waitFor();
}

describe("a day at the desk", () => {
  const world = suite();
  const seen = {};

  test("three applications wait; the list is narrowed, and the address keeps it", async () => {
    const { page, context } = await world.person();
    seen.references = [];
    for (let i = 0; i < 3; i += 1) {
      await begin(page, "Magdeburg");
      await fill(page, { ...ordinary(), reduction: "Bl" });
      seen.references.push(await send(page));
    }
    await logout(page);
    await page.goto("/amt");
    await login(page, PETRA);
    assert.equal(await page.locator("[data-row]").count(), 3);
    await fine(page, "desk-list");
    await page.getByLabel("Aktenzeichen", { exact: true }).fill(seen.references[1].slice(0, 5));
    await page.locator("[data-test=suchen]").click();
    assert.equal(await page.locator("[data-row]").count(), 1);
    assert.match(page.url(), new RegExp(`aktenzeichen=${seen.references[1].slice(0, 5)}`));
    await page.reload();
    assert.equal(await page.locator("[data-row]").count(), 1, "kept in the address");
    await page.goto("/amt?ansicht=overdue");
    assert.match(await page.locator("[data-test=leer]").innerText(), /Nichts ist überfällig/);
    await fine(page, "desk-list-empty");
    await context.close();
  });

  test("by keyboard alone: skip link, rows, selection, hand-over", async () => {
    const { page, context } = await world.person();
    await page.goto("/amt");
    await login(page, PETRA);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Zur Liste springen");
    await page.keyboard.press("Enter");
    await page.keyboard.press("j");
    const at = () => page.evaluate(() => document.activeElement.textContent);
    const first = await at();
    assert.match(first, /^[0-9A-Z]{5}-[0-9A-Z]{5}$/);
    await page.keyboard.press("x");
    assert.equal(await page.locator("[data-row] input:checked").count(), 1);
    await page.keyboard.press("j");
    const second = await at();
    assert.notEqual(second, first);
    await page.keyboard.press("k");
    assert.equal(await at(), first);
    await page.keyboard.press("j");
    await page.keyboard.press("x");
    assert.equal(await page.locator("[data-row] input:checked").count(), 2);
    // Keys are letters again where somebody types.
    await page.getByLabel("Aktenzeichen", { exact: true }).focus();
    await page.keyboard.type("jkx");
    assert.equal(await page.getByLabel("Aktenzeichen", { exact: true }).inputValue(), "jkx");
    const handOver = async (to) => {
      await page.getByLabel("Ausgewählte übergeben an").selectOption({ label: to });
      await page.locator("[data-test=uebergeben]").press("Enter");
    };
    // What is still free a caseworker takes first (only the team lead assigns it at once); the page says so.
    await handOver(HENRIKE);
    await page.locator("[data-test=fehlgeschlagen]").waitFor();
    assert.equal(await page.locator("[data-test=fehlgeschlagen] li").count(), 2);
    assert.match(await page.locator("[data-test=fehlgeschlagen]").innerText(), /noch frei\. Übernehmen Sie sie zuerst/);
    await page.getByRole("link", { name: "Zurück zur Liste" }).press("Enter");
    await page.locator("#liste").waitFor();
    const pickBoth = async () => {
      for (const reference of [first, second]) {
        await page.getByRole("link", { name: reference }).focus();
        await page.keyboard.press("x");
      }
      assert.equal(await page.locator("[data-row] input:checked").count(), 2);
    };
    for (const to of [PETRA, HENRIKE]) {
      await pickBoth();
      await handOver(to);
      await page.getByText("Die Aufgaben sind übergeben.").waitFor();
      assert.match(await row(page, second).innerText(), new RegExp(to));
    }
    seen.handed = [first, second];
    seen.left = seen.references.find((one) => !seen.handed.includes(one));
    assert.match(await row(page, first).innerText(), /Henrike Beispiel/);
    await page.goto("/amt?ansicht=team");
    await page.locator(`[data-row] a`, { hasText: seen.left }).press("Enter");
    await page.waitForURL(/\/amt\/vorgang\//);
    assert.match(await heading(page).innerText(), /Wozu öffnen Sie die Akte/);
    assert.doesNotMatch(page.url(), /zweck/);
    await context.close();
  });

  test("who may not have a task is named, and nothing is lost", async () => {
    const { page, context } = await world.person();
    await page.goto("/amt");
    await login(page, PETRA);
    // A colleague's task is not offered: handing it over would be refused.
    assert.equal(await row(page, seen.handed[0]).locator("input[type=checkbox]").count(), 0);
    const handOver = async (to) => {
      await row(page, seen.left).locator("input[type=checkbox]").check();
      await page.getByLabel("Ausgewählte übergeben an").selectOption({ label: to });
      await page.locator("[data-test=uebergeben]").click();
    };
    await handOver(PETRA);
    await page.getByText("Die Aufgaben sind übergeben.").waitFor();
    await handOver(ANTON);
    const wrong = page.locator("[data-test=fehlgeschlagen]");
    await wrong.waitFor();
    assert.match(await wrong.innerText(), new RegExp(`${seen.left}[\\s\\S]*darf diese Aufgabe nicht erledigen`));
    await fine(page, "desk-handed");
    await page.getByRole("link", { name: "Zurück zur Liste" }).click();
    assert.match(await row(page, seen.left).innerText(), /Petra Vorbild/);
    await logout(page);
    await page.goto("/amt");
    await login(page, ANTON);
    assert.equal(await page.locator("[data-row]").count(), 0, "another service is not in his list");
    await context.close();
  });

  test("the case: application beside papers, process picture, explanation, notes", async () => {
    const { page, context } = await world.person();
    await page.goto("/amt");
    await login(page, HENRIKE);
    await page.getByRole("link", { name: /^Meine/ }).click();
    assert.equal(await page.locator("[data-row]").count(), 2);
    await openCase(page, seen.handed[0]);
    await page.locator("[data-test=unterlagen] a").first().click();
    await page.locator(".wf-shown iframe").waitFor();
    const inside = await page.locator(".wf-shown iframe").getAttribute("src");
    const answer = await page.request.get(inside);
    assert.match(answer.headers()["content-security-policy"], /frame-ancestors 'self'/);
    assert.match(answer.headers()["content-disposition"], /^inline/);
    assert.equal((await answer.body()).subarray(0, 5).toString(), "%PDF-");
    const [left, right] = await Promise.all([page.locator("#antrag-titel").boundingBox(), page.locator("#papiere-titel").boundingBox()]);
    assert.ok(right.x > left.x + 300, "beside each other on a wide screen");
    assert.equal(await page.locator(".wf-p--here").count(), 1, "the present step is marked");
    assert.match(await page.locator("[data-test=bild-schritte] [aria-current=step]").textContent(), /Angaben und Nachweise prüfen/);
    await page.locator("#notiz").fill("Anruf: Ausweis liegt im Original vor.");
    await page.locator("[data-test=notiz]").click();
    await page.locator("[data-test=notizen]", { hasText: "im Original vor" }).waitFor();
    await page.goto(page.url().split("?")[0]);
    await fine(page, "desk-case");
    seen.case = new URL(page.url()).pathname;
    await page.getByRole("link", { name: "Ganze Akte drucken" }).click();
    await page.getByRole("heading", { name: `Akte ${seen.handed[0]}` }).waitFor();
    await fine(page, "desk-file");
    await context.close();
  });

  test("what a colleague holds is said and not offered; given back, it is anybody's", async () => {
    const { page, context } = await world.person();
    await page.goto("/amt");
    await login(page, PETRA);
    await page.goto(seen.case);
    await page.locator("[data-test=oeffnen]").click();
    assert.match(await page.locator("[data-test=bei-anderen]").innerText(), /liegt bei Henrike Beispiel/);
    assert.equal(await page.locator("[data-test=aufgabe]").count(), 0);
    await page.goto(`${seen.case}/aufgabe`);
    await page.locator("[data-test=bei-anderen]").waitFor();
    assert.equal(await page.locator("[data-test=bestaetigen]").count(), 0);
    await fine(page, "desk-held");
    await logout(page);
    await page.goto("/amt?ansicht=mine");
    await login(page, HENRIKE);
    await page.goto("/amt?ansicht=mine");
    await row(page, seen.handed[0]).getByRole("button", { name: /^Zurückgeben/ }).click();
    await page.getByText("Die Aufgabe liegt wieder im Vorrat.").waitFor();
    await context.close();
  });

  test("a correction is looked at before it counts, and so is the letter; the second caseworker is told", async () => {
    const [one, two] = [await world.person(), await world.person()];
    for (const [{ page }, who] of [[one, HENRIKE], [two, PETRA]]) {
      await page.goto("/amt");
      await login(page, who);
      await page.goto(seen.case);
      await page.locator("[data-test=oeffnen]").click();
      await page.locator("[data-test=aufgabe]").click();
      await page.locator("[data-test=bestaetigen]").waitFor();
    }
    await fine(one.page, "desk-task");
    await two.page.getByLabel("Begründung", { exact: true }).fill("Ich sehe das anders: Das Merkzeichen fehlt.");
    await one.page.getByLabel(/^Merkzeichen/).selectOption("G");
    await one.page.getByLabel("Begründung", { exact: true }).fill("Im Ausweis steht nur G.");
    await one.page.locator("[data-test=korrigieren]").click();
    const preview = one.page.locator("[data-test=vorschau]");
    assert.match((await preview.innerText()).replaceAll(" ", " "), /0,00 €[\s\S]*96,00 €/, "what the correction costs");
    await fine(one.page, "desk-preview");
    const [letter] = await Promise.all([
      one.page.waitForResponse((r) => r.url().endsWith("/aufgabe/entwurf") && r.request().method() === "POST"),
      one.page.getByRole("button", { name: "Brief ansehen" }).click(),
    ]);
    assert.equal(letter.headers()["content-type"], "application/pdf");
    await one.page.locator("[data-test=korrektur-bestaetigen]").click();
    await one.page.locator("[data-test=entschieden]").waitFor();

    await two.page.locator("[data-test=korrigieren]").click();
    const told = two.page.locator("[data-test=ueberholt]");
    assert.match(await told.innerText(), /war schneller: Korrigiert[\s\S]*Ich sehe das anders/);
    await fine(two.page, "desk-overtaken");
    await one.page.goto(seen.case);
    assert.match(await one.page.locator("main").innerText(), /Änderungen[\s\S]*Merkzeichen/);
    for (const { context } of [one, two]) await context.close();
  });

  test("absence: the deputy sees the tasks, the team lead sees the load", async () => {
    const { page, context } = await world.person();
    await page.goto("/amt");
    await login(page, HENRIKE);
    await page.goto("/amt/abwesenheit");
    // The day it is in Magdeburg, wherever the clock of this machine stands.
    const today = new Date(new Date().toLocaleString("en-US", { timeZone: "Europe/Berlin" }));
    for (const legend of ["Erster Tag", "Letzter Tag"]) {
      const group = page.getByRole("group", { name: legend });
      await group.getByLabel("Tag").fill(String(today.getDate()));
      await group.getByLabel("Monat").fill(String(today.getMonth() + 1));
      await group.getByLabel("Jahr").fill(String(today.getFullYear()));
    }
    await page.locator("[data-test=eintragen]").click();
    await page.getByText("Wählen Sie eine Vertretung.").waitFor();
    await page.getByLabel("Vertretung").selectOption({ label: PETRA });
    await page.locator("[data-test=eintragen]").click();
    await page.getByText("Die Abwesenheit ist eingetragen.").waitFor();
    await fine(page, "desk-absence");
    await logout(page);
    await page.goto("/amt?ansicht=mine");
    await login(page, PETRA);
    await page.goto("/amt?ansicht=mine");
    assert.match(await row(page, seen.handed[1]).innerText(), /in Vertretung für Henrike Beispiel/);
    await logout(page);
    await page.goto("/amt/abwesenheit");
    await login(page, LEAD);
    assert.match(await page.locator("[data-test=last]").innerText(), /Henrike Beispiel[\s\S]*abwesend, Vertretung: Petra Vorbild/);
    await fine(page, "desk-load");
    await context.close();
  });

  test("who watches sees records and figures, never a case", async () => {
    const { page, context } = await world.person();
    await page.goto("/anmelden");
    await login(page, OFFICER);
    const records = await page.locator("[data-test=protokoll]").innerText();
    assert.match(records, /Henrike Beispiel/);
    assert.doesNotMatch(await page.locator("main").innerText(), /Mustermann|Bello|Otto-von-Guericke/);
    await fine(page, "desk-records");
    assert.equal((await page.goto("/amt")).status(), 403);
    await fine(page, "desk-refused-role");
    // Not asked what for: it would be refused anyway.
    assert.equal((await page.goto(seen.case)).status(), 403);
    await page.goto("/amt/protokoll");
    assert.match(await page.locator("[data-test=protokoll]").innerText(), /verweigert/);
    await logout(page);
    await page.goto("/anmelden");
    await login(page, OPERATOR);
    assert.match(await heading(page).innerText(), /Betrieb/);
    await fine(page, "desk-operation");
    assert.doesNotMatch(await page.locator("main").innerText(), /Mustermann|Vorbild/);
    await context.close();
  });

  test("nothing left this machine, no page broke its policy", () => world.calm());
});
