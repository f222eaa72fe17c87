// What a person does on the pages, by the words they read (German), so that a test reads like the journey.
import assert from "node:assert/strict";

export const ERIKA = "Erika Mustermann";
export const PETRA = "Petra Vorbild"; // caseworker of Magdeburg
export const KARSTEN = "Karsten Probe"; // caseworker of Halle (Saale)
export const SERVICE = "Hund anmelden";
const DAY = 86_400_000;

/** A day as people here write it: { day, month, year }, `ago` days before today. */
export function daysAgo(ago) {
  const date = new Date(Date.now() - ago * DAY);
  return { day: String(date.getDate()), month: String(date.getMonth() + 1), year: String(date.getFullYear()) };
}

/** Answers of the ordinary case: one dog, nothing special. */
export const ordinary = () => ({
  name: "Bello", breed: "Dackel", born: daysAgo(900), since: daysAgo(12), dangerous: false, others: "0", reduction: "keine",
});

export async function login(page, name) {
  if (!page.url().includes("/anmelden")) await page.goto("/anmelden");
  await page.getByRole("button", { name: new RegExp(`^${name}`) }).click();
  await page.getByRole("button", { name: "Abmelden" }).waitFor();
}

export async function logout(page) {
  await page.getByRole("button", { name: "Abmelden" }).click();
  await page.getByRole("link", { name: "Anmelden", exact: true }).waitFor();
}

/** From the start page to the service page of a place. */
export async function choosePlace(page, place) {
  await page.goto("/");
  await page.getByLabel("Ort oder Postleitzahl").fill(place);
  await page.getByLabel("Ort oder Postleitzahl").press("Enter");
}

/** Opens the service and begins an application, another one where some were begun before; logs in when asked to. */
export async function begin(page, place, who = ERIKA, service = SERVICE) {
  await choosePlace(page, place);
  await page.getByRole("link", { name: new RegExp(service) }).click();
  await page.getByRole("button", { name: "Antrag starten" }).click();
  if (page.url().includes("/anmelden")) await page.getByRole("button", { name: new RegExp(`^${who}`) }).click();
  const another = page.locator("[data-test=neu]");
  const questions = page.locator("[data-test=weiter]");
  await another.or(questions).first().waitFor();
  if (await another.isVisible()) await another.click();
  await page.waitForURL(/\/antrag\//);
}

export const next = async (page) => await page.locator("[data-test=weiter]").click();
export const step = (page) => page.locator(".kern-progress label");
export const heading = (page) => page.getByRole("heading", { level: 1 });

/** The three boxes of a date. */
export async function date(page, legend, { day, month, year }) {
  const group = page.getByRole("group", { name: legend });
  await group.getByLabel("Tag").fill(day);
  await group.getByLabel("Monat").fill(month);
  await group.getByLabel("Jahr").fill(year);
}

export async function choose(page, legend, choice) {
  await page.getByRole("group", { name: legend }).getByLabel(choice, { exact: true }).check();
}

/** Page "Ihr Hund". */
export async function dog(page, a) {
  await page.getByLabel("Rufname").fill(a.name);
  await page.getByLabel("Rasse").fill(a.breed);
  await date(page, "Tag der Geburt des Hundes", a.born);
  await choose(page, "Geschlecht", "Rüde");
  await date(page, "Seit wann lebt der Hund bei Ihnen?", a.since);
  await choose(page, "Gilt Ihr Hund als gefährlich?", a.dangerous ? "Ja" : "Nein");
}

/** A small true PDF, such as a scanner makes. */
export function paper(name = "Schwerbehindertenausweis.pdf", more = "") {
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 240 150] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
    "<< /Length 44 >>\nstream\nBT /F1 12 Tf 20 100 Td (Ausweis: Muster) Tj ET\nendstream",
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  ];
  let text = "%PDF-1.4\n";
  const places = objects.map((object, i) => {
    const at = text.length;
    text += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const table = text.length;
  text += `xref\n0 6\n0000000000 65535 f \n${places.map((at) => `${String(at).padStart(10, "0")} 00000 n \n`).join("")}`;
  text += `trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n${more}`;
  return { name, mimeType: "application/pdf", buffer: Buffer.from(text, "latin1") };
}

/** Page "Ermäßigung": none, or one for a Merkzeichen with the paper that proves it. */
export async function reduction(page, a) {
  const legend = "Beantragen Sie eine Ermäßigung oder Befreiung?";
  if (a.reduction === "keine") {
    await choose(page, legend, "Nein");
    await next(page);
    return;
  }
  await choose(page, legend, "Ja, wegen eines Merkzeichens im Schwerbehindertenausweis");
  await next(page);
  await page.getByLabel("Welches Merkzeichen").selectOption(a.reduction);
  await page.getByLabel("Nachweis").setInputFiles(a.paper ?? paper());
  await page.getByRole("button", { name: "Datei hochladen" }).click();
  await page.getByText("Die Datei ist gespeichert.").waitFor();
  await next(page);
}

/** From the first page to the summary. */
export async function fill(page, a) {
  await onPage(page, "Zu Ihrer Person");
  await next(page);
  await onPage(page, "Ihr Hund");
  await dog(page, a);
  await next(page);
  await onPage(page, "Weitere Hunde");
  await page.getByLabel("Wie viele weitere Hunde").fill(a.others);
  await next(page);
  await onPage(page, "Ermäßigung oder Befreiung");
  await reduction(page, a);
  await onPage(page, "Bestätigung");
  await choose(page, "Sind alle Angaben richtig und vollständig?", "Ja");
  await next(page);
  await onPage(page, "Angaben prüfen und senden");
}

export async function onPage(page, title) {
  await page.getByRole("heading", { level: 1, name: title }).waitFor();
}

/** Sends from the summary; returns the reference. */
export async function send(page) {
  await page.locator("[data-test=senden]").click();
  await onPage(page, "Ihr Antrag ist angekommen");
  const reference = await page.locator("[data-test=aktenzeichen]").innerText();
  assert.match(reference, /^[0-9A-Z]{5}-[0-9A-Z]{5}$/);
  return reference;
}

/** Loads the mailbox until as many notices can be opened. */
export async function mailbox(page, atLeast) {
  const notices = page.locator("[data-test=bescheid], [data-test=anlage]");
  for (let tries = 0; tries < 60; tries += 1) {
    await page.goto("/mein-bereich");
    if (await notices.count() >= atLeast && await page.getByText("Der Bescheid wird gerade erstellt").count() === 0) return notices;
    await page.waitForTimeout(500);
  }
  throw new Error(`no ${atLeast} notices in the mailbox, but ${await notices.count()}`);
}
