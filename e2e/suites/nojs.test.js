// Everything works without JavaScript; nothing leaves this machine.
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { suite } from "../lib/suite.js";
import { PETRA, begin, fill, login, logout, mailbox, next, onPage, ordinary, send } from "../lib/steps.js";

describe("without JavaScript", () => {
  const world = suite();

  test("an application with a paper, errors on the way, decided by a caseworker, notice in the mailbox", async () => {
    const { page } = await world.person({ javaScriptEnabled: false });
    await begin(page, "39104");
    await next(page);
    await next(page);
    assert.equal(await page.locator("#fehler a").count(), 5);
    await page.goto(page.url().replace(/\/G\d+(\?.*)?$/, "/G15000000001"));
    await fill(page, { ...ordinary(), reduction: "Bl" });
    const reference = await send(page);
    await logout(page);
    await page.goto("/amt");
    await login(page, PETRA);
    await page.getByRole("link", { name: reference }).click();
    await page.locator("[data-test=oeffnen]").click();
    await page.locator("[data-test=aufgabe]").click();
    await page.locator("[data-test=geprueft]").check();
    await page.locator("[data-test=bestaetigen]").click();
    assert.match(await page.locator("[data-test=entschieden]").innerText(), /bestätigt/);
    await logout(page);
    await login(page, "Erika Mustermann");
    const notices = await mailbox(page, 1);
    const answer = await page.request.get(await notices.first().getAttribute("href"));
    assert.equal((await answer.body()).subarray(0, 5).toString(), "%PDF-");
    await page.goto("/pruefen");
    await page.getByLabel("PDF-Datei des Bescheids").setInputFiles({ name: "b.pdf", mimeType: "application/pdf", buffer: await answer.body() });
    await page.getByRole("button", { name: "Datei prüfen" }).click();
    assert.match(await page.locator("[data-test=ergebnis]").innerText(), /Echt/);
    world.calm();
  });

  test("a button that can do nothing is not shown", async () => {
    const { page } = await world.person({ javaScriptEnabled: false });
    await login(page, "Erika Mustermann");
    await page.goto("/mein-bereich");
    await page.locator("[data-test=vorgang] a").first().click();
    assert.equal(await page.locator("[data-print]:visible").count(), 0);
    world.calm();
  });

  test("every header that keeps a page to itself is there", async () => {
    const { page } = await world.person();
    for (const path of ["/", "/pruefen", "/anmelden", "/gibt-es-nicht", "/mein-bereich", "/leistungen/hundesteuer"]) {
      const headers = (await page.goto(path)).headers();
      assert.match(headers["content-security-policy"], /default-src 'none'/, path);
      assert.doesNotMatch(headers["content-security-policy"], /unsafe|\*/, path);
      assert.equal(headers["x-content-type-options"], "nosniff", path);
      assert.equal(headers["x-frame-options"], "DENY", path);
      assert.match(headers["cache-control"], /no-store/, path);
      assert.equal(await page.locator("[style],style,script:not([src])").count(), 0, `${path}: nothing inline`);
    }
    world.calm();
  });

  test("the watch itself can fail: a foreign image and an inline script are noticed", async () => {
    const one = await world.person();
    await one.page.goto("/");
    await one.page.evaluate(() => {
      const image = document.createElement("img");
      image.src = "http://127.0.0.2:9/x.png";
      const script = document.createElement("script");
      script.textContent = "window.hurt = 1";
      document.body.append(image, script);
    });
    await one.page.waitForTimeout(300);
    assert.ok(one.complaints.some((said) => /127\.0\.0\.2|Content Security Policy/i.test(said)), String(one.complaints));
    assert.equal(await one.page.evaluate(() => window.hurt), undefined);
    one.complaints.length = 0;
  });
});
