// Wohngeld as people do it: a household applies, papers are asked for and sent, two people decide, the notice is right to the euro;
// what comes after (change, renewal, objection, who saw what, with its proof); and a short case by letter in a district.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { launch, person } from "../lib/browser.js";
import { BINARY, freshDatabase, start, verify } from "../lib/server.js";
import { fine } from "../lib/look.js";
import { fillForm } from "../lib/form.js";
import * as pdf from "../lib/pdf.js";
import { ERIKA, PETRA, begin, daysAgo, login, mailbox, onPage, paper, send } from "../lib/steps.js";

const ANTON = "Anton Musterer"; // caseworker of Magdeburg, Wohngeld only
const FRIEDA = "Frieda Modell"; // caseworker of the Landkreis Harz
const AYLIN = "Aylin Çelik"; // has no e-mail address
const SERVICE = "Wohngeld beantragen";

const iso = ({ day, month, year }) => `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
const MONTHS = ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"];
/** "21. Dezember 2026" as "2026-12-21". */
const germanDay = (text) => {
  const [, day, month, year] = /^(\d+)\. (\S+) (\d{4})$/.exec(text);
  return iso({ day, month: String(MONTHS.indexOf(month) + 1), year });
};
/** The last day of the answer: three weeks from now, on a working day. */
const due = [21, 22, 23].map((ahead) => daysAgo(-ahead)).find(({ day, month, year }) => ![0, 6].includes(new Date(year, month - 1, day).getDay()));

/** Erika, her husband with a small job, and the grandchild they bring up: 512 € by § 19 WoGG (M 786.80, Y 1,223.30, three people). */
const household = () => ({
  G15000100002: {
    F15000100010: "15003000", F15000100011: "2009-04-01", F15000100012: "640,00", F15000100013: "120", F15000100020: "false", F15000100027: "false",
    F15000100024: "false", F15000100029: "false",
  },
  G15000100004: {
    F15000100039: "true", G15000100041: [{ F15000100040: "rente", F15000100041: "1.180,00", F15000100042: "monat" }],
    F15000100044: "false", F15000100045: "true", F15000100046: "false", F15000100047: "true",
  },
  G15000100005: { F15000100050: "keine", F15000100051: "false", F15000100052: "true", F15000100053: "60", F15000100054: "false" },
  G15000100006: { F15000100060: "true" },
  G15000100007: [
    {
      F15000100070: "Rolf", F15000100071: "Mustermann", F15000100072: "1950-03-02", F15000100073: "partner", F15000100075: "keine", F15000100076: "false",
      F15000100077: "false", F15000100081: "true", G15000100071: [{ F15000100082: "arbeit", F15000100083: "603", F15000100084: "monat" }],
      F15000100086: "false", F15000100087: "true", F15000100088: "false",
    },
    {
      F15000100070: "Mia", F15000100071: "Mustermann", F15000100072: iso(daysAgo(10 * 365)), F15000100073: "kind", F15000100074: "true", F15000100075: "keine",
      F15000100076: "false", F15000100077: "false", F15000100081: "false",
    },
  ],
  G15000100008: { F15000100100: "false" },
  G15000100009: { F15000100110: "8000" },
  G15000100010: { F15000100120: "Erika Mustermann", F15000100121: "DE02 1203 0000 0000 2020 51" },
  G15000100011: { F15000100131: paper("Rentenbescheid.pdf") },
  G15000100012: { F15000100140: "true" },
});

/** Aylin lives alone in Wernigerode (Mietenstufe II) on 1,400 € of wages; what the notice says is what § 19 WoGG gives. */
const alone = () => ({
  G15000100002: {
    F15000100010: "15085370", F15000100011: "2021-02-01", F15000100012: "380", F15000100013: "70", F15000100020: "false", F15000100027: "false",
    F15000100024: "false", F15000100029: "false",
  },
  G15000100004: {
    F15000100039: "true", G15000100041: [{ F15000100040: "arbeit", F15000100041: "1400", F15000100042: "monat" }],
    F15000100044: "true", F15000100045: "true", F15000100046: "true",
  },
  G15000100005: { F15000100050: "keine", F15000100051: "false", F15000100052: "false" },
  G15000100006: { F15000100060: "false" },
  G15000100008: { F15000100100: "false" },
  G15000100009: { F15000100110: "1000" },
  G15000100010: { F15000100120: "Aylin Çelik", F15000100121: "DE02120300000000202051" },
  G15000100012: { F15000100140: "true" },
});

const status = async (page) => (await page.locator("[data-test=stand]").innerText()).trim();
const turn = (page) => page.locator("[data-test=dran]").innerText();
const main = (page) => page.locator("main").innerText();

/** Opens a case from the list, saying what for where it is asked. */
async function openCase(page, who, reference) {
  await page.goto("/amt?ansicht=all");
  if (page.url().includes("/anmelden")) await login(page, who);
  await page.getByRole("link", { name: reference }).first().click();
  const question = page.locator("[data-test=oeffnen]");
  await question.or(page.locator("[data-test=stand]")).first().waitFor();
  if (await question.isVisible()) await question.click();
  await page.locator("[data-test=stand]").waitFor();
}

/** The text of a letter of the mailbox, and its bytes. */
async function letter(page, link) {
  const answer = await page.request.get(await link.getAttribute("href"));
  assert.equal(answer.status(), 200);
  const bytes = await answer.body();
  return { bytes, said: pdf.text(bytes) };
}

const engines = [["SQLite", () => ({})]];
if (process.env.WEGFREI_TEST_PG) engines.push(["PostgreSQL", () => freshDatabase(process.env.WEGFREI_TEST_PG)]);

for (const [engine, database] of engines) {
  describe(`Wohngeld on ${engine}`, () => {
    let server, browser, base, erika, anton, petra;
    const seen = {};
    // The pages are the same on both engines: they are judged once.
    const look = async (page, name) => (engine === "SQLite" ? await fine(page, `wohngeld-${name}`) : undefined);
    before(async () => {
      base = database();
      [server, browser] = await Promise.all([start({ database: base.url }), launch()]);
      [erika, anton, petra] = await Promise.all([0, 1, 2].map(() => person(browser, server)));
    });
    after(async () => {
      await browser?.close();
      await server?.remove();
      base?.drop?.();
    });

    test("a household of three applies in Magdeburg, with a paper", async () => {
      const { page } = erika;
      await begin(page, "Magdeburg", ERIKA, SERVICE);
      await onPage(page, "Zu Ihrer Person");
      assert.equal(await page.getByLabel("Familienname").inputValue(), "Mustermann");
      await fillForm(page, household(), async (page, group) => {
        if (group === "G15000100007") {
          assert.equal(await page.locator("[name='G15000100007.1.F15000100070']").inputValue(), "Mia", "the second person has a place");
          assert.doesNotMatch(await main(page), /Nationalsozialisten/, "only who lived then is asked");
          await look(page, "haushalt");
        }
        if (group === "G15000100004") await look(page, "einkommen");
        if (group === "G15000100011") await look(page, "unterlagen");
      });
      const said = await main(page);
      for (const words of ["Rolf", "Mia", "1.180,00 €", "603,00 €", "640,00 €", "Rentenbescheid.pdf", "DE02 1203 0000 0000 2020 51"]) assert.ok(said.includes(words), `the summary says ${words}`);
      await page.getByLabel("Per E-Mail").check();
      await look(page, "pruefen");
      seen.reference = await send(page);
      assert.match(await main(page), /prüft Ihren Antrag/);
      await page.getByRole("link", { name: "Stand ansehen" }).click();
      assert.equal(await status(page), "In Prüfung");
      assert.match(await turn(page), /Jetzt ist die Behörde dran: Landeshauptstadt Magdeburg/);
      seen.mine = new URL(page.url()).pathname;
      seen.desk = seen.mine.replace("/mein-bereich/", "/amt/");
    });

    test("the caseworker reads the proposal and asks for the lease, with a deadline", async () => {
      const { page } = anton;
      await openCase(page, ANTON, seen.reference);
      const said = (await main(page)).replaceAll(" ", " ");
      for (const words of ["512,00 €", "Rechenweg", "Zweite Person muss freigeben"]) assert.ok(said.includes(words), `the case says ${words}`);
      assert.match(said, /Wohngeld im Monat, auf ganze Euro gerundet\s+512,00 €\s+§ 19 WoGG/);
      assert.doesNotMatch(said, /Cent: |51200/, "no bare cents");
      await page.locator("[data-test=unterlagen] a", { hasText: "Rentenbescheid.pdf" }).first().click();
      await page.locator(".wf-shown iframe").waitFor();
      await look(page, "akte");
      await page.locator("[data-test=aufgabe]").click();
      const lacking = await page.locator("[data-test=nicht-dabei]").innerText();
      assert.match(lacking, /Mietvertrag/);
      assert.doesNotMatch(lacking, /Einkommensnachweise/, "she sent her pension notice");
      await page.locator("summary", { hasText: "Textbausteine" }).click();
      await page.locator("[data-insert]").first().click();
      assert.ok((await page.getByLabel("Was Sie brauchen").inputValue()).length > 20, "the text block stands in the box");
      await page.getByLabel("Was Sie brauchen").fill("Bitte senden Sie uns Ihren Mietvertrag mit allen Seiten.");
      await page.getByRole("textbox", { name: "Unterlagen", exact: true }).fill("Mietvertrag");
      const group = page.getByRole("group", { name: "Antwort bis" });
      for (const [label, value] of [["Tag", due.day], ["Monat", due.month], ["Jahr", due.year]]) await group.getByLabel(label).fill(value);
      await look(page, "aufgabe");
      await page.locator("[data-test=nachfordern]").click();
      assert.match(await page.locator("[data-test=entschieden]").innerText(), /Nachfrage/);
      await page.goto("/amt?ansicht=waiting");
      assert.match(await page.locator("[data-test=arbeitsvorrat]").innerText(), new RegExp(seen.reference));
    });

    test("the applicant sees that it is her turn, until when, and answers", async () => {
      const { page } = erika;
      await page.goto(seen.mine);
      assert.equal(await status(page), "Unterlagen nachreichen");
      // The day is known once the message about the request has gone out.
      const dated = /Jetzt sind Sie dran: bis (.+)\./;
      for (let times = 0; times < 40 && !dated.test(await turn(page)); times += 1) {
        await page.waitForTimeout(500);
        await page.reload();
      }
      // The days count from the notification of the request (§ 37 SGB X): never before the day that was named.
      const until = germanDay(dated.exec(await turn(page))[1]);
      assert.ok(until > iso(due), `${until} is not after ${iso(due)}`);
      await look(page, "stand-sie-sind-dran");
      await page.locator("[data-test=nachreichen]").or(page.getByRole("link", { name: "Unterlagen nachreichen und antworten" })).first().click();
      await onPage(page, "Unterlagen nachreichen");
      assert.match(await page.locator("[data-test=frage]").innerText(), /Mietvertrag mit allen Seiten/);
      await page.getByLabel("Dateien auswählen").setInputFiles(paper("Mietvertrag.pdf", "lease"));
      await page.getByRole("button", { name: "Datei hochladen" }).last().click();
      await page.locator("[data-test=dateien]", { hasText: "Mietvertrag.pdf" }).waitFor();
      await page.getByLabel("Nachricht an die Behörde").fill("Der Vertrag ist von 2009.");
      await look(page, "nachreichen");
      await page.locator("[data-test=senden]").click();
      await page.getByText("Ihre Antwort ist angekommen.").waitFor();
      assert.equal(await status(page), "In Prüfung");
    });

    test("the caseworker sees the new paper beside the application, looks at the letter and confirms; a second person must release", async () => {
      const { page } = anton;
      await openCase(page, ANTON, seen.reference);
      assert.match(await main(page), /Der Vertrag ist von 2009/);
      await page.locator("[data-test=unterlagen] a", { hasText: "Mietvertrag.pdf" }).first().click();
      const shown = page.locator(".wf-shown iframe");
      await shown.waitFor();
      const answer = await page.request.get(await shown.getAttribute("src"));
      assert.ok((await answer.body()).equals(paper("Mietvertrag.pdf", "lease").buffer), "the very file that was sent");
      await page.locator("[data-test=aufgabe]").click();
      const [draft] = await Promise.all([
        page.waitForResponse((one) => one.url().endsWith("/aufgabe/entwurf") && one.request().method() === "POST"),
        page.locator("[data-test=entwurf]").click(),
      ]);
      assert.equal(draft.headers()["content-type"], "application/pdf");
      await page.locator("[data-test=geprueft]").check();
      await page.locator("[data-test=bestaetigen]").click();
      assert.match(await page.locator("[data-test=entschieden]").innerText(), /bestätigt/);
      assert.match(await main(page), /Eine zweite Person muss noch freigeben/);
      // Who checked does not release.
      await page.goto(`${seen.desk}/aufgabe`);
      assert.match(await main(page), /Vier Augen: Sie haben diesen Vorgang selbst geprüft/);
      assert.equal(await page.locator("[data-test=aufgabe]").count(), 0);
    });

    test("the second person releases", async () => {
      const { page } = petra;
      await openCase(page, PETRA, seen.reference);
      await page.locator("[data-test=aufgabe]").click();
      await page.locator("[data-test=freigeben]").waitFor();
      await look(page, "freigabe");
      await page.locator("[data-test=freigeben]").click();
      assert.match(await page.locator("[data-test=entschieden]").innerText(), /freigegeben/);
    });

    test("the notice is in the mailbox, right to the euro, and genuine", async () => {
      const { page } = erika;
      await mailbox(page, 3);
      await look(page, "bereich");
      const notice = await letter(page, page.getByRole("link", { name: /^Bescheid öffnen/ }));
      const said = notice.said.replaceAll(" ", " ");
      for (const words of [/512,00\s€/, /6\.144,00\s€/, /Mustermann/, /§ 19/, /Widerspruch/]) assert.match(said, words);
      assert.doesNotMatch(said, /Entwurf/i);
      // The reasons are told in the order of the calculation, and the way to object online is named.
      const told = ["Ihr Haushalt besteht aus", "Gesamteinkommen von", "Grundrentenzeiten", "höchstens 587", "Dazu kommen 29,60", "Ihre Miete ohne Heizung", "gesetzliche Formel", "zwölf Monate"];
      const places = told.map((words) => said.replace(/\s+/g, " ").indexOf(words));
      assert.deepEqual(places, [...places].sort((one, two) => one - two), `${told}: ${places}`);
      assert.ok(places[0] > 0, said);
      assert.match(said.replace(/\s+/g, " "), /online widersprechen/);
      seen.notice = notice;
      const plain = await letter(page, page.getByRole("link", { name: /Leichter Sprache/ }));
      assert.match(plain.said, /512/);
      seen.plain = plain;
      if (process.env.WEGFREI_TEST_PICTURES === "yes") {
        writeFileSync(new URL("../out/bescheid.pdf", import.meta.url), notice.bytes);
        writeFileSync(new URL("../out/bescheid-leicht.pdf", import.meta.url), plain.bytes);
        const asked = await letter(page, page.getByRole("link", { name: /^Schreiben öffnen/ }));
        writeFileSync(new URL("../out/nachforderung.pdf", import.meta.url), asked.bytes);
      }
      await page.goto(seen.mine);
      assert.equal(await status(page), "Entschieden");
      assert.match(await turn(page), /Es ist entschieden/);
      await look(page, "stand-entschieden");
      const stranger = await person(browser, server);
      const code = /\b([0-9A-Z]{4,5}(?:-[0-9A-Z]{4,5}){2,})\b/.exec(notice.said)?.[1];
      assert.ok(code, "a check code");
      await stranger.page.goto(`/pruefen?code=${code}`);
      assert.match(await stranger.page.locator("[data-test=ergebnis]").innerText(), /Echt/);
      assert.doesNotMatch(await main(stranger.page), /Mustermann|512/, "nothing personal");
      for (const [buffer, expected] of [[notice.bytes, /Echt: Genau diese Datei/], [Buffer.concat([notice.bytes, Buffer.from(" ")]), /Nicht bestätigt/]]) {
        await stranger.page.goto("/pruefen");
        await stranger.page.getByLabel("PDF-Datei des Bescheids").setInputFiles({ name: "bescheid.pdf", mimeType: "application/pdf", buffer });
        await stranger.page.getByRole("button", { name: "Datei prüfen" }).click();
        assert.match(await stranger.page.locator("[data-test=ergebnis]").innerText(), expected);
      }
      assert.deepEqual(stranger.complaints, []);
      await stranger.context.close();
    });

    test("a change and a renewal begin with what was said before; the change is sent and taken back", async () => {
      const { page } = erika;
      const follow = async (what) => {
        await page.goto(seen.mine);
        await page.locator("[data-test=folgeantrag]").click();
        await page.locator(`[data-test=${what}]`).waitFor();
        if (what === "weiterleistung") await look(page, "folgeantrag");
        await page.locator(`[data-test=${what}]`).click();
        await onPage(page, "Zu Ihrer Person");
        assert.match(await main(page), /Rentenbescheid|Zu Ihrer Person/);
        const draft = page.url().replace(/\/G\d+$/, "");
        await page.goto(`${draft}/G15000100007`);
        assert.equal(await page.locator("[name='G15000100007.0.F15000100070']").inputValue(), "Rolf");
        assert.equal(await page.locator("[name='G15000100007.0.G15000100071.0.F15000100083']").inputValue(), "603,00");
        assert.equal(await page.locator("[name='G15000100007.1.F15000100070']").inputValue(), "Mia");
        return draft;
      };
      const renewal = await follow("weiterleistung");
      await page.goto(`${renewal}/verwerfen`);
      await page.getByRole("button", { name: "Endgültig löschen" }).click();
      await page.getByText("Der angefangene Antrag ist gelöscht.").waitFor();
      const change = await follow("aenderung");
      await page.goto(`${change}/G15000100002`);
      assert.equal(await page.getByLabel("Kaltmiete im Monat").inputValue(), "640,00");
      await page.getByLabel("Kaltmiete im Monat").fill("700");
      await page.locator("[data-test=weiter]").click();
      // What must be confirmed anew is not taken over.
      await page.goto(`${change}/G15000100012`);
      await page.locator("[name='G15000100012.F15000100140'][value=true]").check();
      await page.locator("[data-test=weiter]").click();
      await onPage(page, "Angaben prüfen und senden");
      assert.match(await main(page), /700,00 €/);
      const reference = await send(page);
      assert.notEqual(reference, seen.reference);
      await page.getByRole("link", { name: "Stand ansehen" }).click();
      await page.locator("[data-test=zuruecknehmen]").click();
      await onPage(page, "Antrag zurücknehmen?");
      await page.locator("[data-test=zuruecknehmen]").click();
      await page.getByText("Ihr Antrag ist zurückgenommen.").waitFor();
      assert.equal(await status(page), "Zurückgenommen");
      assert.match(await main(page), new RegExp(seen.reference), "the earlier case is named");
    });

    test("an objection until the day that is shown", async () => {
      const { page } = erika;
      await page.goto(seen.mine);
      await page.locator("[data-test=widerspruch]").click();
      await onPage(page, "Widerspruch einlegen");
      const until = await page.locator("[data-test=frist]").innerText();
      assert.match(until, /bis \d{1,2}\. \S+ \d{4}, 24 Uhr/);
      await page.getByLabel("Warum sind Sie nicht einverstanden?").fill("Unsere Heizkosten sind höher.");
      await look(page, "widerspruch");
      await page.locator("[data-test=weiter]").click();
      await onPage(page, "Widerspruch prüfen und senden");
      assert.equal(await page.locator("[data-test=frist]").innerText(), until);
      await page.locator("[data-test=senden]").click();
      await onPage(page, "Ihr Widerspruch ist angekommen");
      await page.getByRole("link", { name: "Stand ansehen" }).click();
      assert.match(await turn(page), /Jetzt ist die Behörde dran/);
      await page.goto(seen.mine);
      assert.equal(await page.locator("[data-test=widerspruch]").count(), 0, "one objection is enough");
    });

    test("who saw what: searched by reference, each line with a proof that the browser checks itself", async () => {
      const { page } = erika;
      await page.goto("/mein-bereich/zugriffe");
      const lines = page.locator("[data-test=zugriffe] tbody tr");
      const all = await lines.count();
      await page.locator("[data-test=auswahl] summary").click();
      await page.getByLabel("Aktenzeichen").fill(seen.reference);
      await page.getByLabel("Zweck").selectOption({ label: "Bearbeitung des Antrags" });
      await page.locator("[data-test=zeigen]").click();
      await lines.first().waitFor();
      const found = await lines.allInnerTexts();
      assert.ok(found.length >= 2 && found.length < all, `${found.length} of ${all}`);
      assert.ok(found.every((line) => line.includes(seen.reference) && line.includes("Sachbearbeitung, Magdeburg")), found.join("\n"));
      await look(page, "zugriffe");
      await page.locator("[data-test=beweis]").first().click();
      const good = page.locator("[data-proof-result=good]");
      await good.waitFor();
      assert.equal(await page.locator("[data-proof-ok]:visible").count(), 6, "every step holds");
      assert.equal(await page.locator("[data-proof-wrong]:visible").count(), 0);
      await look(page, "beweis");
      const file = await (await page.request.get(await page.locator("[data-test=herunterladen]").getAttribute("href"))).body();
      // The same page with one changed byte of the proof: the browser refuses it.
      const text = file.toString("utf8").trimEnd();
      const entry = /"entry":"([^"]+)"/.exec(text)[1];
      const other = entry.slice(0, 40) + (entry[40] === "A" ? "B" : "A") + entry.slice(41);
      const address = page.url();
      await page.route(address, async (route) => {
        const answer = await route.fetch();
        const body = await answer.text();
        assert.ok(body.includes(entry), "the proof stands in the page");
        await route.fulfill({ response: answer, body: body.replaceAll(entry, other) });
      });
      await page.goto(address);
      await page.locator("[data-proof-result=bad]").waitFor();
      assert.equal(await good.isVisible(), false);
      assert.ok(await page.locator("[data-proof-wrong]:visible").count() === 1, "the step that fails is named");
      assert.equal(await page.locator("[data-proof-step]:visible").count(), await page.locator("[data-proof-ok]:visible").count() + 1, "what was not looked at is not claimed");
      await look(page, "beweis-falsch");
      await page.unroute(address);
      // And the program for the command line says the same.
      const folder = mkdtempSync(join(server.folder, "beweis-"));
      for (const [name, bytes, code] of [["gut.json", file, 0], ["falsch.json", text.replace(entry, other), 1]]) {
        writeFileSync(join(folder, name), bytes);
        const run = spawnSync(BINARY, ["proof", "check", join(folder, name)], { encoding: "utf8", env: { PATH: process.env.PATH } });
        assert.equal(run.status === 0, code === 0, `${name}: ${run.stdout}${run.stderr}`);
      }
    });

    test("by letter in the Landkreis Harz: printed, posted, and from then on the period runs", async () => {
      const aylin = await person(browser, server);
      const frieda = await person(browser, server);
      {
        const { page } = aylin;
        await begin(page, "Wernigerode", AYLIN, SERVICE);
        await fillForm(page, alone());
        await page.getByLabel("Per Brief").check();
        seen.harz = await send(page);
        await page.getByRole("link", { name: "Stand ansehen" }).click();
        seen.letter = new URL(page.url()).pathname;
        assert.match(await turn(page), /Landkreis Harz/);
      }
      {
        const { page } = frieda;
        await openCase(page, FRIEDA, seen.harz);
        await page.locator("[data-test=aufgabe]").click();
        await page.locator("[data-test=geprueft]").check();
        await page.locator("[data-test=bestaetigen]").click();
        assert.match(await page.locator("[data-test=entschieden]").innerText(), /bestätigt/);
      }
      await mailbox(aylin.page, 2);
      await aylin.page.goto(seen.letter);
      assert.equal(await status(aylin.page), "Entschieden");
      assert.doesNotMatch(await main(aylin.page), /Möglich bis/, "until it is posted no period runs");
      {
        const { page } = frieda;
        await page.goto("/amt");
        await page.getByRole("link", { name: "Postausgang" }).click();
        const line = page.locator("[data-test=postausgang] tbody tr", { hasText: seen.harz }).first();
        await line.waitFor();
        assert.match(await line.innerText(), /Bescheid, .*[\s\S]*Leichter Sprache/, "one envelope, each letter named");
        await look(page, "postausgang");
        for (const link of await line.getByRole("link").all()) {
          const printed = await letter(page, link);
          if (/Rechtsbehelf/.test(printed.said)) seen.printed = printed;
          else assert.match(printed.said, /Leichter Sprache/);
        }
        // Noted too early and taken back; then really posted.
        const noted = async () => {
          await line.getByRole("button", { name: /Als abgeschickt vermerken/ }).click();
          await page.getByText("Der Brief ist als abgeschickt vermerkt.").waitFor();
        };
        await noted();
        await page.getByRole("button", { name: /Irrtum: doch nicht abgeschickt/ }).click();
        await page.getByText("Der Brief wartet wieder im Postausgang.").waitFor();
        await noted();
        await page.locator("[data-test=leer]").waitFor();
        assert.match(seen.printed.said, /Çelik/);
        assert.match(seen.printed.said, /268,00\s€/, "§ 19 WoGG: M 537.60, Y 908.25, one person");
        assert.match(seen.printed.said.replace(/\s+/g, " "), /vierten Tag nach der Aufgabe zur Post/, "the way it is notified is named");
        assert.match(seen.printed.said.replaceAll(" ", " "), /Am Ring 27[\s\S]*06749 Bitterfeld-Wolfen/, "the address of the letter");
      }
      await aylin.page.goto(seen.letter);
      assert.match(await main(aylin.page), /Möglich bis \d+\. \S+ \d{4}, 24 Uhr/, "now it runs");
      await openCase(frieda.page, FRIEDA, seen.harz);
      const file = await main(frieda.page);
      assert.match(file, /Brief zur Post gegeben/, "the file says when it left the house");
      assert.doesNotMatch(file, /Eintrag „/, "everything that happened has words");
      await look(aylin.page, "stand-frist");
      for (const one of [aylin, frieda]) {
        assert.deepEqual(one.complaints, []);
        await one.context.close();
      }
    });

    test("nothing left this machine, no page broke its policy; after stopping, the record is clean", async () => {
      for (const one of [erika, anton, petra]) assert.deepEqual(one.complaints, []);
      assert.equal(await server.stop(), 0, server.log());
      const { code, text } = verify(server);
      assert.equal(code, 0, text);
      assert.match(text, /clean/);
    });
  });
}
