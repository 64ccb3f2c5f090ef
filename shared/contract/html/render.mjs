// Renders the published contract as one page: `node render.mjs FOLDER OUTPUT`, from the folder in
// which the template is installed.
import { join, resolve } from "node:path";
import Generator from "@asyncapi/generator";

const [folder, output] = process.argv.slice(2).map((path) => resolve(path));
const generator = new Generator("@asyncapi/html-template", output, {
  forceWrite: true,
  templateParams: { singleFile: "true" },
});
await generator.generateFromFile(join(folder, "asyncapi.yaml"));
