// A package gets a new version while cases run: a team lead looks, matches a step by hand, moves them, and takes it back.
import { after, describe, test } from "node:test";
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "../lib/suite.js";
import { verify } from "../lib/server.js";
import { fine } from "../lib/look.js";
import { PETRA, begin, fill, login, ordinary, send } from "../lib/steps.js";

const SABINE = "Sabine Leitbild"; // team lead of Magdeburg
const MOVES = "/amt/umstellungen";

/** The packages with the dog tax in two versions: the review has another id. */
function packages() {
  const folder = mkdtempSync(join(tmpdir(), "wegfrei-e2e-packages-"));
  cpSync(fileURLToPath(new URL("../../packages", import.meta.url)), folder, { recursive: true });
  const services = join(folder, "services");
  renameSync(join(services, "hundesteuer"), join(services, "hundesteuer@1.0.0"));
  cpSync(join(services, "hundesteuer@1.0.0"), join(services, "hundesteuer"), { recursive: true });
  const change = (file, ...pairs) => {
    const path = join(services, "hundesteuer", file);
    let text = readFileSync(path, "utf8");
    for (const [from, to] of pairs) {
      assert.ok(text.includes(from), `${file} has ${from}`);
      text = text.replaceAll(from, to);
    }
    writeFileSync(path, text);
  };
  change("package.toml", ['version = "1.0.0"', 'version = "1.1.0"']);
  change("process.bpmn", ["Task_Pruefen", "Task_Nachsehen"]);
  return folder;
}

/** Reloads until the work is done: what somebody without JavaScript does. */
async function waited(page, standing) {
  for (let i = 0; i < 100; i += 1) {
    if (await page.locator("[data-test=stand]").innerText() === standing) return;
    await page.waitForTimeout(200);
    await page.reload();
  }
  assert.fail(`never ${standing}`);
}

describe("running cases go over to a new version", () => {
  const world = suite();
  const folder = packages();
  after(() => rmSync(folder, { recursive: true, force: true }));
  const seen = {};

  test("one case waits for a review, one is decided; nothing is to be moved", async () => {
    const { page, context } = await world.person();
    await begin(page, "Magdeburg");
    await fill(page, { ...ordinary(), dangerous: true });
    seen.review = await send(page);
    await begin(page, "Magdeburg");
    await fill(page, ordinary());
    seen.decided = await send(page);
    await context.close();
    const lead = await world.person();
    await lead.page.goto(MOVES);
    await login(lead.page, SABINE);
    await lead.page.locator("[data-test=nichts-faellig]").getByText("Alle laufenden Vorgänge arbeiten mit der neuesten Fassung.").waitFor();
    await fine(lead.page, "moves-empty");
    await lead.context.close();
  });

  test("with the new version beside the old one, the lead sees what can move and why not", async () => {
    // The letters are made before the server goes: a letter in the making would keep its case.
    const { page: desk, context: own } = await world.person();
    await desk.goto("/amt/postausgang");
    await login(desk, PETRA);
    for (let i = 0; i < 100 && (await desk.getByText("2 Schriftstücke warten").count()) === 0; i += 1) {
      await desk.waitForTimeout(200);
      await desk.goto("/amt/postausgang");
    }
    await own.close();
    await world.server.stop();
    world.server = await world.server.again({ packages: folder });
    const { page, context } = await world.person();
    await page.goto(MOVES);
    await login(page, SABINE);
    await page.getByRole("link", { name: "Umstellungen" }).first().waitFor();
    await fine(page, "moves");
    await page.locator("[data-test=pruefen]").click();
    assert.match(await page.locator("[data-test=kann]").innerText(), /^1 von 2 Vorgängen/);
    const stays = page.locator("[data-test=bleibt]");
    assert.match(await stays.innerText(), /Angaben und Nachweise prüfen[^]*gibt es im neuen Modell nicht/);
    await fine(page, "move-preview");
    await stays.getByText("Aktenzeichen zeigen").click();
    await stays.getByRole("link", { name: seen.review }).waitFor();
    await page.getByLabel("An die Stelle von „Angaben und Nachweise prüfen (Task_Pruefen)“ tritt").selectOption({ label: "Angaben und Nachweise prüfen (Task_Nachsehen)" });
    await page.locator("[data-test=neu-pruefen]").click();
    assert.match(await page.locator("[data-test=kann]").innerText(), /Alles kann umgestellt werden: 2 Vorgänge/);
    assert.equal(await page.locator("[data-test=bleibt]").count(), 0);
    await fine(page, "move-preview-matched");
    await page.locator("[data-test=umstellen]").click();
    await page.locator("[data-test=stand]").getByText("Abgeschlossen").waitFor();
    await fine(page, "move");
    await page.goto(MOVES);
    await page.locator("[data-test=nichts-faellig]").waitFor();
    assert.match(await page.locator("[data-test=laeufe]").innerText(), /Umstellung 1[^]*2 von 2[^]*Abgeschlossen/);
    await context.close();
  });

  test("the case says so, and it is taken back, without JavaScript", async () => {
    const { page: desk, context: own } = await world.person();
    await desk.goto("/amt?ansicht=all");
    await login(desk, PETRA);
    await desk.getByRole("link", { name: seen.review }).first().click();
    await desk.locator("[data-test=oeffnen]").click();
    await desk.locator("[data-test=stand]").waitFor();
    assert.match(await desk.locator("main").textContent(), /Auf Fassung 1\.1\.0 umgestellt \(Umstellung 1\)/);
    await own.close();
    const { page, context } = await world.person({ javaScriptEnabled: false });
    await page.goto(`${MOVES}/1`);
    await login(page, SABINE);
    await page.locator("[data-test=zuruecknehmen]").click();
    await waited(page, "Zurückgenommen");
    assert.equal(await page.locator("[data-test=nicht-zurueck]").count(), 0);
    await page.goto(MOVES);
    assert.match(await page.locator("[data-test=faellig]").innerText(), /1\.0\.0[^]*1\.1\.0[^]*2/);
    await context.close();
    world.calm();
  });

  test("a caseworker has no door to it, and the record is sound", async () => {
    const { page, context } = await world.person();
    await page.goto("/amt");
    await login(page, PETRA);
    assert.equal(await page.getByRole("link", { name: "Umstellungen" }).count(), 0);
    const answer = await page.goto(MOVES);
    assert.equal(answer.status(), 403);
    await context.close();
    await world.server.stop();
    const checked = verify(world.server);
    assert.equal(checked.code, 0, checked.text);
  });
});
