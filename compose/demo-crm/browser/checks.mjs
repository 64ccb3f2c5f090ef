// What holds for every page in every state: axe, ids, languages, width, numbers, the field for a code.
//
// `inState` is called by each story wherever a page has come to a new state. It knows no story.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** The states that some story has come to. */
export const seen = new Set();

/** Holds the page against all of it; `state` names what the story has come to. */
export async function inState(page, state) {
  seen.add(state);
  const wrong = [
    ...(await violations(page, "light", { type: "tag", values: TAGS })),
    ...(await violations(page, "dark", { type: "rule", values: ["color-contrast"] })),
    ...(await page.evaluate(wrongsOfDocument)),
    ...(await sideways(page)),
  ];
  assert.deepEqual(wrong, [], `${state} (${new URL(page.url()).pathname})`);
}

/** What axe finds in that colour scheme, each with where it is. */
async function violations(page, colorScheme, runOnly) {
  await page.emulateMedia({ colorScheme });
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
  const found = await page.evaluate(
    (options) => window.axe.run(document, options),
    { runOnly, resultTypes: ["violations"] },
  );
  await page.emulateMedia({ colorScheme: null });
  return found.violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id} (${colorScheme}): ${node.target} ${node.failureSummary}`));
}

/** Ids that occur twice, references that lead nowhere, what each document must have. Runs in the page. */
function wrongsOfDocument() {
  const wrong = [];
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of ids.filter((one, place) => ids.indexOf(one) !== place)) wrong.push(`id ${id} twice`);
  for (const name of ["for", "form", "headers", "aria-describedby", "aria-labelledby", "aria-controls",
    "aria-errormessage", "aria-owns"]) {
    for (const element of document.querySelectorAll(`[${name}]`)) {
      for (const id of element.getAttribute(name).split(/\s+/)) {
        if (!document.getElementById(id)) wrong.push(`${name}="${id}" leads nowhere`);
      }
    }
  }
  for (const link of document.querySelectorAll('a[href^="#"]')) {
    if (!document.querySelector(link.getAttribute("href"))) wrong.push(`${link.outerHTML} leads nowhere`);
  }
  if (document.querySelectorAll("h1").length !== 1) wrong.push("not one h1");
  if (!document.querySelector("main#main")) wrong.push("no main#main");
  if (!/^(en|cy)$/.test(document.documentElement.lang)) wrong.push("no language");
  if (document.title.trim() === "") wrong.push("no title");
  for (const element of document.querySelectorAll("[style], script:not([src])")) {
    wrong.push(`inline: ${element.outerHTML.slice(0, 80)}`);
  }
  for (const form of document.querySelectorAll('form[method="post" i]')) {
    if (!form.querySelector('input[type="hidden"][name="csrf"]')) wrong.push(`${form.action}: no token`);
  }
  return wrong;
}

/** What is wider than the window. A table may scroll within a box of its own. */
export function sideways(page) {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const wide = [...document.querySelectorAll("body *")].filter((element) =>
      element.getBoundingClientRect().right > width + 1 && !element.parentElement.closest("table"));
    return wide.map((element) => `too wide: ${element.outerHTML.slice(0, 100)}`);
  });
}

/** Buttons and links that are too small to hit: 24 px for all that stands alone, 44 for main buttons. */
export function smallTargets(page) {
  return page.evaluate(() => {
    const isSmall = (element, least) => {
      const { width, height } = element.getBoundingClientRect();
      return width > 0 && height > 0 && (width < least || height < least);
    };
    const main = [...document.querySelectorAll("main form button, main .button")];
    const others = [...document.querySelectorAll("button, summary, nav a, input:not([type=hidden])")];
    const box = (element) => {
      const { width, height } = element.getBoundingClientRect();
      return `${Math.round(width)}×${Math.round(height)} ${element.outerHTML.slice(0, 80)}`;
    };
    return [
      ...main.filter((element) => isSmall(element, 44)),
      ...others.filter((element) => isSmall(element, 24)),
    ].map(box);
  });
}

/** The path of the page. */
export function path(page) {
  return new URL(page.url()).pathname;
}

/** Holds that the page says that, wherever it does. */
export async function says(page, text) {
  const said = (await page.locator("main").innerText()).replace(/\s+/g, " ");
  assert.ok(said.includes(text), `${path(page)} does not say “${text}”, but: ${said.slice(0, 600)}`);
}

/** Holds that the page tells of that error as point 8 asks: title, summary with focus, field. */
export async function tellsError(page, text, field = "code") {
  assert.match(await page.title(), /^(Error|Gwall): /);
  const summary = page.locator("#error-summary");
  assert.ok((await summary.innerText()).includes(text), `the summary does not say “${text}”`);
  assert.equal(await summary.getAttribute("role"), "alert");
  assert.equal(await summary.getAttribute("tabindex"), "-1");
  assert.equal(await summary.locator(`a[href="#${field}"]`).count(), 1);
  const input = page.locator(`#${field}`);
  assert.equal(await input.getAttribute("aria-invalid"), "true");
  const described = (await input.getAttribute("aria-describedby")).split(/\s+/);
  assert.ok(described.includes(`${field}-error`), `${described} does not name the error`);
  assert.ok((await page.locator(`#${field}-error`).innerText()).includes(text));
}

/** Whether that element has the focus. */
export function hasFocus(page, selector) {
  return page.locator(selector).evaluate((element) => element === document.activeElement);
}
