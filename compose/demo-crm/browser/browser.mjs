// The browser: one for all tests, a context of its own for each, and what holds for every answer.
//
// It knows what each page of the demo CRM must send and never do, and no page in particular.

import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { startCrm } from "./demo.mjs";

// Milliseconds. A page that takes longer hangs.
const PATIENCE = 20_000;

let launched;
let looked;
let clipboard = Promise.resolve();

/** The browser, started by the first who needs it. */
export function browser() {
  launched ??= chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    // Root has no sandbox. Nothing but loopback is looked at.
    args: ["--no-sandbox", "--disable-background-networking", "--no-proxy-server"],
  });
  return launched;
}

/** Uses the clipboard. The browser has one for all tests, so one after the other. */
export async function withClipboard(page, use) {
  const used = clipboard.then(async () => {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    return use();
  });
  clipboard = used.catch(() => undefined); // Whoever failed has told so itself.
  return used;
}

/** What a button copies that says so. */
export function copied(page, button) {
  return withClipboard(page, async () => {
    await page.locator(button).click();
    await page.locator("#announce").filter({ hasText: /copied/i }).waitFor({ state: "attached" });
    return page.evaluate(() => navigator.clipboard.readText());
  });
}

/** Ends the browser. */
export async function close() {
  await (await launched)?.close();
}

/**
 * A test with a demo CRM of its own. `options` are those of Playwright's contexts, and `patience`, how
 * many milliseconds a page may take. Whatever the console or a header says that must not be fails it.
 */
export function inBrowser(body, options) {
  return withCrm(startCrm, body, options);
}

/** The same for a test that only looks: all of those share one demo CRM. */
export function looking(body, options) {
  return withCrm(() => (looked ??= startCrm()), body, options);
}

function withCrm(start, body, { patience = PATIENCE, ...options } = {}) {
  return async () => {
    const crm = await start();
    const contexts = [];
    const wrongs = [];
    // A browser of its own: no cookie is shared with another.
    const open = async (more = {}) => {
      const context = await (await browser()).newContext({
        baseURL: crm.url,
        viewport: { width: 1024, height: 768 },
        locale: "en-GB",
        // Whatever is scrolled to is there at once.
        reducedMotion: "reduce",
        ...options,
        ...more,
      });
      contexts.push(context);
      context.setDefaultTimeout(patience);
      context.on("page", (page) => watch(page, wrongs));
      return { context, page: await context.newPage() };
    };
    try {
      await body({ crm, open, ...(await open()) });
      assert.deepEqual(wrongs, []);
    } finally {
      await Promise.all(contexts.map((context) => context.close()));
    }
  };
}

function watch(page, wrongs) {
  page.on("pageerror", (error) => wrongs.push(`script: ${error}`));
  page.on("console", (message) => {
    const text = message.text();
    // The browser's own word about a page that is answered 4xx on purpose.
    const isStatus = text.startsWith("Failed to load resource");
    if (message.type() === "error" && !isStatus) wrongs.push(`console: ${text}`);
  });
  page.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    const isHere = hostname === "127.0.0.1" || ["data:", "blob:"].includes(protocol);
    if (!isHere) wrongs.push(`asks elsewhere: ${request.url()}`);
  });
  page.on("dialog", (dialog) => wrongs.push(`dialog: ${dialog.message()}`));
  page.on("response", (response) => {
    const path = new URL(response.url()).pathname;
    if (response.status() >= 500) wrongs.push(`${path}: ${response.status()}`);
    wrongs.push(...wrongHeaders(response).map((wrong) => `${path}: ${wrong}`));
  });
}

/** What point 25 asks of each answer, and point 20 of each that is no file. */
export function wrongHeaders(response) {
  const headers = response.headers();
  if (!response.url().startsWith("http") || response.status() === 304) return [];
  const policy = headers["content-security-policy"] ?? "";
  const isFile = new URL(response.url()).pathname.startsWith("/static/");
  const kept = {
    "a policy": policy !== "",
    "frame-ancestors 'none'": policy.includes("frame-ancestors 'none'"),
    "form-action 'self'": policy.includes("form-action 'self'"),
    "no unsafe source": !/unsafe-(inline|eval|hashes)|\*/.test(policy),
    "a default": /default-src '(none|self)'/.test(policy),
    "no-referrer": headers["referrer-policy"] === "no-referrer",
    "nosniff": headers["x-content-type-options"] === "nosniff",
    "no-store": isFile || (headers["cache-control"] ?? "").includes("no-store"),
  };
  return Object.keys(kept).filter((rule) => !kept[rule]).map((rule) => `lacks ${rule}`);
}
