// Points 18 to 21: the tab where a person sets methods up and takes them away.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { PNG } from "pngjs";
import decodeQr from "qr/decode.js";
import { copied, inBrowser } from "../browser.mjs";
import { inState, path, says } from "../checks.mjs";
import { letPass } from "../demo.mjs";
import {
  appOf, backupCodes, enter, go, logIn, logInByApp, press, resetMethod, saveCodes, setUpApp,
} from "../person.mjs";

/** Seconds. */
const PENDING = 15 * 60;
/** CSS px, in which a picture may have round corners. */
const EDGE = 4;

async function steps({ page, crm }) {
  await logIn(page, "gwen@south.example");
  assert.equal(path(page), "/account");
  await page.goto("/account/two-factor");
  await inState(page, "tab with nothing set up");
  await press(page, "#start-totp button");
  const marked = page.locator('ol#steps [aria-current="step"]');
  assert.ok((await page.locator("ol#steps > li").count()) >= 3);
  assert.equal(await marked.count(), 1);
  await inState(page, "tab: set-up by app");
  const key = await page.locator("#key").innerText();
  await go(page, () => page.reload());
  assert.equal(await page.locator("#key").innerText(), key);

  await letPass(crm.tenants[1], PENDING + 1);
  await go(page, () => page.reload());
  await inState(page, "tab: set-up is over");
  assert.equal(await page.locator("#key").count(), 0);
  assert.match(await page.title(), /^Error: /);
}

async function picture({ page }) {
  await logIn(page, "anna@north.example");
  await press(page, "#start-totp button");
  const image = page.locator("img#qr");
  const box = await image.boundingBox();
  assert.ok(box.width >= 240 && box.height >= 240, JSON.stringify(box));
  assert.match(await image.getAttribute("alt"), /QR.*key/is);
  const key = await page.locator("#key").innerText();
  assert.match(key.trim(), /^([A-Z2-7]{4}\s)+[A-Z2-7]{1,4}$/);
  assert.notEqual(await page.locator("#key").evaluate((one) => getComputedStyle(one).userSelect), "none");

  // The camera of a phone sees what is on the screen, in both colour schemes.
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    const { data, width, height } = PNG.sync.read(await image.screenshot());
    const uri = decodeQr({ data, width, height });
    assert.ok(uri.startsWith("otpauth://totp/"), uri);
    assert.ok(uri.includes(`secret=${key.replace(/\s/g, "")}`), "picture and key differ");
    // A quiet zone, on white.
    const edge = (at) => data[(EDGE * width + at) * 4];
    for (let at = EDGE; at < width - EDGE; at += 1) assert.equal(edge(at), 255, `${colorScheme}: ${at}`);
  }
  assert.match(await page.locator("a#otpauth").getAttribute("href"), /^otpauth:\/\/totp\//);

  const copy = await copied(page, "#copy-key");
  assert.equal(copy.replace(/\s/g, ""), key.replace(/\s/g, ""));
}

async function codes({ page }) {
  await logIn(page, "anna@north.example");
  await setUpApp(page);
  const shown = await backupCodes(page);
  assert.equal(shown.length, 10);
  for (const code of shown) assert.match(code, /^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);

  const copy = await copied(page, "#copy-codes");
  const downloading = page.waitForEvent("download");
  await page.locator("#download-codes").click();
  const saved = await readFile(await (await downloading).path(), "utf8");
  for (const code of shown) {
    assert.ok(copy.includes(code), "what is copied has all codes");
    assert.ok(saved.includes(code), "what is downloaded has all codes");
  }

  await page.evaluate(() => {
    window.print = () => document.body.setAttribute("data-printed", "");
  });
  await page.locator("#print-codes").click();
  await page.locator("body[data-printed]").waitFor();
  await page.emulateMedia({ media: "print" });
  for (const hidden of ["nav", "aside", "footer", "#saved", "#copy-codes", "#print-codes"]) {
    for (const element of await page.locator(hidden).all()) {
      assert.equal(await element.isVisible(), false, `${hidden} is printed`);
    }
  }
  assert.ok(await page.locator("#backup-codes").isVisible());
  await page.emulateMedia({ media: null });

  // Not left before they are saved.
  await press(page, "#go-on");
  assert.ok(await page.locator("#backup-codes").isVisible());
  await saveCodes(page);
  assert.equal(path(page), "/account");
  await page.goto("/account/two-factor");
  assert.equal(await page.locator("#backup-codes").count(), 0, "they are shown once");
  // The paper beside the page is the person's, in the demo alone.
  const html = await page.locator("main").innerHTML();
  for (const code of shown) assert.ok(!html.includes(code));
  await says(page, "10");
}

async function resetOfOne({ page }) {
  await logInByApp(page, "dan@north.example");
  await page.goto("/account/two-factor");
  assert.match(await page.locator("#totp-state").innerText(), /since/);
  assert.match(await page.locator("#sms-state").innerText(), /since/);
  await inState(page, "tab with both methods");
  await press(page, "#reset-sms");
  await inState(page, "tab: reset, asked once more");
  await says(page, "remembered");
  await page.goto("/account/two-factor");
  assert.match(await page.locator("#sms-state").innerText(), /since/, "nothing was done yet");
  await resetMethod(page, "sms");
  await inState(page, "tab: reset done");
  assert.doesNotMatch(await page.locator("#sms-state").innerText(), /since/);
}

export default {
  "point 18: numbered steps, a set-up that stays, and its end": inBrowser(steps),
  "point 19: picture, key and link say the same": inBrowser(picture),
  "point 20: backup codes once, to print, copy and download": inBrowser(codes),
  "point 21: a reset names what it does and asks once more": inBrowser(resetOfOne),
};
