// The eight pictures of the README, and whether each still shows its page.
//
// With PICTURES=write the stories take them and `pages.json` keeps what each shows: SHA-256 of the
// page's template with all that it extends and includes, of the style and the CRM's own words. Without,
// the same is held against `pages.json`, so that a page that was changed asks for its pictures anew.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";

const crate = new URL("../", import.meta.url);
const folder = new URL("pictures/", crate);
const kept = new URL("pages.json", folder);
const COMMAND = "cargo xtask pictures";
const LARGEST = 100_000;

/** Each picture and the template of its page. */
export const PICTURES = {
  "login.png": "login.html",
  "code.png": "code.html",
  "wrong-code.png": "code.html",
  "set-up.png": "set_up.html",
  "backup-codes.png": "codes.html",
  "administrator.png": "admin.html",
  "inbox.png": "code.html",
  "welsh.png": "code.html",
};

export const isWriting = process.env.PICTURES === "write";

/** Takes that picture of what the page shows, where pictures are being made. */
export async function take(page, name, options = {}) {
  assert.ok(name in PICTURES, `${name} is not among the pictures`);
  if (!isWriting) return;
  await page.evaluate(() => document.fonts.ready);
  const path = new URL(name, folder).pathname;
  await page.screenshot({ path, animations: "disabled", caret: "hide", ...options });
}

/** Writes what the pictures show, or holds it against what they showed when they were taken. */
export function check() {
  const shown = Object.fromEntries(
    Object.entries(PICTURES).map(([name, template]) => [name, fingerprint(template)]),
  );
  if (isWriting) writeFileSync(kept, `${JSON.stringify(shown, null, 2)}\n`);
  assert.ok(existsSync(kept), `there are no pictures: run \`${COMMAND}\``);
  const taken = JSON.parse(readFileSync(kept, "utf8"));
  for (const name of Object.keys(PICTURES)) {
    const file = new URL(name, folder);
    assert.ok(existsSync(file), `pictures/${name} is missing: run \`${COMMAND}\``);
    assert.equal(taken[name], shown[name], `pictures/${name} is older than its page: run \`${COMMAND}\``);
    const { size } = statSync(file);
    assert.ok(size < LARGEST, `pictures/${name} has ${size} bytes`);
  }
}

function fingerprint(template) {
  const files = [...sources(template), "static/style.css", "src/words.rs"];
  const hash = createHash("sha256");
  for (const file of files) {
    // Neither comments nor line breaks change a picture.
    const text = readFileSync(new URL(file, crate), "utf8")
      .replace(/\{#[\s\S]*?#\}|\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, " ")
      .replace(/\s+/g, " ")
      .trim();
    hash.update(`${file}\n${text}\n`);
  }
  return hash.digest("hex");
}

/** A template, and all that it extends, includes or imports. */
function sources(template, found = new Set()) {
  const file = `templates/${template}`;
  if (found.has(file)) return found;
  found.add(file);
  const text = readFileSync(new URL(file, crate), "utf8");
  for (const [, other] of text.matchAll(/\{%-?\s*(?:extends|include|import)\s+"([^"]+)"/g)) {
    sources(other, found);
  }
  return found;
}
