// Point 24: no sideways scroll at 320 px and at 400 %, targets that can be hit, and the whole story by
// keyboard with a focus that is seen.

import assert from "node:assert/strict";
import { inBrowser } from "../browser.mjs";
import { hasFocus, path, sideways, smallTargets } from "../checks.mjs";
import { appOf, backupCodes, enter, logIn, logInByApp, press, saveCodes } from "../person.mjs";

const PHONE = { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true };
/** A window of 1280 by 1024 at 400 %. */
const ZOOMED = { viewport: { width: 320, height: 256 }, deviceScaleFactor: 4 };

/** Every page, each looked at in that window. */
async function everyPage({ page, open }, look) {
  const at = async (address) => {
    await page.goto(address);
    await look(page);
  };
  await at("/login");
  await at("/login?email=ben@north.example");
  await logIn(page, "anna@north.example");
  await look(page);
  await press(page, "#start-totp button");
  await look(page);
  const app = await appOf(page);
  await enter(page, "#confirm-code", app.wrongCode());
  await look(page);
  await enter(page, "#confirm-code", app.code());
  await look(page);
  await saveCodes(page);
  await look(page);
  for (const address of ["/account/two-factor", "/account/two-factor/reset?method=totp", "/mail",
    "/behind-the-scenes", "/phone", "/no-such-page"]) await at(address);

  await page.context().clearCookies();
  await logIn(page, "dan@north.example");
  for (const method of ["totp", "sms", "backup"]) await at(`/login/code?method=${method}`);
  await enter(page, "#code", "0");
  await look(page);
  await at("/login/help");

  const administrator = await open();
  await logInByApp(administrator.page, "olwen@north.example");
  for (const address of ["/admin", "/admin/people/dan", "/admin/people/emma", "/account?lang=cy",
    "/admin", "/account/two-factor"]) {
    await administrator.page.goto(address);
    await look(administrator.page);
  }
  await administrator.context.close();
}

async function fits(page) {
  assert.deepEqual(await sideways(page), [], path(page));
}

async function narrow(browsers) {
  await everyPage(browsers, async (page) => {
    await fits(page);
    assert.deepEqual(await smallTargets(page), [], path(page));
  });
}

async function zoomed(browsers) {
  await everyPage(browsers, fits);
}

/** Presses Tab until that element has the focus, which must be seen wherever it goes. */
async function tabTo(page, selector) {
  for (let step = 0; step < 80; step += 1) {
    await page.keyboard.press("Tab");
    const { wrong, isThere } = await page.evaluate(lookAtFocus, selector);
    assert.deepEqual(wrong, [], path(page));
    if (isThere) return;
  }
  assert.fail(`Tab does not lead to ${selector} on ${path(page)}`);
}

/** What is wrong with how the focus is seen, and whether it is where it should go. Runs in the page. */
async function lookAtFocus(selector) {
  // What has the focus is scrolled to by the next frame.
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  const element = document.activeElement;
  if (element === document.body) return { wrong: [], isThere: false };
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  const wrong = [];
  const name = element.outerHTML.slice(0, 80);
  const isOutlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  if (!isOutlined && style.boxShadow === "none") wrong.push(`no focus is seen at ${name}`);
  const x = Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1);
  const y = Math.min(Math.max(box.top + Math.min(box.height, 20) / 2, 0), innerHeight - 1);
  const top = document.elementFromPoint(x, y);
  const isSeen = top && (element.contains(top) || top.contains(element)
    || [...(element.labels ?? [])].some((label) => label.contains(top)));
  if (!isSeen) wrong.push(`the focus is hidden under ${top?.outerHTML.slice(0, 80)}: ${name}`);
  return { wrong, isThere: element.matches(selector) };
}

/** Goes there by Tab and presses a key that leads on. */
async function keyOn(page, selector, key = "Enter") {
  await tabTo(page, selector);
  await Promise.all([page.waitForEvent("load"), page.keyboard.press(key)]);
}

async function byKeyboard({ page }) {
  await page.goto("/login");
  await page.keyboard.press("Tab");
  assert.ok(await hasFocus(page, 'a[href="#main"]'), "the first stop is the skip link");
  await page.keyboard.press("Enter");
  await tabTo(page, "#email");
  await page.keyboard.type("anna@north.example");
  await tabTo(page, "#password");
  await page.keyboard.type("anna-likes-the-demo");
  await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);

  await keyOn(page, "#start-totp button");
  const app = await appOf(page);
  await tabTo(page, "#confirm-code");
  await page.keyboard.type(app.wrongCode());
  await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
  await tabTo(page, '#error-summary a[href="#confirm-code"]');
  await page.keyboard.press("Enter");
  assert.ok(await hasFocus(page, "#confirm-code"));
  await page.keyboard.type(app.code());
  await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
  assert.equal((await backupCodes(page)).length, 10);
  await tabTo(page, "#saved");
  await page.keyboard.press("Space");
  await keyOn(page, "#go-on");
  assert.equal(path(page), "/account");
  await keyOn(page, "#logout");

  await page.goto("/login?email=anna@north.example");
  await tabTo(page, "#password");
  await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
  await keyOn(page, "#method-backup");
  await keyOn(page, "#method-totp");
  await tabTo(page, "#remember");
  await page.keyboard.press("Space");
  await page.keyboard.press("Shift+Tab");
  await page.locator("#code").focus();
  await page.keyboard.type(app.code());
  await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
  assert.equal(path(page), "/account");
  await keyOn(page, 'a[href="/account/two-factor"]');
  await keyOn(page, "#reset-totp");
  await keyOn(page, "#reset");
  assert.doesNotMatch(await page.locator("#totp-state").innerText(), /since/);
}

export default {
  "point 24: no sideways scroll at 320 px, and targets that can be hit": inBrowser(narrow, PHONE),
  "point 24: no sideways scroll at 400 %": inBrowser(zoomed, ZOOMED),
  "point 24: the whole story by keyboard, its focus seen": inBrowser(byKeyboard, ZOOMED),
};
