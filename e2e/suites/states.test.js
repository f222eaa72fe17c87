// What goes wrong at a kitchen table: reload, back, two windows, double clicks, wrong files, a dead network. And paper.
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "../lib/suite.js";
import * as pdf from "../lib/pdf.js";
import {
  PETRA, begin, choose, date, daysAgo, dog, fill, heading, login, logout, next, onPage, ordinary, paper, send,
} from "../lib/steps.js";

const cases = async (page) => {
  await page.goto("/mein-bereich");
  return await page.locator("[data-test=vorgang]").count();
};

describe("states", () => {
  const world = suite();

  test("reload, back and forward on every page keep what was saved", async () => {
    const { page, context } = await world.person();
    await begin(page, "Magdeburg");
    const seen = [];
    const answers = ordinary();
    const visit = async (title, fillIn) => {
      await onPage(page, title);
      await fillIn?.();
      await next(page);
      seen.push(title);
    };
    await visit("Zu Ihrer Person");
    await visit("Ihr Hund", () => dog(page, answers));
    await visit("Weitere Hunde", () => page.getByLabel("Wie viele weitere Hunde").fill("1"));
    await visit("Ermäßigung oder Befreiung", () => choose(page, "Beantragen Sie eine Ermäßigung oder Befreiung?", "Nein"));
    await visit("Bestätigung", () => choose(page, "Sind alle Angaben richtig und vollständig?", "Ja"));
    await onPage(page, "Angaben prüfen und senden");
    for (const title of seen.toReversed()) {
      await page.goBack();
      await onPage(page, title);
      await page.reload();
      await onPage(page, title);
    }
    for (const title of [...seen.slice(1), "Angaben prüfen und senden"]) {
      await page.goForward();
      await onPage(page, title);
      if (title === "Ihr Hund") assert.equal(await page.getByLabel("Rufname").inputValue(), "Bello");
      if (title === "Weitere Hunde") assert.equal(await page.getByLabel("Wie viele weitere Hunde").inputValue(), "1");
    }
    await page.reload();
    await onPage(page, "Angaben prüfen und senden");
    const reference = await send(page);
    await page.reload();
    assert.equal(await page.locator("[data-test=aktenzeichen]").innerText(), reference, "reloading the receipt sends nothing again");
    await page.goBack(); // the summary of what is sent: not another form to send
    assert.equal(await page.locator("[data-test=senden]").count(), 0, `after sending, back shows ${page.url()}`);
    assert.equal(await cases(page), 1);
    await context.close();
  });

  test("back after a page with an error shows a page, not the browser's question whether to send again", async () => {
    const { page, context } = await world.person();
    await begin(page, "Magdeburg");
    await next(page);
    await onPage(page, "Ihr Hund");
    await next(page); // nothing filled in
    await page.locator("#fehler").waitFor();
    await dog(page, ordinary());
    await next(page);
    await onPage(page, "Weitere Hunde");
    const failed = await page.goBack().then(() => null, (error) => error.message.split("\n")[0]);
    assert.equal(failed, null, "the browser's back button");
    await onPage(page, "Ihr Hund");
    assert.equal(await page.getByLabel("Rufname").inputValue(), "Bello");
    await context.close();
  });

  test("two windows: the older one overwrites nothing and says so", async () => {
    const { page, context } = await world.person();
    await begin(page, "Magdeburg");
    await next(page);
    await onPage(page, "Ihr Hund");
    const other = await context.newPage();
    await other.goto(page.url());
    await dog(page, { ...ordinary(), name: "Erster" });
    await next(page);
    await onPage(page, "Weitere Hunde");
    await dog(other, { ...ordinary(), name: "Zweiter" });
    await Promise.all([other.waitForResponse((r) => r.status() === 409), next(other)]);
    // The page as it is saved now, and what was typed here.
    await onPage(other, "Ihr Hund");
    await other.getByText("Inzwischen wurde in einem anderen Fenster gespeichert").waitFor();
    assert.equal(await other.getByLabel("Rufname").inputValue(), "Erster");
    assert.match(await other.locator("main").innerText(), /nicht gespeichert:[\s\S]*Zweiter/);
    await page.goBack();
    assert.equal(await page.getByLabel("Rufname").inputValue(), "Erster");
    // The same answers sent twice are no conflict: there is nothing to lose.
    const same = await context.newPage();
    await same.goto(page.url());
    await next(page);
    await onPage(page, "Weitere Hunde");
    await next(same);
    await onPage(same, "Weitere Hunde");
    await context.close();
  });

  test("a summary from before a change sends nothing", async () => {
    const { page, context } = await world.person();
    await begin(page, "Magdeburg");
    await fill(page, ordinary());
    const other = await context.newPage();
    await other.goto(page.url());
    await page.getByRole("link", { name: /^Ändern.*Ihr Hund/ }).click();
    await page.getByLabel("Rufname").fill("Ganz anders");
    await next(page);
    await page.getByText("Ganz anders").waitFor();
    await other.locator("[data-test=senden]").click();
    await onPage(other, "Die Seite war nicht mehr aktuell");
    await send(page);
    await context.close();
  });

  test("sending twice is one case with one reference", async () => {
    const { page, context } = await world.person();
    await begin(page, "Magdeburg");
    const other = await context.newPage();
    const before = await cases(other);
    await fill(page, ordinary());
    const form = page.locator("form[action$='/senden']");
    const action = await form.getAttribute("action");
    const posted = Object.fromEntries(await form.locator("input").evaluateAll((all) => all.map((one) => [one.name, one.value])));
    const answers = await Promise.all([1, 2, 3, 4].map(() => page.request.post(action, { form: posted, headers: { origin: world.server.url } })));
    for (const answer of answers) {
      assert.equal(answer.status(), 200);
      assert.match(answer.url(), /\/eingang$/, "each of them ends at the receipt");
    }
    const references = new Set(await Promise.all(answers.map(async (answer) => /data-test="aktenzeichen">([^<]+)/.exec(await answer.text())?.[1])));
    assert.equal(references.size, 1);
    // And a double click in a browser without JavaScript.
    await begin(page, "Magdeburg");
    await fill(page, ordinary());
    await page.locator("[data-test=senden]").dblclick();
    await onPage(page, "Ihr Antrag ist angekommen");
    assert.equal(await cases(page), before + 2);
    await context.close();
  });

  test("wrong and too large files: what is wrong, and nothing else lost", async () => {
    const { page, context } = await world.person();
    await begin(page, "Magdeburg");
    await next(page);
    await dog(page, ordinary());
    await next(page);
    await page.getByLabel("Wie viele weitere Hunde").fill("0");
    await next(page);
    await choose(page, "Beantragen Sie eine Ermäßigung oder Befreiung?", "Ja, wegen eines Merkzeichens im Schwerbehindertenausweis");
    await next(page);
    const upload = page.getByRole("button", { name: "Datei hochladen" });
    const files = {
      "a program": { name: "foto.exe", mimeType: "application/octet-stream", buffer: Buffer.from("MZ\x90\x00 not a picture") },
      "a program that calls itself PDF": { name: "ausweis.pdf", mimeType: "application/pdf", buffer: Buffer.from("MZ\x90\x00 not a picture") },
      "a page with script that calls itself picture": { name: "a.png", mimeType: "image/png", buffer: Buffer.from("<html><script>1</script>") },
      "an empty file": { name: "leer.pdf", mimeType: "application/pdf", buffer: Buffer.alloc(0) },
    };
    await page.getByLabel("Welches Merkzeichen").selectOption("Bl");
    for (const [what, file] of Object.entries(files)) {
      await page.getByLabel("Nachweis").setInputFiles(file);
      await upload.click();
      await page.locator("#fehler").waitFor();
      assert.match(await page.locator("#fehler").innerText(), /PDF|Datei/, what);
      assert.equal(await page.getByLabel("Welches Merkzeichen").inputValue(), "Bl", `${what}: the other answer is kept`);
      assert.equal(await page.locator(".wf-papers li").count(), 0, `${what}: not taken`);
    }
    await upload.click();
    assert.match(await page.locator("#fehler").innerText(), /Wählen Sie zuerst eine Datei aus/);
    const form = page.url();
    for (const megabytes of [10.5, 40]) {
      await page.goto(form);
      await page.getByLabel("Welches Merkzeichen").selectOption("H");
      const large = join(world.server.folder, "Ausweis.pdf");
      writeFileSync(large, Buffer.concat([paper().buffer, Buffer.alloc(megabytes * 1_048_576)]));
      await page.getByLabel("Nachweis").setInputFiles(large);
      const failed = await upload.click().then(() => page.waitForURL(/./)).then(() => null, (error) => error.message.split("\n")[0]);
      assert.equal(failed, null, `${megabytes} MB`);
      const said = await page.locator("body").innerText();
      assert.match(said, /zu groß|höchstens 10 MB/, `${megabytes} MB: ${said.slice(0, 200)}`);
      assert.match(said, /10 MB/);
      await page.goto(form);
      await page.getByLabel("Welches Merkzeichen").waitFor();
      assert.equal(await page.locator(".wf-papers li").count(), 0, "not taken");
      assert.match(await page.getByLabel("Welches Merkzeichen").inputValue(), /Bl|H/, "what was saved is kept");
    }
    // Two good ones, and one of them away again.
    for (const name of ["Vorderseite.pdf", "Rückseite.pdf"]) {
      await page.getByLabel("Nachweis").setInputFiles(paper(name, name));
      await upload.click();
      await page.locator(".wf-papers li", { hasText: name }).waitFor();
    }
    await page.getByRole("button", { name: /Entfernen.*Vorderseite/ }).click();
    await page.getByText("Die Datei ist entfernt.").waitFor();
    assert.deepEqual(await page.locator(".wf-papers li").count(), 1);
    await context.close();
  });

  test("impossible days are refused, and stay in their boxes to be mended", async () => {
    const { page, context } = await world.person();
    await begin(page, "Magdeburg");
    await next(page);
    await dog(page, ordinary());
    const later = daysAgo(-400);
    const wrong = [
      ["Tag der Geburt des Hundes", { day: "31", month: "2", year: "2024" }],
      ["Seit wann lebt der Hund bei Ihnen?", { day: "29", month: "2", year: "2025" }],
      ["Seit wann lebt der Hund bei Ihnen?", { day: "0", month: "13", year: "2025" }],
      ["Seit wann lebt der Hund bei Ihnen?", { day: "xx", month: "1", year: "2025" }],
      ["Seit wann lebt der Hund bei Ihnen?", { day: "1", month: "", year: "2025" }],
      ["Seit wann lebt der Hund bei Ihnen?", later],
      ["Seit wann lebt der Hund bei Ihnen?", { day: "1", month: "1", year: "1" }],
    ];
    for (const [legend, day] of wrong) {
      await dog(page, ordinary());
      await date(page, legend, day);
      await next(page);
      await page.locator("#fehler").waitFor();
      const said = JSON.stringify(day);
      await onPage(page, "Ihr Hund");
      const group = page.getByRole("group", { name: legend });
      for (const [label, value] of [["Tag", day.day], ["Monat", day.month], ["Jahr", day.year]]) {
        assert.equal(await group.getByLabel(label).inputValue(), value, `${legend} ${said}: ${label} is kept`);
      }
      assert.equal(await page.getByLabel("Rufname").inputValue(), "Bello", `${said}: the other answers are kept`);
      assert.ok(await group.locator(".kern-error").count() === 1, `${said}: the message stands at the field`);
    }
    // As people write it: with leading zeros and blanks.
    await date(page, "Tag der Geburt des Hundes", { day: "01", month: "06", year: "2024" });
    await date(page, "Seit wann lebt der Hund bei Ihnen?", daysAgo(12));
    await next(page);
    await onPage(page, "Weitere Hunde");
    for (const others of ["-1", "zwei", "1,5", "999999999999"]) {
      await page.getByLabel("Wie viele weitere Hunde").fill(others);
      await next(page);
      await page.locator("#fehler").waitFor();
      assert.equal(await page.getByLabel("Wie viele weitere Hunde").inputValue(), others, "kept to be mended");
    }
    await context.close();
  });

  test("names keep every letter", async () => {
    const { page, context } = await world.person();
    await begin(page, "Magdeburg", "Jörg Ödön Szymański-Größe");
    assert.equal(await page.getByLabel("Familienname").inputValue(), "Szymański-Größe");
    await page.getByLabel("Straße").fill("<b>O’Connor-Straße</b> & \"Söhne\"");
    await next(page);
    if (await page.locator("#fehler").count()) await page.getByLabel("Straße").fill("Große Ulrichstraße");
    await page.goto(page.url().replace(/G\d+$/, "G15000000001"));
    assert.equal(await page.locator("main b").count(), 0);
    await context.close();
  });

  test("paper: receipt and case view are printed without the head of the page, with everything that counts", async () => {
    const { page, context } = await world.person();
    await begin(page, "Magdeburg");
    await fill(page, { ...ordinary(), reduction: "Bl" });
    const reference = await send(page);
    const receipt = pdf.text(await page.pdf({ format: "A4" }));
    for (const said of [reference, "Ihr Antrag ist angekommen", "Magdeburg"]) assert.ok(receipt.includes(said), `receipt on paper: ${said}\n${receipt}`);
    assert.doesNotMatch(receipt, /Abmelden|Impressum|Stand ansehen|Leichte Sprache/);
    await logout(page);
    await page.goto("/amt");
    await login(page, PETRA);
    await page.getByRole("link", { name: reference }).click();
    await page.locator("[data-test=oeffnen]").click();
    await page.locator("[data-test=begruendung]").waitFor();
    const file = pdf.text(await page.pdf({ format: "A4" }));
    for (const said of [reference, "Mustermann", "Bello", "Antrag eingegangen"]) assert.ok(file.includes(said), `case on paper: ${said}`);
    assert.doesNotMatch(file, /Abmelden|Impressum/);
    assert.match(file, /Rechtsgrundlage:/, "the steps of the explanation are open on paper");
    await context.close();
  });

  test("nothing left this machine, no page broke its policy", () => world.calm());

  test("the server dies while someone types: nothing is lost when it is back", async () => {
    const { page, context } = await world.person();
    await begin(page, "Magdeburg");
    await next(page);
    await dog(page, { ...ordinary(), name: "Vor dem Ausfall" });
    assert.equal(await world.server.stop("SIGKILL"), "SIGKILL");
    await page.locator("[data-test=weiter]").click({ noWaitAfter: true });
    await page.waitForURL(/chrome-error/, { timeout: 10_000 }).catch(() => {});
    world.server = Object.assign(await world.server.again(), { folder: world.server.folder });
    // What a browser offers then: "reload", which sends the page again.
    await page.reload();
    assert.equal(await heading(page).innerText(), "Weitere Hunde", (await page.locator("body").innerText()).slice(0, 500));
    await page.getByRole("button", { name: "Zurück", exact: true }).click();
    assert.equal(await page.getByLabel("Rufname").inputValue(), "Vor dem Ausfall");
    await context.close();
  });
});
