// Reads the published contract with AsyncAPI's own parser and with ajv: `node validate.mjs FOLDER`.
// Every error and every warning fails, and names its place.
import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { DiagnosticSeverity, Parser, fromFile } from "@asyncapi/parser";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

// What the schemas say besides JSON Schema 2020-12; all of it is for readers.
const OWN_KEYWORDS = ["x-secret", "x-since", "x-extensible-enum", "x-enum-descriptions"];

const folder = resolve(process.argv[2]);
const complaints = [];
const json = (...path) => JSON.parse(readFileSync(join(folder, ...path), "utf8"));

async function readAsyncApi() {
  const parsed = await fromFile(new Parser(), join(folder, "asyncapi.yaml")).parse();
  for (const { severity, code, message, path } of parsed.diagnostics) {
    if (severity <= DiagnosticSeverity.Warning) {
      complaints.push(`asyncapi.yaml ${code} at /${path.join("/")}: ${message}`);
    }
  }
  const operations = parsed.document?.operations().all() ?? [];
  const messages = parsed.document?.messages().all() ?? [];
  console.log(`@asyncapi/parser: ${operations.length} operations, ${messages.length} messages`);
}

function readSchemas() {
  // Members that are required are declared; types are never implied.
  const ajv = new Ajv2020.default({ strict: true, strictRequired: true, allErrors: true });
  addFormats.default(ajv);
  OWN_KEYWORDS.forEach((keyword) => ajv.addKeyword(keyword));
  const schemas = new Map();
  for (const file of readdirSync(join(folder, "schema"))) {
    schemas.set(file.replace(".schema.json", ""), ajv.compile(json("schema", file)));
  }
  const examples = readdirSync(join(folder, "examples"));
  for (const file of examples) {
    const example = json("examples", file);
    const isRight = schemas.get(example.type);
    if (!isRight(example)) {
      complaints.push(`examples/${file}: ${ajv.errorsText(isRight.errors)}`);
    }
  }
  console.log(`ajv: ${schemas.size} schemas, ${examples.length} examples`);
}

await readAsyncApi();
readSchemas();
if (complaints.length > 0) {
  console.error(complaints.join("\n"));
  process.exit(1);
}
