// The applicant's side after sending: where a case stands, going on from it, objecting, and the record of access. On a wide screen
// and a phone, with and without JavaScript, every page through axe-core.
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { suite } from "../lib/suite.js";
import { PHONE, axe, clipped, overflow, picture } from "../lib/look.js";
import { begin, fill, mailbox, onPage, ordinary, send } from "../lib/steps.js";

/** The page is in order for machines and fits the window. */
async function look(page, name) {
  const found = await axe(page);
  assert.deepEqual(found.law, [], `${name}: WCAG`);
  assert.deepEqual(found.advice, [], `${name}: advice`);
  assert.ok(await overflow(page) <= 0, `${name} is wider than the window`);
  assert.deepEqual(await clipped(page), [], `${name}: cut off`);
  if (process.env.WEGFREI_TEST_PICTURES) await picture(page, name);
}

for (const [device, options] of [
  ["wide", {}],
  ["phone", { viewport: PHONE }],
  ["nojs", { javaScriptEnabled: false }],
]) {
  describe(`after sending, ${device}`, () => {
    const world = suite();
    const seen = async (page, name) => (device === "nojs" ? undefined : await look(page, `mine-${name}-${device}`));

    test("a case, an objection with its receipt, a change, and who saw what", async () => {
      const { page } = await world.person(options);
      await begin(page, "39104");
      await fill(page, ordinary());
      const reference = await send(page);
      await mailbox(page, 2);
      // The notice and the same in Leichte Sprache are one item.
      assert.equal(await page.locator("[data-test=bescheid]").count(), 1);
      await seen(page, "bereich");

      await page.locator("[data-test=vorgang] a").first().click();
      await page.locator("[data-test=schritte]").waitFor();
      assert.match(await page.locator("[data-test=dran]").innerText(), /Es ist entschieden/);
      assert.equal(await page.locator("[data-test=schritte] [aria-current=step]").count(), 1);
      assert.match(await page.locator("main").innerText(), new RegExp(reference));
      await seen(page, "vorgang");
      const here = page.url();

      await page.locator("[data-test=widerspruch]").click();
      await onPage(page, "Widerspruch einlegen");
      // The letter still lies in the outbox.
      assert.match(await page.locator("[data-test=frist]").innerText(), /Die Frist hat noch nicht begonnen/);
      await page.getByLabel("Warum sind Sie nicht einverstanden?").click();
      await page.getByLabel("Warum sind Sie nicht einverstanden?").fill("Bello ist <b>klein</b>.\nUnd alt.");
      if (device !== "nojs") {
        const asked = page.waitForEvent("dialog");
        await page.evaluate(() => { setTimeout(() => location.reload(), 0); });
        const dialog = await asked;
        assert.equal(dialog.type(), "beforeunload", "what was written is not lost without a question");
        await dialog.dismiss();
        assert.match(await page.getByLabel("Warum sind Sie nicht einverstanden?").inputValue(), /Und alt/);
      }
      await seen(page, "widerspruch");
      await page.locator("[data-test=weiter]").click();
      await onPage(page, "Widerspruch prüfen und senden");
      assert.equal(await page.locator("[data-test=grund]").innerText(), "Bello ist <b>klein</b>.\nUnd alt.");
      await seen(page, "widerspruch-pruefen");
      await page.getByRole("button", { name: "Text ändern" }).click();
      await onPage(page, "Widerspruch einlegen");
      await page.locator("[data-test=weiter]").click();
      await page.locator("[data-test=senden]").click();
      await onPage(page, "Ihr Widerspruch ist angekommen");
      await seen(page, "widerspruch-eingang");
      await page.goto(here);
      assert.equal(await page.locator("[data-test=widerspruch]").count(), 0);
      assert.match(await page.locator("[data-test=widerspruch-stand]").innerText(), /Darüber wird entschieden/);
      await page.locator("[data-test=widerspruch-stand] a").click();
      assert.match(await page.locator("[data-test=dran]").innerText(), /Jetzt ist die Behörde dran/);
      await seen(page, "widerspruch-vorgang");

      // Something is sent unasked while the desk checks.
      await page.locator("[data-test=nachreichen]").click();
      await onPage(page, "Unterlagen nachreichen");
      assert.match(await page.locator("[data-test=ungefragt]").innerText(), /Die Behörde prüft noch/);
      await page.locator("[data-test=senden]").click();
      await page.locator("#text-fehler").waitFor();
      await page.locator("#text").fill("Die Bescheinigung vom Tierarzt kommt mit der Post.");
      await seen(page, "nachreichen-ungefragt");
      await page.locator("[data-test=senden]").click();
      await page.getByText("Ihre Nachricht ist angekommen. Sie ist in der Akte").waitFor();

      // The objection is taken back.
      await page.locator("[data-test=zuruecknehmen]").click();
      await onPage(page, "Widerspruch zurücknehmen?");
      await seen(page, "zuruecknehmen");
      await page.locator("[data-test=zuruecknehmen]").click();
      await page.getByText("Ihr Widerspruch ist zurückgenommen.").waitFor();

      await page.goto(here);
      await page.locator("[data-test=folgeantrag]").click();
      await onPage(page, "Änderung mitteilen");
      await seen(page, "folgeantrag");
      await page.locator("[data-test=aenderung]").click();
      await onPage(page, "Zu Ihrer Person");

      await page.goto("/mein-bereich/zugriffe");
      await page.locator("[data-test=eigene]").click();
      await page.locator("[data-test=zugriffe]").waitFor();
      assert.match(page.url(), /\?eigene=ja$/);
      const all = await page.locator("[data-test=zugriffe] time").count();
      await page.getByLabel("Auch eigene Zugriffe zeigen").uncheck();
      await page.getByLabel("Zweck").selectOption({ label: "Eigene Daten" });
      await page.locator("[data-test=zeigen]").click();
      assert.match(page.url(), /\?zweck=own-data$/);
      const own = await page.locator("[data-test=zugriffe] time").count();
      assert.ok(own > 0 && own < all, `${own} of ${all}`);
      await seen(page, "zugriffe");
      await page.getByLabel("Aktenzeichen").fill("Erika Mustermann");
      await page.locator("[data-test=zeigen]").click();
      await page.getByText("Ein Aktenzeichen besteht nur aus").waitFor();
      assert.ok(!page.url().includes("Erika"), "no name in an address");
      await seen(page, "zugriffe-fehler");
      world.calm();
    });
  });
}
