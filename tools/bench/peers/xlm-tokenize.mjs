// node xlm-tokenize.mjs LANG < TEXT > WORDS: the Moses chain of @xlm/text, line by line.
import { createReadStream, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { createLineTokenizer } from "@xlm/text";

const tokenize = createLineTokenizer(process.argv[2]);
let out = [];
const flush = () => {
  if (out.length > 0) writeSync(1, `${out.join("\n")}\n`);
  out = [];
};
for await (const line of createInterface({ input: createReadStream("/dev/stdin"), crlfDelay: Infinity })) {
  if (out.push(tokenize(line)) === 4096) flush();
}
flush();
