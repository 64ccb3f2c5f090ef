// Every story and every point, in one browser: three at a time, and then, one by one, those that disturb
// everybody. `node all.mjs` runs them; ONLY="some words" those whose name has these words.
//
// The 25 points of what a page for a code owes its reader, and where each is held:
//
// | points | file |
// |---|---|
// | 1–5, 7–9: the field and its errors | `points/field.mjs` |
// | 6: without a script | `stories/without-script.mjs` |
// | 10–13, 16: methods, countdown, announcements, help | `points/waiting.mjs` |
// | 14, 15, 17, 25: numbers, cookies, events, headers | `points/secrets.mjs` |
// | 18–21: set-up, picture, backup codes, reset | `points/tab.mjs` |
// | 22: the administrator | `points/administrator.mjs` |
// | 23: axe in every state | here, when all stories were told: each calls `inState` |
// | 24: width, targets, focus, keyboard | `points/everywhere.mjs` |

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { close } from "./browser.mjs";
import { seen } from "./checks.mjs";
import { check } from "./pictures.mjs";
import administrator from "./points/administrator.mjs";
import everywhere from "./points/everywhere.mjs";
import field from "./points/field.mjs";
import secrets from "./points/secrets.mjs";
import tab from "./points/tab.mjs";
import waiting from "./points/waiting.mjs";
import { STATES } from "./states.mjs";
import logins from "./stories/logins.mjs";
import people from "./stories/people.mjs";
import provider from "./stories/provider.mjs";
import rare from "./stories/rare.mjs";
import withoutScript from "./stories/without-script.mjs";

const only = process.env.ONLY ?? "";
const together = {
  ...everywhere, ...logins, ...withoutScript, ...people, ...rare, ...field, ...waiting, ...secrets,
  ...tab, ...administrator,
};
const afterAll = {
  "point 23: axe in every state": () => {
    const missing = STATES.filter((state) => !seen.has(state));
    assert.deepEqual(missing, [], "no story came to these states");
  },
  "every picture shows its page as it is": check,
  "every point is held by a test of its name": () => {
    const names = [...Object.keys(together), ...Object.keys(afterAll)];
    for (let point = 1; point <= 25; point += 1) {
      assert.ok(names.some((name) => name.startsWith(`point ${point}: `)), `point ${point}`);
    }
  },
};

function all(tests) {
  for (const [name, body] of Object.entries(tests)) {
    if (name.includes(only)) test(name, body);
  }
}

after(close);
describe("together", { concurrency: 3 }, () => all(together));
describe("alone", { concurrency: 1 }, () => all(provider));
describe("when all was told", () => all(afterAll));
