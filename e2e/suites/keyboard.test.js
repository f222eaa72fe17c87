// A whole application with the keyboard alone: Tab, Shift+Tab, Space, arrows, Enter and letters. The mouse is never used.
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { suite } from "../lib/suite.js";
import { ERIKA, daysAgo, onPage, paper } from "../lib/steps.js";

/** What has the focus, and whether a person can see that it has. */
const focused = (page) => page.evaluate(() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  // The ring may lie on the element, on what it draws around itself (a stretched link), or on the card around it.
  const drawn = (style) => style.outlineStyle === "auto" || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none";
  const ring = drawn(style) || ["::before", "::after"].some((part) => drawn(getComputedStyle(element, part)));
  const words = element.labels?.[0]?.innerText ?? element.getAttribute("aria-label") ?? element.innerText ?? "";
  const middle = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return {
    tag: element.tagName, type: element.type ?? "", name: element.getAttribute("name") ?? "", id: element.id,
    words: words.trim().replace(/\s+/g, " ").replace(" :", ":"), ring,
    onScreen: box.width > 1 && box.height > 1 && box.bottom > 0 && box.right > 0 && box.left < innerWidth && box.top < innerHeight,
    // WCAG 2.4.11: not hidden by something that lies over it.
    open: middle === null || element === middle || element.contains(middle) || middle.contains(element)
      || [...(element.labels ?? [])].some((label) => label.contains(middle)),
  };
});

const describeFocus = (at) => `${at.tag} ${at.type} ${at.name || at.id} "${at.words.slice(0, 50)}"`;

/** Presses Tab until the focus is on what fits; every stop on the way must be visible. */
async function tabTo(page, fits, key = "Tab") {
  const way = [];
  for (let i = 0; i < 80; i += 1) {
    await page.keyboard.press(key);
    let at = await focused(page);
    for (let waits = 0; at && !at.onScreen && waits < 20; waits += 1) { // the page is still scrolling there
      await page.waitForTimeout(50);
      at = await focused(page);
    }
    if (!at) continue;
    way.push(describeFocus(at));
    assert.ok(at.onScreen, `focus out of sight at ${describeFocus(at)} on ${page.url()}`);
    assert.ok(at.open, `focus covered at ${describeFocus(at)} on ${page.url()}`);
    assert.ok(at.ring, `focus without a visible ring at ${describeFocus(at)} on ${page.url()}`);
    if (fits(at)) return at;
  }
  throw new Error(`not reached with Tab on ${page.url()}:\n${way.join("\n")}`);
}

const words = (text) => (at) => at.words.startsWith(text);
const named = (end) => (at) => at.name.endsWith(end);
const button = (text) => (at) => at.tag === "BUTTON" && at.words.startsWith(text);

async function type(page, field, text) {
  await tabTo(page, named(field));
  await page.keyboard.type(text);
}

async function date(page, field, { day, month, year }) {
  await type(page, `${field}.tag`, day);
  await type(page, `${field}.monat`, month);
  await type(page, `${field}.jahr`, year);
}

/** A key that leads to another page. */
const go = (page, key = "Enter") => Promise.all([page.waitForEvent("domcontentloaded"), page.keyboard.press(key)]);

async function onward(page) {
  await tabTo(page, button("Weiter"));
  await go(page);
}

