// The sentences of the workers, from the published catalogue: a page must show them as they are.

import { readFileSync } from "node:fs";

const catalogue = new URL("../../../shared/contract/catalogue.json", import.meta.url);
const { sentences } = JSON.parse(readFileSync(catalogue, "utf8"));

/** The sentence of that key in `en` or `cy`, up to its first placeholder. */
export function sentence(key, language = "en") {
  const found = sentences.find((one) => one.key === key);
  if (!found) throw new Error(`the catalogue has no sentence ${key}`);
  return found[language].split("{")[0].trim();
}
