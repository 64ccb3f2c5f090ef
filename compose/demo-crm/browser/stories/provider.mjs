// A provider that fails. It fails for everybody, so these stories come alone, after all others.

import { inBrowser } from "../browser.mjs";
import { inState, says } from "../checks.mjs";
import { letPass, withFault } from "../demo.mjs";
import { logIn, sendText } from "../person.mjs";
import { sentence } from "../sentences.mjs";

async function unavailable({ page, crm }) {
  await letPass(crm.tenants[0], 301);
  await page.goto("/login?lang=en");
  await logIn(page, "carys@north.example");
  await withFault("unavailable", () => sendText(page));
  await says(page, sentence("provider_unavailable"));
  await inState(page, "next: try_again");
}

async function refused({ page, crm }) {
  await letPass(crm.tenants[0], 301);
  await page.goto("/login?lang=en");
  await logIn(page, "carys@north.example");
  await withFault("refuse", () => sendText(page));
  await says(page, sentence("number_rejected"));
  await inState(page, "next: use_another_method, at the login");
}

export default {
  "a provider that cannot be reached": inBrowser(unavailable),
  "a provider that refuses the number": inBrowser(refused),
};
