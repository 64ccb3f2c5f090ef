// The logins: the first one, by app, by text, by backup code, remembered, locked, and a reset in between.

import assert from "node:assert/strict";
import { inBrowser } from "../browser.mjs";
import { inState, path, says, tellsError } from "../checks.mjs";
import { inSilence, letPass, textsTo } from "../demo.mjs";
import {
  appOf, backupCodes, enter, logIn, logInByApp, logOut, press, resetPerson, saveCodes, sendText,
  setUpApp, setUpTexts, textedCode,
} from "../person.mjs";
import { take } from "../pictures.mjs";
import { sentence } from "../sentences.mjs";

/** Seconds. */
const THROTTLE = 300;
const ANNA = "anna@north.example";
const FARID = "farid@north.example";
const PHONE = { width: 390, height: 844 };

async function firstLogin({ page }) {
  await page.goto(`/login?email=${ANNA}`);
  await inState(page, "login");
  await take(page, "login.png");
  await page.locator("#password").fill("wrong");
  await press(page, "#log-in");
  await inState(page, "error: wrong password");

  await logIn(page, ANNA);
  assert.equal(path(page), "/login/set-up");
  await says(page, sentence("challenge.set_up"));
  await inState(page, "next: set_up");
  await press(page, "#start-totp button");
  await inState(page, "set-up by app: scan");
  await page.setViewportSize({ width: 1024, height: 1100 });
  await take(page, "set-up.png");
  const app = await appOf(page);
  await enter(page, "#confirm-code", app.wrongCode());
  await tellsError(page, sentence("wrong_code.totp"), "confirm-code");
  await inState(page, "set-up by app: wrong code");

  await enter(page, "#confirm-code", app.code());
  assert.equal((await backupCodes(page)).length, 10);
  await inState(page, "set-up: backup codes");
  await page.setViewportSize(PHONE);
  await take(page, "backup-codes.png");
  await press(page, "#go-on");
  await inState(page, "error: codes not saved");
  await saveCodes(page);
  assert.equal(path(page), "/account");
  await inState(page, "account");

  await page.goto("/mail");
  await says(page, sentence("notice.set_up.totp"));
  await inState(page, "mail");
  await page.goto("/behind-the-scenes");
  await says(page, "enrollment.totp.confirmed.v1");
  await inState(page, "behind the scenes");
}

async function byApp({ page }) {
  await logIn(page, ANNA);
  const app = await setUpApp(page);
  const codes = await backupCodes(page);
  await saveCodes(page);
  await logOut(page);
  await inState(page, "logged out");

  await logIn(page, ANNA);
  assert.equal(path(page), "/login/code");
  await says(page, sentence("challenge.enter_code"));
  await inState(page, "next: enter_code");
  const window = page.viewportSize();
  await page.setViewportSize(PHONE);
  await take(page, "code.png");
  await page.setViewportSize(window);
  await enter(page, "#code", "");
  await inState(page, "error: no code");
  await enter(page, "#code", "12345");
  await tellsError(page, sentence("malformed_code.totp"));
  await inState(page, "error: malformed_code of an app");
  await enter(page, "#code", app.wrongCode());
  await tellsError(page, sentence("wrong_code.totp"));
  await inState(page, "next: try_another_code");
  await enter(page, "#code", app.usedCode());
  await tellsError(page, sentence("code_used.totp"));
  await inState(page, "error: code_used");
  await enter(page, "#code", app.code());
  assert.equal(path(page), "/account");
  await logOut(page);

  await logIn(page, ANNA);
  await press(page, "#method-backup");
  await inState(page, "backup code");
  await enter(page, "#code", "ABCD-EFGH");
  await tellsError(page, sentence("malformed_code.backup"));
  await inState(page, "error: malformed_code of a backup code");
  await enter(page, "#code", "0000-0000-0000-0000");
  await tellsError(page, sentence("wrong_code.backup"));
  await enter(page, "#code", codes[0].toLowerCase());
  assert.equal(path(page), "/account");
  await inState(page, "account after a backup code");
  await page.goto("/mail");
  await says(page, sentence("notice.backup_code_used"));
}

