import { parseCodes } from "../codes.js";
import type { Engine } from "../engine.js";
import { parseVocab } from "../vocab.js";
import { createJsCoder } from "./coder.js";
import { createJsTable } from "./table.js";

/** Plain TypeScript: runs everywhere, knows no limit of memory of its own, and is what the other engine is checked against. */
export const jsEngine: Engine = {
  name: "js",
  createTable: createJsTable,
  createCoder(codes, vocab, { cacheSize, names }) {
    const parsed = codes instanceof Uint8Array ? parseCodes(codes, { file: names.codes }) : codes;
    const words = vocab instanceof Uint8Array ? parseVocab(vocab, { file: names.vocab }) : vocab;
    return createJsCoder(parsed, words, cacheSize);
  },
};
