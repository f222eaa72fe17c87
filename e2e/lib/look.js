// How a page looks and reads to machines: axe-core, narrow screens, large text. And pictures for people to look at.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const LAW = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
export const OUT = fileURLToPath(new URL("../out", import.meta.url));
/** Just under the breakpoint of the page. */
export const NARROW = { width: 767, height: 900 };
export const WIDE = { width: 1280, height: 900 };
export const PHONE = { width: 390, height: 844 };

/** axe-core's findings: `law` are violations of WCAG 2.2 A and AA, `advice` its best practices. */
export async function axe(page, { only } = {}) {
  const found = await page.evaluate(async ({ source, tags, only }) => {
    if (!window.axe) (0, eval)(source);
    const runOnly = only ? { type: "rule", values: only } : { type: "tag", values: tags };
    const result = await window.axe.run(document, { runOnly, resultTypes: ["violations"], preload: false });
    return result.violations.map(({ id, tags, nodes, help }) => ({
      id, tags, help, nodes: nodes.slice(0, 3).map((node) => `${node.target.join(" ")} ${node.failureSummary.split("\n").slice(1, 3).join(" ").trim()}`),
    }));
  }, { source: AXE, tags: [...LAW, "best-practice"], only }).catch(async (error) => {
    if (!/unsafe-eval|Content Security Policy|EvalError/.test(error.message)) throw error;
    throw new Error("axe-core cannot be evaluated under the page's policy");
  });
  const line = (one) => `${one.id}: ${one.help}\n      ${one.nodes.join("\n      ")}`;
  const isLaw = (one) => one.tags.some((tag) => LAW.includes(tag));
  return { law: found.filter(isLaw).map(line), advice: found.filter((one) => !isLaw(one)).map(line) };
}

/** Pixels by which the page is wider than the window. */
export const overflow = (page) => page.evaluate(() => document.scrollingElement.scrollWidth - document.documentElement.clientWidth);

/** Elements whose own text is cut off. */
export const clipped = (page) => page.evaluate(() => {
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const style = getComputedStyle(element);
    if (element.matches(".wf-sr,.wf-skip,.wf-first-button,input,textarea,select,option,svg *,thead,thead *") || style.visibility === "hidden") continue;
    const cuts = (value) => value === "hidden" || value === "clip";
    const wide = cuts(style.overflowX) && element.scrollWidth > element.clientWidth + 1;
    const high = cuts(style.overflowY) && element.scrollHeight > element.clientHeight + 1;
    if ((wide || high) && element.clientWidth > 1 && element.innerText?.trim()) found.push(`${element.tagName}.${element.className} "${element.innerText.trim().slice(0, 40)}"`);
  }
  for (const element of document.querySelectorAll("h1,h2,h3,p,a,button,label,li,td,dd,dt,legend,.kern-label,.kern-badge")) {
    const box = element.getBoundingClientRect();
    if (box.width > 1 && box.height > 1 && !element.closest(".wf-sr,thead,.wf-skip,.kern-table-responsive") && box.right > innerWidth + 1) found.push(`${element.tagName} "${element.innerText.trim().slice(0, 40)}" ends right of the window`);
  }
  for (const input of document.querySelectorAll("input[type=text],select")) {
    // A line of text must fit into its box.
    const style = getComputedStyle(input);
    if (input.clientHeight > 0 && parseFloat(style.fontSize) > input.clientHeight) found.push(`${input.tagName} ${input.name}: text higher than its box`);
  }
  return found.slice(0, 5);
});

/** WCAG 1.4.12: what readers may set for spacing (a constructed sheet, which the policy does not forbid). */
export const spaced = (page, on) => page.evaluate((on) => {
  const sheet = new CSSStyleSheet();
  if (on) sheet.replaceSync("*{line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important} p{margin-bottom:2em!important}");
  document.adoptedStyleSheets = [sheet];
}, on);

/**
 * WCAG 1.4.4: text twice as large, as readers set it in their browser. Their setting also moves the page's breakpoints,
 * this sheet does not: so a window is needed in which the page is already laid out for a phone.
 */
export const doubled = (page, on) => page.evaluate((on) => {
  const sheet = new CSSStyleSheet();
  if (on) sheet.replaceSync("html{font-size:200%!important}");
  document.adoptedStyleSheets = [sheet];
}, on);

/** A picture of the whole page in e2e/out. */
export async function picture(page, name) {
  mkdirSync(OUT, { recursive: true });
  await page.screenshot({ path: join(OUT, `${name}.png`), fullPage: true });
}

/** One look at a page: WCAG 2.2 by axe-core, and nothing scrolls sideways or is cut off on a narrow window and a phone. */
export async function fine(page, name) {
  const size = page.viewportSize();
  const pictures = process.env.WEGFREI_TEST_PICTURES === "yes";
  assert.deepEqual((await axe(page)).law, [], name);
  if (pictures) await picture(page, `${name}-${size.width}`);
  for (const narrow of [NARROW, PHONE]) {
    await page.setViewportSize(narrow);
    assert.ok(await overflow(page) <= 0, `${name} is wider than a window of ${narrow.width}`);
    assert.deepEqual(await clipped(page), [], `${name} at ${narrow.width}`);
  }
  if (pictures) {
    await picture(page, `${name}-${PHONE.width}`);
    await page.setViewportSize(size);
    await page.emulateMedia({ colorScheme: "dark" });
    await picture(page, `${name}-${size.width}-dark`);
    await page.emulateMedia({ colorScheme: "light" });
    await page.pdf({ path: join(OUT, `${name}.pdf`), format: "A4" });
  }
  await page.setViewportSize(size);
}
