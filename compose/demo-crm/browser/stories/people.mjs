// What people and administrators set: a method of one's own reset, policy and grace, exemption, Welsh.

import assert from "node:assert/strict";
import { inBrowser } from "../browser.mjs";
import { inState, path, says, tellsError } from "../checks.mjs";
import { letPass } from "../demo.mjs";
import {
  backupCodes, enter, logIn, logInByApp, logOut, press, resetMethod, saveCodes, sendText, setUpApp,
  textedCode,
} from "../person.mjs";
import { take } from "../pictures.mjs";
import { sentence } from "../sentences.mjs";

const DAY = 24 * 60 * 60;

async function ownReset({ page }) {
  await logIn(page, "anna@north.example");
  await setUpApp(page);
  await saveCodes(page);
  await page.goto("/account/two-factor");
  await press(page, "#new-backup-codes");
  assert.equal((await backupCodes(page)).length, 10);
  await inState(page, "tab: new backup codes");
  await saveCodes(page);
  await page.goto("/account/two-factor");
  await press(page, "#reset-totp");
  await inState(page, "tab: reset, asked once more");
  await press(page, "#keep");
  assert.equal(path(page), "/account/two-factor");
  await resetMethod(page, "totp");
  await inState(page, "tab: reset done");
  await page.goto("/mail");
  await says(page, sentence("notice.removed.totp"));
  await logOut(page);
  await logIn(page, "anna@north.example");
  assert.equal(path(page), "/login/set-up");
}

async function policyAndGrace({ page, open, crm }) {
  await logIn(page, "gwen@south.example");
  assert.equal(path(page), "/account");
  assert.ok(await page.locator("#set-up-by").isVisible());
  await inState(page, "account in grace");

  const administrator = await open();
  await logInByApp(administrator.page, "priya@south.example");
  await administrator.page.goto("/admin");
  await enter(administrator.page, "#grace_days", "many");
  await tellsError(administrator.page, "", "grace_days");
  await inState(administrator.page, "error: days of grace");
  await enter(administrator.page, "#grace_days", "3");
  assert.equal(await administrator.page.locator("#grace_days").inputValue(), "3");
  await inState(administrator.page, "administrator: policy set");

  await letPass(crm.tenants[1], 4 * DAY);
  await logOut(page);
  await logIn(page, "gwen@south.example");
  assert.equal(path(page), "/login/set-up");

  await administrator.page.goto("/admin");
  await administrator.page.locator("#required").uncheck();
  await press(administrator.page, "#set-policy");
  await logIn(page, "gwen@south.example");
  assert.equal(path(page), "/account");
  assert.equal(await page.locator("#set-up-by").count(), 0);
}

async function exemption({ page, open, crm }) {
  await logIn(page, "anna@north.example");
  assert.equal(path(page), "/login/set-up");
  const administrator = await open();
  await logInByApp(administrator.page, "olwen@north.example");
  await administrator.page.goto("/admin/people/anna");
  await inState(administrator.page, "administrator: somebody without a method");
  await enter(administrator.page, "#exempt_reason", " ");
  await tellsError(administrator.page, "", "exempt_reason");
  await inState(administrator.page, "error: no reason");
  await administrator.page.locator("#days").fill("7");
  await enter(administrator.page, "#exempt_reason", "Can use neither");
  await inState(administrator.page, "administrator: exempt");
  await page.goto("/mail");
  await says(page, sentence("notice.exempted"));

  await logIn(page, "anna@north.example");
  assert.equal(path(page), "/account");
  await inState(page, "account, exempt");
  await logOut(page);
  await letPass(crm.tenants[0], 8 * DAY);
  await logIn(page, "anna@north.example");
  assert.equal(path(page), "/login/set-up");
}

async function welsh({ page, crm }) {
  await letPass(crm.tenants[0], 301);
  await logIn(page, "carys@north.example");
  assert.equal(await page.locator("html").getAttribute("lang"), "cy");
  await says(page, sentence("challenge.enter_code", "cy"));
  await inState(page, "Welsh: code");
  await sendText(page);
  await says(page, sentence("sent", "cy"));
  const code = await textedCode(page);
  await enter(page, "#code", code === "abc234" ? "abc235" : "abc234");
  await tellsError(page, sentence("wrong_code.sms", "cy"));
  await inState(page, "Welsh: wrong code");
  await take(page, "welsh.png");
  await letPass(crm.tenants[0], 301);
  await logIn(page, "carys@north.example");
  await sendText(page);
  await enter(page, "#code", await textedCode(page));
  assert.equal(path(page), "/account");
  await inState(page, "Welsh: account");
  await page.goto("/account/two-factor");
  await inState(page, "Welsh: tab");
  await press(page, "#new-backup-codes");
  await inState(page, "Welsh: backup codes");
  await saveCodes(page);
  await page.goto("/mail");
  await says(page, sentence("notice.backup_codes", "cy"));
  await press(page, "#language");
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
}

async function newPassword({ page }) {
  await logInByApp(page, "ben@north.example");
  await page.locator("#password").fill("wrong");
  await enter(page, "#new", "ignite-brownie-sloth-noodle");
  await tellsError(page, "", "password");
  await inState(page, "error: old password");
  await page.locator("#password").fill("ben-likes-the-demo");
  await enter(page, "#new", "short");
  await tellsError(page, "", "new");
  await page.locator("#password").fill("ben-likes-the-demo");
  await enter(page, "#new", "ignite-brownie-sloth-noodle");
  await inState(page, "password changed");
  await page.goto("/behind-the-scenes");
  await says(page, "enrollment.browsers.forgotten.v1");
}

export default {
  "a method of one's own is reset, and set up again at the next login": inBrowser(ownReset),
  "policy and grace": inBrowser(policyAndGrace),
  "an exemption, and its end": inBrowser(exemption),
  "Welsh from the first page to the e-mail": inBrowser(welsh),
  "a new password forgets the browsers": inBrowser(newPassword),
};
