// Points 1 to 5 and 7 to 9: the field for a code, and what an error is.

import assert from "node:assert/strict";
import { inBrowser, looking, withClipboard } from "../browser.mjs";
import { hasFocus, path, tellsError } from "../checks.mjs";
import { enter, go, logIn } from "../person.mjs";
import { sentence } from "../sentences.mjs";

/** Dan has an app, texts and backup codes. */
const DAN = "dan@north.example";
const METHODS = ["totp", "sms", "backup"];

/** Does that on the page of each method. */
async function onEach(page, look) {
  await logIn(page, DAN);
  for (const method of METHODS) {
    await page.goto(`/login/code?method=${method}`);
    await look(method);
  }
}

async function oneField({ page }) {
  await onEach(page, async (method) => {
    const fields = page.locator("#code-form input:visible:not([type=checkbox])");
    assert.equal(await fields.count(), 1, method);
    assert.equal(await fields.getAttribute("id"), "code");
    assert.equal(await fields.getAttribute("type"), "text");
    assert.equal(await fields.getAttribute("autocomplete"), "one-time-code");
    for (const limit of ["maxlength", "pattern", "onpaste"]) {
      assert.equal(await fields.getAttribute(limit), null, `${method}: ${limit}`);
    }
  });
}

async function keyboards({ page }) {
  const expected = { totp: "numeric", sms: "text", backup: "text" };
  await onEach(page, async (method) => {
    assert.equal(await page.locator("#code").getAttribute("inputmode"), expected[method], method);
  });
}

async function noCorrection({ page }) {
  await logIn(page, DAN);
  await page.goto("/login/code?method=sms");
  const field = page.locator("#code");
  assert.equal(await field.getAttribute("autocapitalize"), "none");
  assert.equal(await field.getAttribute("autocorrect"), "off");
  assert.equal(await field.getAttribute("spellcheck"), "false");
}

async function pasted({ page }) {
  await logIn(page, DAN);
  const cases = [
    ["totp", "123 456", "123 456"],
    // A field of one line takes no line break.
    ["totp", " 123456\n", " 123456"],
    ["backup", "ABCD-EFGH-JKMN-PQRS", "ABCD-EFGH-JKMN-PQRS"],
  ];
  for (const [method, clipboard, sent] of cases) {
    await page.goto(`/login/code?method=${method}`);
    await withClipboard(page, async () => {
      await page.evaluate((text) => navigator.clipboard.writeText(text), clipboard);
      await page.locator("#code").focus();
      await page.keyboard.press("Control+V");
    });
    const asked = page.waitForRequest((request) => request.method() === "POST");
    await go(page, () => page.keyboard.press("Enter"));
    const body = new URLSearchParams((await asked).postData());
    assert.equal(body.get("code"), sent);
  }
}

async function labels({ page }) {
  const names = { totp: /authenticator app/i, sms: /text/i, backup: /backup code/i };
  await onEach(page, async (method) => {
    const field = page.getByRole("textbox", { name: names[method] });
    assert.equal(await field.getAttribute("id"), "code", method);
    assert.equal(await page.locator('label[for="code"]').count(), 1);
    const described = (await field.getAttribute("aria-describedby")).split(/\s+/);
    for (const id of described) assert.notEqual(await page.locator(`#${id}`).innerText(), "");
  });
}

async function enterAlone({ page }) {
  await logIn(page, DAN);
  await page.goto("/login/code?method=totp");
  const posts = [];
  page.on("request", (request) => request.method() === "POST" && posts.push(request.url()));
  await page.locator("#code").pressSequentially("000000");
  // Whatever a script does on the last character, it has done by the next turn of its loop.
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
  assert.deepEqual(posts, []);
  await go(page, () => page.keyboard.press("Enter"));
  assert.equal(posts.length, 1);
}

async function errors({ page }) {
  for (const [method, key] of [["totp", "malformed_code.totp"], ["backup", "wrong_code.backup"]]) {
    await logIn(page, DAN);
    await page.goto(`/login/code?method=${method}`);
    await enter(page, "#code", "0000-0000-0000-0000");
    await tellsError(page, sentence(key));
    assert.ok(await hasFocus(page, "#error-summary"), `${method}: the summary has the focus`);
  }
}

async function afterError({ page }) {
  await logIn(page, DAN);
  await page.goto("/login/code?method=totp");
  assert.equal(await page.locator("#remember").isChecked(), false);
  await page.locator("#remember").check();
  await enter(page, "#code", "12345");
  assert.equal(await page.locator("#code").inputValue(), "");
  assert.equal(await page.locator("#remember").isChecked(), true);
  await page.locator('#error-summary a[href="#code"]').click();
  assert.ok(await hasFocus(page, "#code"), "the link of the summary leads into the field");
  assert.equal(path(page), "/login/code");
}

export default {
  "point 1: one visible field for a code": looking(oneField),
  "point 2: a keyboard of digits for apps alone": looking(keyboards),
  "point 3: no correction in codes by text": looking(noCorrection),
  "point 4: what is pasted arrives whole": inBrowser(pasted),
  "point 5: label, hint and the method's name": looking(labels),
  "point 7: Enter sends the code, the last character does not": inBrowser(enterAlone),
  "point 8: an error in title, summary and field": inBrowser(errors),
  "point 9: after an error the field is empty, and the rest is kept": inBrowser(afterError),
};
