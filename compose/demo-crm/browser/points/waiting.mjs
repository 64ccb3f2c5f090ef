// Points 10 to 13 and 16: the other methods, the countdown until another text, and who helps.
//
// The clock of the page is Playwright's: nobody waits five minutes. The server's clock goes on.

import assert from "node:assert/strict";
import { inBrowser, looking } from "../browser.mjs";
import { inState, path, says } from "../checks.mjs";
import { letPass } from "../demo.mjs";
import { go, logIn, press, sendText } from "../person.mjs";
import { sentence } from "../sentences.mjs";

const THROTTLE = 300;
const DAN = "dan@north.example";

async function methods({ page }) {
  await logIn(page, DAN);
  const offered = () => page.locator('[id^="method-"]').evaluateAll((all) => all.map((one) => one.id));
  for (const method of ["totp", "sms", "backup"]) {
    await press(page, `#method-${method}`);
    assert.deepEqual((await offered()).sort(), ["method-backup", "method-sms", "method-totp"]);
    const marked = page.locator('[id^="method-"][aria-current]');
    assert.equal(await marked.count(), 1);
    assert.equal(await marked.getAttribute("id"), `method-${method}`);
  }
  // Ben has no texts, so none are offered.
  await page.context().clearCookies();
  await logIn(page, "ben@north.example");
  assert.deepEqual((await offered()).sort(), ["method-backup", "method-totp"]);
}

/** Dan at the login, a text just sent, the page's clock under control. */
async function textSent({ page, crm }) {
  await letPass(crm.tenants[0], THROTTLE + 1);
  await page.clock.install();
  await logIn(page, DAN);
  await press(page, "#method-sms");
  await sendText(page);
}

/** What the page says is left, in seconds. */
async function left(page) {
  const text = await page.locator("#next-text").innerText();
  const minutes = Number(text.match(/(\d+)\smin/)?.[1] ?? 0);
  const seconds = Number(text.match(/(\d+)\ss\b/)?.[1] ?? 0);
  return minutes * 60 + seconds;
}

function isNear(seconds, expected) {
  assert.ok(Math.abs(seconds - expected) <= 3, `${seconds} s are left instead of ${expected}`);
}

async function countdown({ page, crm }) {
  await textSent({ page, crm });
  const button = page.locator("#send-text");
  isNear(await left(page), THROTTLE);
  await page.clock.runFor(60_000);
  isNear(await left(page), THROTTLE - 60);

  // The tab sleeps: its timers stand still, the time does not.
  await page.clock.fastForward(120_000);
  await page.clock.runFor(1_000);
  isNear(await left(page), THROTTLE - 181);

  // A reload asks the server, for which no time has passed.
  await go(page, () => page.reload());
  isNear(await left(page), THROTTLE);

  // The focus is not lost in a button that cannot be pressed yet.
  await button.focus();
  await page.keyboard.press("Tab");
  const moved = await page.evaluate(() => document.activeElement?.id !== "send-text"
    && document.activeElement !== document.body);
  assert.ok(moved, "Tab leads on from the button");

  // Whatever the page shows, the server refuses.
  const before = await page.locator("form:has(#send-text)").evaluate((form) => {
    form.querySelector("#send-text").disabled = false;
    form.querySelector("#send-text").removeAttribute("aria-disabled");
    return form.action;
  });
  assert.ok(before.endsWith("/login/text"));
  await go(page, () => page.locator("form:has(#send-text)").evaluate((form) => form.submit()));
  await says(page, sentence("throttled.user_period"));
}

async function announcements({ page, crm }) {
  await page.addInitScript(() => {
    window.announced = [];
    new MutationObserver(() => {
      const region = document.querySelector("#announce");
      const text = region?.textContent.trim();
      if (text && text !== window.announced.at(-1)) window.announced.push(text);
    }).observe(document, { subtree: true, childList: true, characterData: true });
  });
  await textSent({ page, crm });
  const region = page.locator("#announce");
  assert.equal(await region.getAttribute("aria-live"), "polite");
  assert.equal(await page.locator("[aria-live]").count(), 1);
  await page.clock.runFor((THROTTLE + 5) * 1000);
  const announced = await page.evaluate(() => window.announced);
  assert.ok(announced.length >= 3 && announced.length <= 5, announced.join(" | "));
  assert.match(announced.join(" | "), /1\smin.*30\ss/);
}

async function nobodyIsSentAway({ page, crm }) {
  await textSent({ page, crm });
  const address = page.url();
  const loads = [];
  page.on("framenavigated", () => loads.push(page.url()));
  await page.clock.runFor(20 * 60_000);
  assert.equal(page.url(), address);
  assert.deepEqual(loads, []);
  assert.notEqual((await page.locator("#next-text").innerText()).trim(), "");
  assert.equal(await page.locator('meta[http-equiv="refresh"]').count(), 0);
}

async function help({ page }) {
  await logIn(page, DAN);
  await press(page, "#no-method");
  assert.equal(path(page), "/login/help");
  await says(page, "administrator");
  await inState(page, "help");
}

export default {
  "point 10: every method is one click away, and no other": looking(methods),
  "point 11: the countdown is right, and the server's": inBrowser(countdown),
  "point 12: few announcements, in one polite region": inBrowser(announcements),
  "point 13: no clock sends anybody away": inBrowser(nobodyIsSentAway),
  "point 16: who can use nothing is told who helps": looking(help),
};
