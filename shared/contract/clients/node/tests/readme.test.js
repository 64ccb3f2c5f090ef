// The program of README.md runs as it stands there, its blocks in order, against real workers.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const skip = process.env.CRM_AMQP_URL === undefined && "needs the stack: cargo xtask clients node";

test("the blocks of the page run", { skip }, () => {
  const page = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const blocks = [...page.matchAll(/^```js\n(.*?)^```$/gms)].map(([, block]) => block);
  assert.equal(blocks.length, 4);
  // In this folder the name of the package is the package itself.
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  const ran = spawnSync(process.execPath, ["--input-type=module"], {
    cwd, input: blocks.join("\n"), encoding: "utf8", timeout: 60_000,
  });
  assert.equal(ran.status, 0, ran.stderr);
  assert.match(ran.stdout, /next: set_up/);
  assert.match(ran.stdout, /let in: enrolled/);
  assert.equal(ran.stderr, "");
});
