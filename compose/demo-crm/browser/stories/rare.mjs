// What is seen rarely: a form that is too old, a session that may not change anything any more, a number
// that belongs to somebody else, codes that are gone, and the last two of them.

import assert from "node:assert/strict";
import { inBrowser } from "../browser.mjs";
import { inState, path, says } from "../checks.mjs";
import { letPass } from "../demo.mjs";
import {
  backupCodes, enter, go, logIn, logInByApp, logOut, press, saveCodes, setUpApp, textedCode,
} from "../person.mjs";
import { sentence } from "../sentences.mjs";

async function astray({ page }) {
  assert.equal((await page.goto("/no-such-page")).status(), 404);
  await inState(page, "no such page");
  await page.goto("/phone?person=carys");
  await inState(page, "phone");
  await logIn(page, "ben@north.example");
  await page.locator('#code-form input[name="csrf"]').evaluate((token) => { token.value = "old"; });
  await enter(page, "#code", "000000");
  await inState(page, "a form that is too old");
}

async function longAgo({ page, crm }) {
  await logInByApp(page, "dan@north.example");
  await letPass(crm.tenants[0], 13 * 60 * 60);
  await page.goto("/account/two-factor");
  await says(page, sentence("login_required"));
  await inState(page, "tab: log in again");
}

async function numberOfSomebodyElse({ page, crm }) {
  await page.goto("/phone?person=carys");
  const number = await page.locator("#own-number").innerText();
  await letPass(crm.tenants[0], 301);
  await logIn(page, "farid@north.example");
  await enter(page, "#number", number);
  await enter(page, "#confirm-code", await textedCode(page));
  await says(page, sentence("number_not_accepted"));
  await inState(page, "error: number_not_accepted");
}

async function codesGone({ page, crm }) {
  await logIn(page, "anna@north.example");
  await setUpApp(page);
  await letPass(crm.tenants[0], 16 * 60);
  await go(page, () => page.reload());
  assert.deepEqual(await backupCodes(page), []);
  assert.ok(await page.locator("#codes-gone").isVisible());
  await inState(page, "set-up: backup codes are gone");
}

/** Logs out and in again with a backup code, without a page on the screen. Runs in the page. */
async function spend([user, code]) {
  const at = async (address) => new DOMParser().parseFromString(
    await (await fetch(address)).text(), "text/html");
  const send = (form, fields) => {
    const all = new URLSearchParams(new FormData(form));
    for (const [name, value] of Object.entries(fields)) all.set(name, value);
    return fetch(form.getAttribute("action"), { method: "POST", body: all });
  };
  await send((await at("/account")).querySelector('form[action="/logout"]'), {});
  const person = { email: `${user}@north.example`, password: `${user}-likes-the-demo` };
  await send((await at("/login")).querySelector("#login-form"), person);
  await send((await at("/login/code?method=backup")).querySelector("#code-form"), { code });
}

async function lastCodes({ page }) {
  await logIn(page, "anna@north.example");
  await setUpApp(page);
  const codes = await backupCodes(page);
  await saveCodes(page);
  const left = page.locator("#codes-left");
  await page.goto("/account/two-factor");
  assert.match(await left.innerText(), /\b10\b/);
  const last = codes.pop();
  for (const code of codes.slice(2)) await page.evaluate(spend, ["anna", code]);
  // The page is of a session that is over.
  await page.goto("/account");
  await logOut(page);
  await logIn(page, "anna@north.example");
  await press(page, "#method-backup");
  await enter(page, "#code", last);
  assert.equal(path(page), "/account");
  await press(page, "#codes-left a");
  assert.match(await left.innerText(), /\b2\b/);
  assert.match(await left.getAttribute("class"), /notice/);
  await inState(page, "tab: few backup codes");
}

export default {
  "a page that is not there, and a form that is too old": inBrowser(astray),
  "a session of long ago must log in again before it changes anything": inBrowser(longAgo),
  "a number that belongs to somebody else": inBrowser(numberOfSomebodyElse),
  "backup codes that nobody saved in time": inBrowser(codesGone),
  "the last two backup codes": inBrowser(lastCodes),
};
