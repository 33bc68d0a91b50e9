// node tools/scripts/reproduction.mjs RUN...: takes finished runs of `xlm reproduce` over into docs/reproduction.md and docs/reproduction/.
// A section stands between `<!-- NAME -->` and `<!-- /NAME -->`; what is written around it by hand stays.
import fs from "node:fs";
import path from "node:path";

const docs = path.resolve(import.meta.dirname, "../../docs");
const page = path.join(docs, "reproduction.md");
const runs = process.argv.slice(2);
if (runs.length === 0) {
  console.error("usage: node tools/scripts/reproduction.mjs RUN... (for example: runs/reproduce/*)");
  process.exit(2);
}
let text = fs.readFileSync(page, "utf8");
for (const run of runs) {
  const json = fs.readFileSync(path.join(run, "reproduction.json"), "utf8");
  const { experiment, complete } = JSON.parse(json);
  if (!complete) {
    console.error(`${run}: it is not complete; the same command goes on with it`);
    process.exit(1);
  }
  const [begin, end] = [`<!-- ${experiment} -->`, `<!-- /${experiment} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) {
    console.error(`docs/reproduction.md has no place for ${experiment}: ${begin} ... ${end}`);
    process.exit(1);
  }
  const section = fs.readFileSync(path.join(run, "reproduction.md"), "utf8").trim();
  text = `${text.slice(0, from)}${begin}\n\n${section}\n\n${text.slice(to)}`;
  fs.mkdirSync(path.join(docs, "reproduction"), { recursive: true });
  fs.writeFileSync(path.join(docs, "reproduction", `${experiment}.json`), json);
  console.log(`${experiment}: taken over`);
}
fs.writeFileSync(page, text);
