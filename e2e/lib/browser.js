// Debian's Chromium, watched: no request may leave this machine, no page may break its content security policy.
import { chromium } from "playwright-core";

const EXECUTABLE = process.env.WEGFREI_TEST_CHROMIUM ?? "/usr/bin/chromium";
const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--lang=de-DE",
];

/** One browser; Playwright gives it a fresh profile folder and removes it. */
export async function launch() {
  return await chromium.launch({ executablePath: EXECUTABLE, headless: true, args: FLAGS });
}

/**
 * A person at a screen: cookies of their own. `complaints` gathers everything a page must never do; `calm()` asserts
 * that there were none.
 */
export async function person(browser, server, options = {}) {
  const context = await browser.newContext({
    baseURL: server.url, locale: "de-DE", timezoneId: "Europe/Berlin", viewport: { width: 1280, height: 900 }, ...options,
  });
  context.setDefaultTimeout(15_000);
  const complaints = [];
  context.on("request", (request) => {
    const url = new URL(request.url());
    // "chrome:" and "chrome-extension:" are the browser's own PDF viewer, which is inside it.
    if (!["data:", "about:", "blob:", "chrome:", "chrome-extension:"].includes(url.protocol) && url.origin !== server.url) complaints.push(`request left: ${url.href}`);
  });
  context.on("weberror", (error) => complaints.push(`script error: ${error.error().message}`));
  context.on("console", (message) => {
    const text = message.text();
    // A page with status 4xx is logged as a failed load of itself; that is what the tests provoke.
    if (message.type() === "error" && !/^Failed to load resource: the server responded with a status of 4\d\d/.test(text)
      && !/net::ERR_(CONNECTION|INTERNET)/.test(text)) {
      complaints.push(`console at ${message.location().url}: ${text}`);
    }
    if (/Content Security Policy/i.test(text)) complaints.push(`CSP: ${text}`);
  });
  const page = await context.newPage();
  return { context, page, complaints };
}
