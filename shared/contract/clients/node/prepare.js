// Compiles the package, also where npm links it into a CRM: npm installs nothing here then, so that
// the compiler and the AMQP library are fetched first, in the versions of the lock file.

import { execSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = { cwd: fileURLToPath(new URL(".", import.meta.url)), stdio: "inherit" };

if (!existsSync(new URL("node_modules/typescript", import.meta.url))) {
  execSync("npm ci --ignore-scripts --no-audit --no-fund", here);
}
execSync("npx --no-install tsc", here);
