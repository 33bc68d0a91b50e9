// The codes and vocabularies of the released XLM models, and sentences the original programs coded with them.
import fs from "node:fs";
import { gunzipSync } from "node:zlib";
import { dataDir } from "@xlm/tools/golden";
import { describe, expect, it } from "vitest";
import {
  checkVocab,
  countVocab,
  countWords,
  createBpe,
  formatCodes,
  formatVocab,
  learnBpe,
  parseCodes,
  parseVocab,
  restoreBpe,
} from "../src/index.js";
import { engines } from "./compare.js";

const unzip = (file: string): Uint8Array => new Uint8Array(gunzipSync(fs.readFileSync(dataDir("xlm-bpe", file))));
const names = fs.readdirSync(dataDir("xlm-bpe")).flatMap((file) => /^codes_(\w+)\.gz$/.exec(file)?.[1] ?? []);
if (names.length === 0) throw new Error("no codes_NAME.gz found");

const sentences = fs
  .readFileSync(dataDir("preprocess-golden", "xlm-preprocess.jsonl"), "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line) as Record<string, string | undefined>);

describe.each(names)("released codes %s", (name) => {
  const bytes = unzip(`codes_${name}.gz`);
  const codes = parseCodes(bytes, { file: `codes_${name}` });
  const vocab = parseVocab(unzip(`vocab_${name}.gz`), { file: `vocab_${name}` });

  it("survive parsing and formatting", () => {
    expect(Buffer.compare(formatCodes(codes), bytes)).toBe(0);
  });

  it("belong to their vocabulary", () => {
    expect(checkVocab(codes, vocab)).toBeGreaterThan(0.99);
  });

  it.each(engines)("code the sentences as recorded, %s", (engine) => {
    // The 15-language model read lower-cased text, the others cased text.
    const field = name.replaceAll("_", "");
    const source = name.startsWith("xnli") ? "lower" : "moses";
    const bpe = createBpe(bytes, { engine });
    const limited = createBpe(codes, { vocab, engine });
    let n = 0;
    for (const sentence of sentences) {
      const coded = sentence[`${field}_bpe`];
      if (coded === undefined) continue;
      n++;
      expect((name.startsWith("xnli") ? bpe : limited).applyText(sentence[source]!)).toBe(coded);
      expect(restoreBpe(coded)).toBe(sentence[source]);
    }
    expect(n).toBeGreaterThan(0);
  });
});

describe("codes learned on text files", () => {
  const read = (file: string): Uint8Array =>
    new Uint8Array(fs.readFileSync(dataDir("preprocess-golden", "learnbpe-en-fr", file)));
  const texts = fs
    .readdirSync(dataDir("preprocess-golden", "learnbpe-en-fr"))
    .flatMap((file) => /^(\w+)\.tok\.(\w+)$/.exec(file)?.slice(1, 3).join(" ") ?? [])
    .map((pair) => pair.split(" ") as [string, string]);
  const codes = parseCodes(read("codes"));
  const drop = { lastWord: "drop" } as const;

  it.each(engines)("equal fastBPE's, which was given no order of symbols, %s", (engine) => {
    expect(texts.length).toBeGreaterThan(0);
    const words = countWords(
      texts.map(([set, lang]) => read(`${set}.tok.${lang}`)),
      drop,
    );
    const learned = learnBpe(words, codes.merges.length, { compat: "fastbpe", engine });
    expect(Buffer.compare(formatCodes(learned), read("codes"))).toBe(0);
  });

  it.each(engines)("code the files as recorded, and count the same vocabulary, %s", (engine) => {
    const bpe = createBpe(codes, { engine });
    const coded = texts.map(([set, lang]) => {
      const ours = bpe.applyText(read(`${set}.tok.${lang}`), drop);
      expect(Buffer.compare(ours, read(`${set}.bpe.${lang}`))).toBe(0);
      return ours;
    });
    expect(Buffer.compare(formatVocab(countVocab(coded, { ...drop, engine })), read("vocab"))).toBe(0);
    expect(checkVocab(codes, countVocab(coded, drop))).toBe(1);
  });
});
