// Puts the CUDA C texts of cuda/ into one module, so that there is no file for a bundler to lose.
import fs from "node:fs";
import path from "node:path";

const root = path.join(import.meta.dirname, "..");
const texts = fs
  .readdirSync(path.join(root, "cuda"))
  .sort()
  .map((file) => [path.parse(file).name, fs.readFileSync(path.join(root, "cuda", file), "utf8")]);
const entries = texts.map(([name, text]) => `  ${JSON.stringify(name)}: ${JSON.stringify(text)},\n`).join("");
fs.mkdirSync(path.join(root, "src/generated"), { recursive: true });
fs.writeFileSync(
  path.join(root, "src/generated/sources.ts"),
  `// Made from cuda/ by scripts/build-sources.mjs.\nexport const sources = {\n${entries}} as const;\n`,
);
