// node tokenizers.mjs rust|js TOKENIZER.json TEXT [OUT]: codes the lines of a text with an npm package of Hugging Face.
// Run by npm exec, which puts the packages where only PATH tells.
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const [which, model, text, out] = process.argv.slice(2);
const bin = process.env.PATH.split(path.delimiter).find(
  (dir) => dir.endsWith(path.join("node_modules", ".bin")) && dir.includes("_npx"),
);
const require = createRequire(path.join(bin ?? process.cwd(), "..", "here.js"));

const lines = fs.readFileSync(text, "utf8").split("\n");
const write = out ? fs.openSync(out, "w") : -1;

/** fastBPE's writing of a piece, from Hugging Face's with its end of word. */
const piece = (token) => (token.endsWith("</w>") ? token.slice(0, -4) : `${token}@@`);
const emit = (tokens) => write >= 0 && fs.writeSync(write, `${tokens.map(piece).join(" ")}\n`);

if (which === "rust") {
  const { Tokenizer } = require("tokenizers");
  const tokenizer = Tokenizer.fromFile(model);
  for (let i = 0; i < lines.length; i += 1000) {
    for (const coded of await tokenizer.encodeBatch(lines.slice(i, i + 1000), null, { addSpecialTokens: false }))
      emit(coded.getTokens());
  }
} else {
  const { Tokenizer } = require("@huggingface/tokenizers");
  const tokenizer = new Tokenizer(JSON.parse(fs.readFileSync(model, "utf8")), {});
  for (const line of lines) emit(tokenizer.encode(line, { add_special_tokens: false }).tokens);
}
