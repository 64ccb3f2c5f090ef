// Point 22: what an administrator sees and does.

import assert from "node:assert/strict";
import { inBrowser } from "../browser.mjs";
import { inState, path, says, tellsError } from "../checks.mjs";
import { take } from "../pictures.mjs";
import { enter, logInByApp } from "../person.mjs";

async function administrator({ page }) {
  await logInByApp(page, "olwen@north.example");
  await page.goto("/admin");
  await inState(page, "administrator");
  await page.setViewportSize({ width: 1024, height: 1100 });
  await take(page, "administrator.png");
  const table = page.locator("table#people");
  assert.notEqual((await table.locator("caption").innerText()).trim(), "");
  assert.equal(await table.locator("thead th:not([scope=col])").count(), 0);
  assert.equal(await table.locator("tbody tr").count(), await table.locator("tbody th[scope=row]").count());
  const dan = table.locator("tr", { hasText: "Dan Whitmore" });
  assert.match(await dan.innerText(), /\d{1,2} \w+ \d{4}/);
  assert.doesNotMatch(await page.content(), /\+44|\b07\d{3}/);

  await page.goto("/admin/people/dan");
  await inState(page, "administrator: person");
  await enter(page, "#reason", " ");
  await tellsError(page, "", "reason");
  await inState(page, "error: reset without a reason");
  await enter(page, "#reason", "Lost his phone");
  await inState(page, "administrator: reset, asked once more");
  await says(page, "Dan Whitmore");
  await says(page, "Lost his phone");
  await page.goto("/admin/people/dan");
  assert.match(await page.locator("main").innerText(), /since/, "nothing was done yet");

  // Nobody else may look.
  await page.context().clearCookies();
  await logInByApp(page, "ben@north.example");
  const answer = await page.goto("/admin");
  assert.equal(answer.status(), 403);
  await inState(page, "forbidden");
  assert.equal(path(page), "/admin");
}

export default {
  "point 22: the administrator's table and reset": inBrowser(administrator),
};
