// What people do at the demo CRM's pages, as the stories have it.
//
// Nothing here needs a script in the page, so that each story can be played without one. It knows the
// ids of fields and buttons, and nothing of what a page must say.

import { Authenticator } from "./authenticator.mjs";

/** Does something that leads to another page, or to the same anew, and waits until it is there. */
export async function go(page, action) {
  await Promise.all([page.waitForEvent("load"), action()]);
}

/** Presses a button that leads on. */
export function press(page, selector) {
  return go(page, () => page.locator(selector).click());
}

/** Fills a field in and presses Enter in it. */
export function enter(page, selector, text) {
  return go(page, async () => {
    await page.locator(selector).fill(text);
    await page.locator(selector).press("Enter");
  });
}

/** E-mail and password of someone of the demo, such as `ben@north.example`. */
export async function logIn(page, email) {
  await page.goto("/login");
  await page.locator("#email").fill(email);
  await enter(page, "#password", `${email.split("@")[0]}-likes-the-demo`);
}

/**
 * The code that the demo's own app, beside the page, shows next. It is good half a minute early, and
 * that of now may have been spent by the set-up when the demo began.
 */
export async function codeOfDemo(page) {
  return (await page.locator("#app-next-code").innerText()).replace(/\s/g, "");
}

/** The code of the newest text, as the person's phone beside the page shows it. */
export async function textedCode(page) {
  return (await page.locator(".text-code").first().innerText()).trim();
}

/** Log in with the demo's app. */
export async function logInByApp(page, email) {
  await logIn(page, email);
  await enter(page, "#code", await codeOfDemo(page));
}

/** The app after the key on the page was typed into it. */
export async function appOf(page) {
  return new Authenticator(await page.locator("#key").innerText());
}

/** Sets an app up from the page that offers it, up to the backup codes or the tab. */
export async function setUpApp(page) {
  await press(page, "#start-totp button");
  const app = await appOf(page);
  await enter(page, "#confirm-code", app.code());
  return app;
}

/** Sets texts up from the page that offers it, up to the backup codes or the tab. */
export async function setUpTexts(page) {
  const number = await page.locator("#own-number").innerText();
  await enter(page, "#number", number);
  await enter(page, "#confirm-code", await textedCode(page));
  return number;
}

/** The backup codes on the page. */
export async function backupCodes(page) {
  const codes = await page.locator("#backup-codes li").allInnerTexts();
  return codes.map((code) => code.trim());
}

/** Says that the backup codes are saved, and goes on. */
export async function saveCodes(page) {
  await page.locator("#saved").check();
  await press(page, "#go-on");
}

/** Takes a method away from the tab, where it is asked once more. */
export async function resetMethod(page, method) {
  await page.goto("/account/two-factor");
  await press(page, `#reset-${method}`);
  await press(page, "#reset");
}

/** An administrator resets somebody, who is asked once more. */
export async function resetPerson(page, user, reason) {
  await page.goto(`/admin/people/${user}`);
  await enter(page, "#reason", reason);
  await press(page, "#reset");
}

/** Asks for a text at the login. */
export function sendText(page) {
  return press(page, "#send-text");
}

/** Leaves. */
export function logOut(page) {
  return press(page, "#logout");
}
