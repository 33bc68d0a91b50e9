// node xlm-tokenize.mjs LANG < TEXT > WORDS: the Moses chain of @xlm/text, line by line.
import { readSync, writeSync } from "node:fs";
import { createLineTokenizer } from "@xlm/text";

const tokenize = createLineTokenizer(process.argv[2]);
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const bytes = new Uint8Array(1 << 18);

const write = (text) => {
  const out = new TextEncoder().encode(text);
  for (let at = 0; at < out.length;) at += writeSync(1, out, at);
};

let rest = "";
for (let n; (n = readSync(0, bytes, 0, bytes.length, null)) > 0;) {
  const lines = (rest + decoder.decode(bytes.subarray(0, n), { stream: true })).split("\n");
  rest = lines.pop();
  let out = "";
  for (const line of lines) out += `${tokenize(line)}\n`;
  write(out);
}
if (rest !== "") write(`${tokenize(rest)}\n`);
