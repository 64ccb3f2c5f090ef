// The whole story with JavaScript off, by POST and 303 alone.

import assert from "node:assert/strict";
import { inBrowser } from "../browser.mjs";
import { path, says } from "../checks.mjs";
import { letPass } from "../demo.mjs";
import {
  backupCodes, enter, logIn, logInByApp, logOut, press, resetMethod, resetPerson, saveCodes, sendText,
  setUpApp, setUpTexts, textedCode,
} from "../person.mjs";
import { sentence } from "../sentences.mjs";

const PERSON = "anna@north.example";

async function withoutScript({ page, open, crm }) {
  const statuses = [];
  page.on("response", (response) => {
    if (response.request().method() === "POST") statuses.push(response.status());
  });
  await page.goto(`/login?email=${PERSON}`);
  await press(page, "#log-in");
  assert.equal(path(page), "/login/set-up");
  const app = await setUpApp(page);
  const codes = await backupCodes(page);
  assert.equal(codes.length, 10);
  await saveCodes(page);
  assert.equal(path(page), "/account");

  await page.goto("/account/two-factor");
  await setUpTexts(page);
  await logOut(page);

  await logIn(page, PERSON);
  await press(page, "#method-totp");
  await page.locator("#remember").check();
  await enter(page, "#code", app.wrongCode());
  await says(page, sentence("wrong_code.totp"));
  assert.match(await page.title(), /^Error: /);
  assert.ok(await page.locator("#remember").isChecked());
  await enter(page, "#code", app.code());
  assert.equal(path(page), "/account");
  await logOut(page);
  await logIn(page, PERSON);
  assert.equal(path(page), "/account", "the browser is remembered");
  await page.goto("/account/two-factor");
  await press(page, "#forget-all");
  await logOut(page);

  await letPass(crm.tenants[0], 301);
  await logIn(page, PERSON);
  await press(page, "#method-sms");
  await sendText(page);
  assert.match(await page.locator("#next-text").innerText(), /[45]\smin/);
  const text = await textedCode(page);
  await enter(page, "#code", text === "abc234" ? "abc235" : "abc234");
  await says(page, sentence("wrong_code.sms"));
  await press(page, "#method-backup");
  await enter(page, "#code", codes[3]);
  assert.equal(path(page), "/account");
  await resetMethod(page, "totp");

  const administrator = await open();
  await logInByApp(administrator.page, "olwen@north.example");
  await resetPerson(administrator.page, "anna", "Lost her phone");
  await says(administrator.page, "Anna Price");

  assert.deepEqual(statuses.filter((status) => status !== 303), []);
}

export default {
  "point 6: the whole story without a script": inBrowser(withoutScript, { javaScriptEnabled: false }),
};
