// The tokenizer on real text: ids of the released models, where their tokens came from, and Hugging Face's files.
import fs from "node:fs";
import { gunzipSync } from "node:zlib";
import { dataDir, readJson } from "@xlm/tools/golden";
import { limitDictionary, parseDictionary } from "@xlm/data";
import { describe, expect, it } from "vitest";
import { createBpe, parseCodes } from "../src/index.js";
import {
  formatTokenizerJson,
  formatXlmTokenizer,
  parseTokenizerJson,
  parseXlmTokenizer,
} from "../src/hugging-face/index.js";
import { createTokenizer } from "../src/tokenizer/tokenizer.js";

type Sentence = Record<string, string> & { lang: string; raw: string; moses: string; lower: string };

const sentences = fs
  .readFileSync(dataDir("preprocess-golden", "xlm-preprocess.jsonl"), "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line) as Sentence);
const unzip = (file: string): Uint8Array => new Uint8Array(gunzipSync(fs.readFileSync(dataDir("xlm-bpe", file))));
const names = fs.readdirSync(dataDir("xlm-bpe")).flatMap((file) => /^codes_(\w+)\.gz$/.exec(file)?.[1] ?? []);
if (names.length === 0 || sentences.length === 0) throw new Error("no codes or no sentences found");

/** The ids that a released model has: the 15-language one was cut at 95,000, and read lower-cased text. */
function load(name: string) {
  const codes = parseCodes(unzip(`codes_${name}.gz`));
  const all = parseDictionary(unzip(`vocab_${name}.gz`));
  const cut = name.startsWith("xnli");
  const vocab = cut ? limitDictionary(all, { maxVocab: 95000 }) : all;
  const field = name.replaceAll("_", "");
  const bpe = createBpe(codes, cut ? {} : { vocab: unzip(`vocab_${name}.gz`) });
  const cases = sentences.flatMap((sentence) => {
    const ids = sentence[`${field}_ids`] as unknown as number[] | undefined;
    return ids
      ? [{ raw: sentence.raw, line: cut ? sentence.lower : sentence.moses, ids, coded: sentence[`${field}_bpe`]! }]
      : [];
  });
  expect(cases.length).toBeGreaterThan(0);
  return { codes, vocab, bpe, cases };
}

describe.each(names)("released codes and vocabulary %s", (name) => {
  it("give the recorded tokens and ids, and the text back", () => {
    const { bpe, vocab, cases } = load(name);
    const lines = new Map(cases.map(({ raw, line }) => [raw, line]));
    const tokenizer = createTokenizer({ bpe, vocab, words: (text) => lines.get(text)! });
    for (const { raw, line, ids, coded } of cases) {
      const encoding = tokenizer.encode(raw);
      expect(encoding.tokens).toEqual(coded.split(/ +/)); // a mark that vanished leaves two spaces
      expect([...encoding.ids]).toEqual(ids);
      if (!ids.includes(vocab.unkId)) expect(tokenizer.decode(ids)).toBe(line.split(/ +/).filter(Boolean).join(" "));
    }
  });

  it("find where in the raw text nearly all tokens came from", () => {
    const { bpe, vocab, cases } = load(name);
    const lines = new Map(cases.map(({ raw, line }) => [raw, line]));
    const tokenizer = createTokenizer({ bpe, vocab, words: (text) => lines.get(text)! });
    const letters = (text: string): string =>
      text
        .normalize("NFKD")
        .toUpperCase()
        .toLowerCase()
        .normalize("NFKD")
        .replace(/[^\p{L}\p{N}]/gu, "");
    let exact = 0;
    let n = 0;
    for (const { raw } of cases) {
      const { tokens, offsets } = tokenizer.encode(raw);
      for (const [i, token] of tokens.entries()) {
        n++;
        const source = letters(raw.slice(offsets[2 * i], offsets[2 * i + 1]));
        if (source === letters(token.replace(/@@$/, ""))) exact++;
      }
    }
    // Letters and digits are compared; the scripts exchange quotes and the like for others.
    expect(exact / n).toBeGreaterThan(0.999);
  });

  it("survive Hugging Face's files", () => {
    const { codes, vocab } = load(name);
    const files = formatXlmTokenizer(codes, vocab);
    expect(parseXlmTokenizer(files).vocab.tokens).toEqual(vocab.tokens);
    const read = parseTokenizerJson(formatTokenizerJson(codes, vocab, { missing: "add" }), { vocabSize: vocab.size });
    expect(read.vocab.tokens).toEqual(vocab.tokens);
    expect(read.codes.merges).toEqual(codes.merges.map((merge) => ({ ...merge, count: 0 })));
  });
});

describe("the example of Hugging Face's own test", () => {
  interface Example {
    vocab: string[];
    merges: string[];
    text: string;
    tokens: string[];
    tokens_plus_unk_ids: number[];
  }

  it("gives its tokens and ids", () => {
    const example = readJson<Example>(dataDir("preprocess-golden", "hf-xlm-tokenizer-fixture.json"));
    // Its vocabulary leaves the other special tokens to the program, which puts them behind.
    const tokens = [...example.vocab, "<s>", "</s>", "<pad>", "<special1>"];
    const { codes, vocab } = parseXlmTokenizer({
      "vocab.json": JSON.stringify(Object.fromEntries(tokens.map((token, id) => [token, id]))),
      "merges.txt": example.merges.join("\n"),
    });
    const { ids } = createTokenizer({ bpe: createBpe(codes), vocab }).encode(example.text);
    expect([...ids].map((id) => tokens[id])).toEqual(example.tokens);
    expect([...ids, vocab.unkId]).toEqual(example.tokens_plus_unk_ids);
  });
});
