// The eight pictures of the README, and whether each still shows its page.
//
// With PICTURES=write the stories take them and `pages.json` keeps what each shows: SHA-256 of the
// page's template with all that it extends and includes, of the style and the CRM's own words. Without,
// the same is held against `pages.json`, so that a page that was changed asks for its pictures anew.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { PNG } from "pngjs";

const crate = new URL("../", import.meta.url);
const folder = new URL("pictures/", crate);
const kept = new URL("pages.json", folder);
const COMMAND = "cargo xtask pictures";
/** Octets of a picture. */
const LARGEST = 80_000;
/** The colours of a picture: all that a page has, and some between letters and what is behind them. */
const COLOURS = 48;

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
export async function take(page, name) {
  assert.ok(name in PICTURES, `${name} is not among the pictures`);
  if (!isWriting) return;
  await page.evaluate(() => document.fonts.ready);
  const taken = await page.screenshot({ animations: "disabled", caret: "hide" });
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(name, folder), withFewColours(taken));
}

/** The same picture in its most frequent colours, which is a third of the octets. */
function withFewColours(picture) {
  const image = PNG.sync.read(picture);
  const { data } = image;
  const counts = new Map();
  const colourAt = (at) => data.readUIntBE(at, 3);
  for (let at = 0; at < data.length; at += 4) {
    counts.set(colourAt(at), (counts.get(colourAt(at)) ?? 0) + 1);
  }
  const frequent = [...counts].sort((one, other) => other[1] - one[1]).slice(0, COLOURS);
  const palette = frequent.map(([colour]) => colour);
  const distance = (one, other) => [16, 8, 0]
    .map((shift) => ((one >> shift) & 255) - ((other >> shift) & 255))
    .reduce((sum, difference) => sum + difference ** 2, 0);
  const nearest = new Map();
  for (const colour of counts.keys()) {
    nearest.set(colour, palette.reduce((best, one) =>
      distance(one, colour) < distance(best, colour) ? one : best));
  }
  for (let at = 0; at < data.length; at += 4) data.writeUIntBE(nearest.get(colourAt(at)), at, 3);
  return PNG.sync.write(image, { colorType: 2, filterType: 0, deflateLevel: 9, deflateStrategy: 0 });
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
  const words = readdirSync(new URL("src/words/", crate)).sort().map((file) => `src/words/${file}`);
  const files = [...sources(template), "static/style.css", "src/words.rs", ...words];
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
