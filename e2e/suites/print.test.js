// Letters on paper, all at once: a print run is started, watched, fetched, noted as posted and taken back; with and without JavaScript.
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite } from "../lib/suite.js";
import { fine } from "../lib/look.js";
import { text } from "../lib/pdf.js";
import { PETRA, begin, fill, login, ordinary, send } from "../lib/steps.js";

const OUTBOX = "/amt/postausgang";

/** Reloads until the work is done: what somebody without JavaScript does. */
async function waited(page, standing) {
  for (let i = 0; i < 100; i += 1) {
    const now = await page.locator("[data-test=stand]").innerText();
    if (now === standing) return;
    await page.waitForTimeout(200);
    await page.reload();
  }
  assert.fail(`never ${standing}`);
}

describe("letters on paper, all at once", () => {
  const world = suite();
  const seen = { references: [] };

  test("three notices wait for the post", async () => {
    const { page, context } = await world.person();
    for (let i = 0; i < 3; i += 1) {
      await begin(page, "Magdeburg");
      await fill(page, ordinary());
      seen.references.push(await send(page));
    }
    await context.close();
  });

  test("a print run, without JavaScript", async () => {
    const { page, context } = await world.person({ javaScriptEnabled: false });
    await page.goto(OUTBOX);
    await login(page, PETRA);
    for (let i = 0; i < 100 && (await page.getByText("6 Schriftstücke warten").count()) === 0; i += 1) {
      await page.waitForTimeout(200);
      await page.goto(OUTBOX);
    }
    await page.locator("[data-test=drucklauf]").click();
    assert.match(page.url(), /\/drucklauf\/1$/);
    await waited(page, "Fertig zum Drucken");
    const [download] = await Promise.all([page.waitForEvent("download"), page.locator("[data-test=datei]").click()]);
    assert.equal(download.suggestedFilename(), "Drucklauf-1-1.pdf");
    const said = text(readFileSync(await download.path()));
    for (const reference of seen.references) assert.ok(said.split(reference).length > 3, `${reference} in index, letter and leaflet`);
    await context.close();
  });

  test("it looks well, is posted at once, and taken back", async () => {
    const { page, context } = await world.person();
    await page.goto(OUTBOX);
    await login(page, PETRA);
    assert.match(await page.locator("main").innerText(), /Alles, was wartet, ist in einem Drucklauf/);
    assert.equal(await page.locator("[data-test=im-drucklauf]").count(), 3, "each letter says which run has it");
    await fine(page, "print-outbox");
    await page.locator("[data-test=drucklaeufe]").getByRole("link", { name: "Drucklauf 1" }).click();
    await fine(page, "print-run");
    await page.locator("[data-test=abschicken]").click();
    await waited(page, "Abgeschickt");
    await fine(page, "print-run-posted");
    await page.goto(OUTBOX);
    await page.locator("[data-test=leer]").waitFor();
    await page.locator("[data-test=drucklaeufe]").getByRole("link", { name: "Drucklauf 1" }).click();
    await page.locator("[data-test=irrtum]").click();
    await waited(page, "Fertig zum Drucken");
    await page.locator("[data-test=verwerfen]").click();
    await page.locator("[data-test=geloescht]").waitFor();
    assert.equal(await page.locator("[data-test=datei]").count(), 0);
    await fine(page, "print-run-over");
    await page.goto(OUTBOX);
    await page.getByText("6 Schriftstücke warten").waitFor();
    await context.close();
  });

  test("with JavaScript the numbers follow by themselves", async () => {
    const { page, context } = await world.person();
    await page.goto(OUTBOX);
    await login(page, PETRA);
    await page.locator("[data-test=drucklauf]").click();
    await page.locator("[data-test=datei]").waitFor();
    assert.equal(await page.locator("[data-test=stand]").innerText(), "Fertig zum Drucken");
    await context.close();
  });

  test("the applicant sees who opened the file with her letters", async () => {
    const { page, context } = await world.person();
    await page.goto("/mein-bereich/zugriffe");
    await login(page, "Erika Mustermann");
    await page.getByText("Druckdatei mit dem Brief").first().waitFor();
    await context.close();
  });
});