describe("keyboard alone", () => {
  const world = suite();

  test("skip link, place, service, login", async () => {
    const { page } = (world.erika = await world.person());
    await page.goto("/");
    await page.keyboard.press("Tab");
    const skip = await focused(page);
    assert.equal(skip.words, "Zum Inhalt springen", "the first stop skips the head of the page");
    assert.ok(skip.onScreen && skip.ring, "the skip link can be seen when it has the focus");
    await page.keyboard.press("Enter");
    assert.equal((await focused(page)).id, "inhalt");
    await tabTo(page, named("suche"));
    await page.keyboard.type("Halle/Saale");
    await go(page);
    await page.getByText("Gewählter Ort: Halle (Saale)").waitFor();
    await tabTo(page, words("Hund anmelden"));
    await go(page);
    await tabTo(page, button("Antrag starten"));
    await go(page);
    await onPage(page, "Anmelden");
    await tabTo(page, button(ERIKA));
    await go(page, "Space");
    await onPage(page, "Zu Ihrer Person");
  });

  test("the error summary takes the focus and its links lead to the fields", async () => {
    const { page } = world.erika;
    await onward(page);
    await onPage(page, "Ihr Hund");
    await onward(page);
    await page.locator("#fehler").waitFor();
    assert.equal((await focused(page)).id, "fehler", "the summary of the errors has the focus");
    const links = await page.locator("#fehler a").evaluateAll((all) => all.map((a) => a.hash.slice(1)));
    assert.equal(links.length, 5);
    for (const [i, target] of links.entries()) {
      await page.evaluate(() => document.getElementById("fehler").focus());
      for (let n = 0; n <= i; n += 1) await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      const at = await focused(page);
      assert.equal(at?.id, target, `link ${i + 1} of the summary leads to its field`);
      assert.match(at.tag, /INPUT|SELECT|TEXTAREA/);
      const error = await page.evaluate((id) => {
        const input = document.getElementById(id);
        const ids = `${input.getAttribute("aria-describedby") ?? ""} ${input.closest("fieldset")?.getAttribute("aria-describedby") ?? ""}`;
        return ids.split(/\s+/).filter((one) => one.endsWith("-fehler")).map((one) => document.getElementById(one)?.innerText).join();
      }, target);
      assert.ok(error, `the field ${target} says its error to a screen reader`);
    }
  });

  test("dates, choices, a list and a file by keyboard", async () => {
    const { page } = world.erika;
    const chooser = page.waitForEvent("filechooser", { timeout: 60_000 }); // asked for early: it takes the browser a moment
    chooser.catch(() => {});
    await page.evaluate(() => document.getElementById("fehler").focus());
    await type(page, "F15000000010", "Rex");
    await type(page, "F15000000011", "Beagle");
    await date(page, "F15000000012", daysAgo(900));
    await tabTo(page, named("F15000000013"));
    await page.keyboard.press("ArrowDown"); // Rüde
    await date(page, "F15000000015", daysAgo(12));
    await tabTo(page, named("F15000000016"));
    await page.keyboard.press("ArrowDown"); // Nein
    await onward(page);
    await onPage(page, "Weitere Hunde");
    await type(page, "F15000000017", "0");
    await go(page); // Enter in a field goes on, and does not go back or save for later
    await onPage(page, "Ermäßigung oder Befreiung");
    await tabTo(page, named("F15000000018"));
    await page.keyboard.press("ArrowUp"); // the last one: Merkzeichen
    await page.locator('[name$="F15000000019"]').waitFor(); // what it opens comes while the choice is still in use
    assert.match(await page.evaluate(() => document.activeElement?.getAttribute("name") ?? ""), /F15000000018$/);
    await tabTo(page, named("F15000000019"));
    await page.keyboard.type("H");
    await tabTo(page, (at) => at.type === "file");
    await page.keyboard.press("Enter");
    await (await chooser).setFiles(paper());
    await tabTo(page, button("Datei hochladen"));
    await go(page);
    await page.getByText("Die Datei ist gespeichert.").waitFor();
    assert.equal(await page.locator("select").inputValue(), "H");
    await onward(page);
    await onPage(page, "Bestätigung");
    await tabTo(page, named("F15000000021"));
    await page.keyboard.press("Space"); // Ja
    await onward(page);
    await onPage(page, "Angaben prüfen und senden");
  });

  test("change from the summary and send", async () => {
    const { page } = world.erika;
    await tabTo(page, words("Ändern: Ihr Hund"));
    await go(page);
    await onPage(page, "Ihr Hund");
    await tabTo(page, named("F15000000010"));
    await page.keyboard.press("End");
    await page.keyboard.type(" II");
    await tabTo(page, button("Speichern und zur Übersicht"));
    await go(page);
    await page.getByText("Rex II").waitFor();
    await tabTo(page, button("Antrag verbindlich senden"));
    await go(page);
    await onPage(page, "Ihr Antrag ist angekommen");
    await tabTo(page, words("Stand ansehen"));
    await go(page);
    await page.locator("[data-test=stand]").waitFor();
    world.calm();
  });

  test("a caseworker decides by keyboard", async () => {
    const { page } = await world.person();
    await page.goto("/amt");
    await tabTo(page, button("Karsten Probe"));
    await go(page);
    await onPage(page, "Arbeitsvorrat");
    await tabTo(page, (at) => /^[0-9A-Z]{5}-[0-9A-Z]{5}$/.test(at.words));
    await go(page);
    await onPage(page, "Wozu öffnen Sie die Akte?");
    await tabTo(page, (at) => at.tag === "SELECT");
    await page.keyboard.press("Home");
    await tabTo(page, button("Akte öffnen"));
    await go(page);
    await page.locator("[data-test=begruendung]").waitFor();
    await tabTo(page, (at) => at.tag === "SUMMARY");
    await page.keyboard.press("Space");
    assert.equal(await page.locator("[data-test=begruendung] details[open]").count(), 1);
    await tabTo(page, words("Prüfen und entscheiden"), "Shift+Tab");
    await go(page);
    await tabTo(page, (at) => at.id === "geprueft");
    await page.keyboard.press("Space");
    await tabTo(page, button("Bestätigen"));
    await go(page);
    await page.locator("[data-test=entschieden]").waitFor();
    world.calm();
  });
});
