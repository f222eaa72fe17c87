// The main journey: two applications, a caseworker, two notices, the check page, and who saw what.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { launch, person } from "../lib/browser.js";
import { freshDatabase, start, verify } from "../lib/server.js";
import * as pdf from "../lib/pdf.js";
import {
  ERIKA, KARSTEN, PETRA, begin, choose, choosePlace, date, dog, fill, heading, login, mailbox, next, onPage, ordinary, paper, send,
} from "../lib/steps.js";

const engines = [["SQLite", () => ({})]];
if (process.env.WEGFREI_TEST_PG) engines.push(["PostgreSQL", () => freshDatabase(process.env.WEGFREI_TEST_PG)]);

for (const [engine, database] of engines) {
  describe(`journey on ${engine}`, () => {
    let server, browser, erika, petra, base;
    const seen = {};
    before(async () => {
      base = database();
      [server, browser] = await Promise.all([start({ database: base.url }), launch()]);
      erika = await person(browser, server);
      petra = await person(browser, server);
    });
    after(async () => {
      await browser?.close();
      await server?.remove();
      base?.drop?.();
    });

    test("a resident of Halle finds the service, with the rates of Halle", async () => {
      const { page } = erika;
      await choosePlace(page, "Halle/Saale");
      await page.getByText("Gewählter Ort: Halle (Saale)").waitFor();
      await page.getByLabel("Leistung suchen").fill("hund");
      await page.getByRole("button", { name: "Suchen", exact: true }).click();
      await page.getByRole("link", { name: /Hund anmelden/ }).click();
      const costs = page.locator("[data-test=kosten]");
      assert.match(await costs.innerText(), /100,00 €/);
      assert.match(await costs.innerText(), /Demonstrationswert/);
    });

    test("fills in page by page, goes back, saves, resumes and sends", async () => {
      const { page } = erika;
      const answers = ordinary();
      await begin(page, "Halle/Saale");
      await onPage(page, "Zu Ihrer Person");
      assert.equal(await page.getByLabel("Familienname").inputValue(), "Mustermann");
      await page.getByLabel("Ort", { exact: true }).fill("Halle (Saale)");
      await page.getByLabel("Postleitzahl").fill("06108");
      await next(page);
      await dog(page, answers);
      await next(page);
      await page.getByLabel("Wie viele weitere Hunde").fill("0");
      await page.getByRole("button", { name: "Zurück", exact: true }).click();
      await onPage(page, "Ihr Hund");
      assert.equal(await page.getByLabel("Rufname").inputValue(), "Bello");
      await page.getByLabel("Rufname").fill("Bello vom Südpark");
      await page.getByRole("button", { name: "Speichern und später weitermachen" }).click();
      await page.getByText("Ihr Antrag ist gespeichert.").waitFor();
      await page.getByRole("link", { name: /^Weitermachen/ }).click();
      // Resuming goes to the first page that is not finished: everything before it is kept.
      // Also what was typed before going back.
      await onPage(page, "Ermäßigung oder Befreiung");
      await choose(page, "Beantragen Sie eine Ermäßigung oder Befreiung?", "Nein");
      await next(page);
      await choose(page, "Sind alle Angaben richtig und vollständig?", "Ja");
      await next(page);
      const summary = await page.locator("main").innerText();
      const { day, year } = answers.since;
      for (const said of ["Bello vom Südpark", "Dackel", "12. August 1948", `${day}. `, year, "Halle (Saale)", "06108"]) {
        assert.ok(summary.includes(said), `the summary says ${said}`);
      }
      seen.halle = await send(page);
      assert.match(await page.locator("main").innerText(), /ist entschieden/);
    });

    test("applies in Magdeburg for a reduction with a paper: a person will look", async () => {
      const { page } = erika;
      await begin(page, "Magdeburg");
      await fill(page, { ...ordinary(), name: "Luna", reduction: "G" });
      assert.match(await page.locator("main").innerText(), /Schwerbehindertenausweis\.pdf/);
      seen.magdeburg = await send(page);
      assert.match(await page.locator("main").innerText(), /prüft Ihren Antrag/);
      await page.getByRole("link", { name: "Stand ansehen" }).click();
      assert.equal((await page.locator("[data-test=stand]").innerText()).trim(), "In Prüfung");
      seen.id = page.url().split("/").at(-1);
    });

    test("the caseworker says why, sees everything, and the purpose is recorded", async () => {
      const { page } = petra;
      await page.goto("/amt");
      await login(page, PETRA);
      const worklist = page.locator("[data-test=arbeitsvorrat]");
      assert.match(await worklist.innerText(), new RegExp(seen.magdeburg));
      assert.doesNotMatch(await worklist.innerText(), new RegExp(seen.halle), "a case of another city");
      await worklist.getByRole("link", { name: seen.magdeburg }).click();
      await onPage(page, "Wozu öffnen Sie die Akte?");
      assert.doesNotMatch(await page.locator("main").innerText(), /Mustermann|Luna/, "nothing personal before the purpose");
      await page.getByLabel("Zweck").selectOption({ label: "Bearbeitung des Antrags" });
      await page.locator("[data-test=oeffnen]").click();
      const file = await page.locator("main").innerText();
      for (const said of ["Mustermann", "Luna", "Dackel", "G (gehbehindert)", "Zweck: Bearbeitung des Antrags", "Jahressteuer", "Antrag eingegangen"]) {
        assert.ok(file.includes(said), `the case says ${said}`);
      }
      const why = page.locator("[data-test=begruendung] details");
      assert.ok(await why.count() >= 5, "the explanation has its steps");
      await page.locator("[data-test=begruendung] > details > summary").first().click();
      const step = page.locator("[data-test=begruendung] details details").filter({ hasText: "Ermäßigung" }).first();
      await step.locator("summary").first().click();
      assert.match(await step.innerText(), /Rechtsgrundlage|Regel/);
      const link = page.getByRole("link", { name: /^Speichern.*Schwerbehindertenausweis.pdf/ });
      const answer = await page.request.get(await link.getAttribute("href"));
      assert.equal(answer.status(), 200);
      assert.ok((await answer.body()).equals(paper().buffer), "the very file that was sent");
      seen.desk = page.url();
    });

    test("a correction needs a reason; with one it decides", async () => {
      const { page } = petra;
      await page.locator("[data-test=aufgabe]").click();
      await page.getByLabel(/^Merkzeichen/).selectOption("H");
      await page.locator("[data-test=korrigieren]").click();
      await page.getByText("Begründen Sie die Korrektur.").first().waitFor();
      assert.equal(await page.getByLabel(/^Merkzeichen/).inputValue(), "H", "what was chosen is kept");
      await page.getByLabel("Begründung", { exact: true }).fill("Im Ausweis steht auch das Merkzeichen H. Dafür befreit die Satzung.");
      await page.locator("[data-test=korrigieren]").click();
      assert.match(await page.locator("[data-test=vorschau]").innerText(), /Noch ist nichts gespeichert/);
      await page.locator("[data-test=korrektur-bestaetigen]").click();
      await page.locator("[data-test=entschieden]").waitFor();
      await page.goto(seen.desk);
      const file = await page.locator("main").innerText();
      assert.match(file, /Im Ausweis steht auch das Merkzeichen H/);
      assert.match(file, /Sachbearbeitung, Magdeburg/);
    });

    test("both notices are in the mailbox, with the amounts of their cities", async () => {
      const { page } = erika;
      const notices = await mailbox(page, 2);
      const found = {};
      for (const link of await notices.all()) {
        const answer = await page.request.get(await link.getAttribute("href"));
        assert.equal(answer.status(), 200);
        assert.match(answer.headers()["content-type"], /application\/pdf/);
        const bytes = await answer.body();
        const said = pdf.text(bytes);
        const city = said.includes(seen.halle) ? "halle" : said.includes(seen.magdeburg) ? "magdeburg" : null;
        assert.ok(city, `a notice names neither reference:\n${said.slice(0, 400)}`);
        if (/Rechtsbehelf/.test(said)) found[city] = { bytes, said };
      }
      assert.ok(found.halle && found.magdeburg, "a full notice from each city");
      assert.match(found.halle.said, /100,00\s€/, "Halle's rate");
      assert.match(found.halle.said, /Bello vom Südpark/);
      assert.match(found.magdeburg.said, /Luna/);
      assert.match(found.magdeburg.said, /befreit|steuerfrei|Befreiung/i);
      assert.doesNotMatch(found.magdeburg.said, /100,00\s€/);
      assert.ok(found.halle.said.includes("Otto-von-Guericke-Straße"));
      seen.notices = found;
      await page.reload();
      const opened = page.locator("article", { hasText: seen.halle }).first();
      assert.doesNotMatch(await opened.innerText(), /Neu/, "an opened notice is no longer new");
    });

    test("genuine by code and by file, without login; a changed file is not", async () => {
      const stranger = await person(browser, server);
      const { page } = stranger;
      for (const city of ["halle", "magdeburg"]) {
        const { bytes, said } = seen.notices[city];
        const code = /\b([0-9A-Z]{4,5}(?:-[0-9A-Z]{4,5}){2,})\b/.exec(said)?.[1];
        assert.ok(code, `no check code in the notice:\n${said}`);
        await page.goto("/pruefen");
        await page.getByRole("textbox", { name: "Prüfcode" }).fill(code.toLowerCase());
        await page.getByRole("button", { name: "Code prüfen" }).click();
        const byCode = await page.locator("[data-test=ergebnis]").innerText();
        assert.match(byCode, /^Ergebnis\s+Echt:/);
        assert.match(byCode, city === "halle" ? /Halle/ : /Magdeburg/);
        assert.doesNotMatch(byCode, /Mustermann|Erika|Luna|Bello/, "nothing personal");
        const ask = async (buffer) => {
          await page.goto("/pruefen");
          await page.getByLabel("PDF-Datei des Bescheids").setInputFiles({ name: "bescheid.pdf", mimeType: "application/pdf", buffer });
          await page.getByRole("button", { name: "Datei prüfen" }).click();
          return await page.locator("[data-test=ergebnis]").innerText();
        };
        assert.match(await ask(bytes), /Echt: Genau diese Datei/);
        const changed = Buffer.from(bytes);
        changed[Math.floor(changed.length / 2)] ^= 1;
        assert.match(await ask(changed), /Nicht bestätigt/);
        assert.match(await ask(Buffer.concat([bytes, Buffer.from("\n")])), /Nicht bestätigt/);
      }
      await page.goto("/pruefen?code=00000-00000-00000-00000");
      assert.match(await page.locator("[data-test=ergebnis]").innerText(), /Nicht bestätigt/);
      assert.deepEqual(stranger.complaints, []);
      await stranger.context.close();
    });

    test("a caseworker of Halle is refused at Magdeburg's case", async () => {
      const karsten = await person(browser, server);
      const { page } = karsten;
      await page.goto("/amt");
      await login(page, KARSTEN);
      // Who is refused anyway is not asked what for.
      assert.equal((await page.goto(new URL(seen.desk).pathname)).status(), 403);
      assert.equal(await page.getByLabel("Zweck").count(), 0);
      assert.match(await heading(page).innerText(), /Zugriff verweigert/);
      assert.doesNotMatch(await page.content(), /Mustermann|Luna|Dackel/);
      for (const path of [`${new URL(seen.desk).pathname}/aufgabe`, `/mein-bereich/vorgang/15003000/${seen.id}`]) {
        const answer = await page.goto(path);
        assert.equal(answer.status(), 403, path);
        assert.doesNotMatch(await page.content(), /Mustermann|Luna|Dackel/);
      }
      assert.deepEqual(karsten.complaints, []);
      await karsten.context.close();
    });

    test("the resident sees who opened the case, why, and who was refused", async () => {
      const { page } = erika;
      await page.goto("/mein-bereich");
      await page.getByRole("link", { name: "Zugriffe ansehen" }).click();
      const row = (name) => page.locator("[data-test=zugriffe] tbody tr", { hasText: name });
      // Residents see role and authority; the name of the member of staff stands in the journal.
      const petras = await row("Sachbearbeitung, Magdeburg").allInnerTexts();
      assert.ok(petras.some((text) => /Bearbeitung des Antrags/.test(text) && /Magdeburg/.test(text) && text.includes(seen.magdeburg)), petras.join("\n"));
      const karstens = await row("Halle").filter({ hasText: "Sachbearbeitung" }).allInnerTexts();
      assert.ok(karstens.some((text) => /Verweigert/.test(text)), `the refusal is listed: ${karstens.join("\n")}`);
      assert.equal(await row("Sie selbst").count(), 0, "one's own reading fills no list");
      await page.locator("[data-test=eigene]").click();
      assert.ok((await row("Sie selbst").count()) > 0, "and is one click away");
    });

    test("nothing left this machine, no page broke its policy", () => {
      assert.deepEqual(erika.complaints, []);
      assert.deepEqual(petra.complaints, []);
    });

    test("after stopping, the record is clean", async () => {
      assert.equal(await server.stop(), 0, server.log());
      const { code, text } = verify(server);
      assert.equal(code, 0, text);
      assert.match(text, /clean/);
    });
  });
}