async function byText({ page, crm }) {
  await logIn(page, FARID);
  const number = await page.locator("#own-number").innerText();
  await enter(page, "#number", "not a number");
  await tellsError(page, sentence("invalid_number"), "number");
  await inState(page, "error: invalid_number");
  await enter(page, "#number", "+447400000000");
  await says(page, sentence("number_rejected"));
  await inState(page, "next: use_another_method");
  await enter(page, "#number", number);
  await inState(page, "set-up by text: code");
  await enter(page, "#confirm-code", "abc234");
  await inState(page, "set-up by text: wrong code");

  await letPass(crm.tenants[0], THROTTLE + 1);
  await logIn(page, FARID);
  await setUpTexts(page);
  await inState(page, "set-up by text: backup codes");
  await saveCodes(page);
  await logOut(page);

  // The text of the set-up counts in the throttle.
  const before = (await textsTo(number)).length;
  await logIn(page, FARID);
  await enter(page, "#code", "abc234");
  await tellsError(page, sentence("no_code_sent"));
  await inState(page, "error: no_code_sent");
  await sendText(page);
  await says(page, sentence("throttled.user_period"));
  await inState(page, "next: wait, for a text");
  assert.equal((await textsTo(number)).length, before);

  await letPass(crm.tenants[0], THROTTLE + 1);
  await logIn(page, FARID);
  await inState(page, "code by text, none sent");
  await sendText(page);
  await says(page, sentence("sent"));
  await inState(page, "code by text, sent");
  await take(page, "inbox.png");
  const code = await textedCode(page);
  await enter(page, "#code", code.toUpperCase());
  await tellsError(page, sentence("malformed_code.capitals"));
  await inState(page, "error: malformed_code with capitals");
  await enter(page, "#code", code === "abc234" ? "abc235" : "abc234");
  await tellsError(page, sentence("wrong_code.sms"));
  await inState(page, "next: request_new_code");
  assert.match(await page.locator("#next-text").innerText(), /\b[45]\smin/);
  await page.setViewportSize(PHONE);
  await take(page, "wrong-code.png");

  await letPass(crm.tenants[0], THROTTLE + 1);
  await logIn(page, FARID);
  await sendText(page);
  const late = await textedCode(page);
  await letPass(crm.tenants[0], 11 * 60);
  await enter(page, "#code", late);
  await tellsError(page, sentence("code_expired"));
  await inState(page, "error: code_expired");
  await logIn(page, FARID);
  await sendText(page);
  await enter(page, "#code", await textedCode(page));
  assert.equal(path(page), "/account");
}

async function remembered({ page, open }) {
  await logIn(page, ANNA);
  const app = await setUpApp(page);
  const [backup] = await backupCodes(page);
  await saveCodes(page);
  await logOut(page);
  await logIn(page, ANNA);
  await page.locator("#remember").check();
  await enter(page, "#code", app.code());
  assert.equal(path(page), "/account");
  await page.goto("/account/two-factor");
  assert.equal(await page.locator("#browsers tbody tr").count(), 1);
  await inState(page, "tab with a remembered browser");
  await logOut(page);

  // Another day: no code.
  await logIn(page, ANNA);
  assert.equal(path(page), "/account");
  await logOut(page);

  // Another browser is asked for one, and forgets the first.
  const other = await open();
  await logIn(other.page, ANNA);
  assert.equal(path(other.page), "/login/code");
  await press(other.page, "#method-backup");
  await enter(other.page, "#code", backup);
  await other.page.goto("/account/two-factor");
  await press(other.page, "#browsers .forget");
  assert.equal(await other.page.locator("#browsers tbody tr").count(), 0);
  await inState(other.page, "tab: browser forgotten");

  await logIn(page, ANNA);
  assert.equal(path(page), "/login/code");
  const cookies = await page.context().cookies();
  assert.ok(!cookies.some((cookie) => cookie.name.includes("remember")), "what is unknown is deleted");
}

async function resetInBetween({ page, open }) {
  await logIn(page, ANNA);
  const app = await setUpApp(page);
  await saveCodes(page);
  const second = await open();
  await logIn(second.page, ANNA);
  assert.equal(path(second.page), "/login/code");

  const administrator = await open();
  await logInByApp(administrator.page, "olwen@north.example");
  await resetPerson(administrator.page, "anna", "Lost her phone");
  await inState(administrator.page, "administrator: reset done");
  await says(administrator.page, "Anna Price");

  // Her session is over, and the code of before lets nobody in.
  await page.goto("/account");
  assert.equal(path(page), "/login");
  await enter(second.page, "#code", app.code());
  assert.equal(path(second.page), "/login/set-up");
  await page.goto("/mail");
  await says(page, sentence("notice.reset"));
  await logIn(page, ANNA);
  assert.equal(path(page), "/login/set-up");
}

async function guessing({ page, crm }) {
  await logIn(page, ANNA);
  const app = await setUpApp(page);
  const codes = await backupCodes(page);
  await saveCodes(page);
  await logOut(page);
  await logIn(page, ANNA);
  const guess = () => enter(page, "#code", app.wrongCode());
  for (let failures = 0; failures < 5; failures += 1) await guess();
  await guess();
  await says(page, sentence("too_many_failures"));
  await inState(page, "next: wait, after wrong codes");
  for (let failures = 5; failures < 7; failures += 1) {
    await letPass(crm.tenants[0], 15 * 60 + 1);
    await guess();
  }
  await guess();
  await says(page, sentence("locked"));
  await inState(page, "next: ask_admin");
  await press(page, "#method-backup");
  await enter(page, "#code", codes[1]);
  assert.equal(path(page), "/account");
}

async function noAnswer({ page, crm }) {
  await logIn(page, "ben@north.example");
  await inSilence(crm, () => enter(page, "#code", "000000"));
  assert.equal(path(page), "/login/code");
  assert.match(await page.title(), /^Error: /);
  await inState(page, "no answer");
  await page.goto("/account");
  assert.equal(path(page), "/login", "nobody is let in");
}

export default {
  "a first login, with an app set up on the way": inBrowser(firstLogin),
  "a login by app, with wrong codes before, and by backup code": inBrowser(byApp),
  "a login by text, with a wrong code and the wait for another": inBrowser(byText),
  "a remembered browser, and one that was forgotten": inBrowser(remembered),
  "a reset by the administrator between password and code": inBrowser(resetInBetween),
  "too many wrong codes: a wait, a lock, and the backup code": inBrowser(guessing),
  "no answer of the workers lets nobody in": inBrowser(noAnswer, { patience: 30_000 }),
};
