import fs from "node:fs";
import { dataDir } from "@xlm/tools/golden";
import { describe, expect, it } from "vitest";
import { createLineTokenizer, lowercaseAndRemoveAccent } from "../src/index.js";

const moses = "2019"; // these sentences went through scripts that make double quotes of ‘ and ‚

type Sentence = Record<"lang" | "raw" | "moses" | "lower", string>;

const sentences = fs
  .readFileSync(dataDir("preprocess-golden", "xlm-preprocess.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Sentence);
const languages = [...new Set(sentences.map(({ lang }) => lang))];

describe.each(languages)("preprocessing of %s", (lang) => {
  const lines = sentences.filter((sentence) => sentence.lang === lang);

  it("splits words as the original does", () => {
    const tokenize = createLineTokenizer(lang, { moses });
    expect(lines.map(({ raw }) => tokenize(raw))).toEqual(lines.map(({ moses }) => moses));
  });

  it("takes case and accents off as the original does", () => {
    expect(lines.map(({ moses }) => lowercaseAndRemoveAccent(moses))).toEqual(lines.map(({ lower }) => lower));
    const tokenize = createLineTokenizer(lang, { moses, lower: true });
    expect(lines.map(({ raw }) => tokenize(raw))).toEqual(lines.map(({ lower }) => lower));
  });
});
