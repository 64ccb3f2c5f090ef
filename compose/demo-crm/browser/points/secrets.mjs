// Points 14, 15, 17 and 25: numbers, cookies, one event for one form, and what every answer must send.

import assert from "node:assert/strict";
import { inBrowser } from "../browser.mjs";
import { path, says } from "../checks.mjs";
import { letPass } from "../demo.mjs";
import {
  backupCodes, enter, go, logIn, logInByApp, logOut, press, saveCodes, sendText, setUpApp, setUpTexts,
} from "../person.mjs";

const THIRTY_DAYS = 2_592_000;
const ADMINISTRATOR = "olwen@north.example";

async function numberStaysHidden({ page, open, crm }) {
  await logIn(page, "farid@north.example");
  const number = await setUpTexts(page);
  await saveCodes(page);
  await logOut(page);

  const hidden = [];
  const read = async (response) => {
    const address = new URL(response.url()).pathname;
    if (!/^\/(login|admin)/.test(address) || response.status() !== 200) return;
    // The last four digits would be a mask.
    if ((await response.text()).replace(/[\s-]/g, "").includes(number.slice(-4))) hidden.push(address);
  };
  page.on("response", read);
  await letPass(crm.tenants[0], 301);
  await logIn(page, "farid@north.example");
  await sendText(page);
  await enter(page, "#code", "abc234");
  await go(page, () => page.reload());
  await press(page, "#no-method");

  const administrator = await open();
  administrator.page.on("response", read);
  await logInByApp(administrator.page, ADMINISTRATOR);
  for (const address of ["/admin", "/admin/people/farid"]) {
    await administrator.page.goto(address);
    await says(administrator.page, "Farid Haddad");
  }
  await enter(administrator.page, "#reason", "Lost his phone");
  await says(administrator.page, "Farid Haddad");
  assert.deepEqual(hidden, []);
  // Behind the scenes it is blotted like every secret.
  await page.goto("/behind-the-scenes");
  const passed = (await page.locator("main").textContent()).replace(/[\s-]/g, "");
  assert.ok(passed.includes('"mobile_number":"[secret]"'));
  assert.ok(!passed.includes(number.slice(1)));
}

async function remembered({ page, context, crm }) {
  await logIn(page, "anna@north.example");
  const app = await setUpApp(page);
  const [backup] = await backupCodes(page);
  await saveCodes(page);
  await logOut(page);
  const token = async () =>
    (await context.cookies()).find((cookie) => cookie.name.includes("remember"));

  await logIn(page, "anna@north.example");
  const box = page.locator("#remember");
  assert.equal(await box.isChecked(), false);
  const label = await page.locator('label[for="remember"]').innerText();
  assert.match(label, /30 days/);
  await says(page, "shared computer");
  await press(page, "#method-backup");
  await enter(page, "#code", backup);
  assert.equal(await token(), undefined, "what is not ticked is not remembered");
  await logOut(page);

  await logIn(page, "anna@north.example");
  await box.check();
  await enter(page, "#code", app.code());
  const cookie = await token();
  assert.deepEqual(
    [cookie.secure, cookie.httpOnly, cookie.sameSite, cookie.path],
    [true, true, "Lax", "/"],
  );
  const seconds = cookie.expires - Date.now() / 1000;
  assert.ok(seconds > 0 && seconds <= THIRTY_DAYS, `${seconds} s`);
  await logOut(page);

  // Elsewhere it waives nothing and stays.
  await logIn(page, "anna@north.example");
  assert.equal(path(page), "/account");
  await logOut(page);
  await page.goto("/phone");
  await press(page, "#place-hotel");
  await logIn(page, "anna@north.example");
  assert.equal(path(page), "/login/code");
  assert.equal((await token()).value, cookie.value);
  await page.goto("/phone");
  await press(page, "#place-campus");
  await logIn(page, "anna@north.example");
  assert.equal(path(page), "/account");
  await logOut(page);

  // When its time is over, it goes.
  await letPass(crm.tenants[0], THIRTY_DAYS + 60);
  await logIn(page, "anna@north.example");
  assert.equal(path(page), "/login/code");
  assert.equal(await token(), undefined);
}

/** The ids of the logins that passed with a code. */
async function attempts(page) {
  await page.goto("/behind-the-scenes");
  const passed = await page.locator("#exchanges > li").evaluateAll((all) =>
    all.map((one) => one.textContent));
  const logins = passed.filter((one) => /login\.attempted\.v1[^]*"code"/.test(one));
  return logins.map((one) => one.match(/id ([0-9A-Za-z-]+)/)[1]);
}

async function oneEvent({ page }) {
  await logIn(page, "anna@north.example");
  const app = await setUpApp(page);
  await saveCodes(page);
  await logOut(page);
  await logIn(page, "anna@north.example");
  await page.locator("#code").fill(app.code());
  await page.locator("#check-code").dblclick();
  // Not `waitForURL`, which fails where the second click ends the navigation of the first.
  await page.locator("#logout").waitFor();
  assert.equal(path(page), "/account");
  const ids = await attempts(page);
  assert.equal(new Set(ids).size, 1, ids.join(" "));

  // Back after the login: no code, and the form cannot be sent again.
  await page.goto("/account");
  for (let step = 0; step < 4 && path(page) !== "/login/code"; step += 1) {
    await page.goBack();
  }
  assert.equal(await page.locator("#code").count(), 0, `${page.url()} still shows the field`);
}

async function headersAndTokens({ page, context, crm }) {
  // The headers of each answer are watched in every test; here is what whoever lies gets back.
  await logIn(page, "ben@north.example");
  const token = (await page.locator('#code-form input[name="csrf"]').getAttribute("value"));
  const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
  const post = async (csrf, headers) => {
    const form = { code: "0", method: "totp", csrf };
    const options = { form, headers: { cookie, ...headers }, maxRedirects: 0 };
    return (await context.request.post(`${crm.url}/login/code`, options)).status();
  };
  assert.equal(await post(token, {}), 303);
  assert.equal(await post("", {}), 403);
  assert.equal(await post(`${token.slice(1)}A`, {}), 403);
  assert.equal(await post(token, { "sec-fetch-site": "cross-site" }), 403);
  assert.equal(await post(token, { origin: "https://elsewhere.example" }), 403);

  const session = (await context.cookies()).find((cookie) => cookie.name === "__Host-session");
  assert.deepEqual(
    [session.secure, session.httpOnly, session.sameSite, session.path, session.expires],
    [true, true, "Lax", "/", -1],
  );
  await logInByApp(page, "ben@north.example");
  const fresh = (await context.cookies()).find((cookie) => cookie.name === "__Host-session");
  assert.notEqual(fresh.value, session.value, "who is let in has a session of a new name");
  await page.goto("/behind-the-scenes");
  const passed = await page.locator("main").textContent();
  assert.ok(!passed.includes(fresh.value) && !passed.includes(session.value));

  await page.goto("/account?lang=cy");
  assert.equal(await page.locator("html").getAttribute("lang"), "cy");
  await page.goto("/account");
  assert.equal(await page.locator("html").getAttribute("lang"), "cy");
}

export default {
  "point 14: the number is nowhere in the pages of login and administrator": inBrowser(numberStaysHidden),
  "point 15: a browser is remembered for 30 days, where it is asked to": inBrowser(remembered),
  "point 17: one form is one event, and back shows no code": inBrowser(oneEvent),
  "point 17: one form is one event without a script too": inBrowser(oneEvent, { javaScriptEnabled: false }),
  "point 25: headers, tokens, cookies, language": inBrowser(headersAndTokens),
};
