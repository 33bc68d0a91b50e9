import { expect, it } from "vitest";
import {
  aboutRules,
  lineTokenizer,
  simpleTokens,
  tokenizeLines,
  tokenizerNotes,
  wordRules,
  type Tokenizer,
  type WordRules,
} from "./tokenize.js";

const now = (tokenizer: Tokenizer): WordRules => ({ tokenizer, moses: "2025" });

it("lower-cases, takes accents off, and sets punctuation apart", () => {
  expect(simpleTokens("“Naomi’s” hijos, ¿dónde?")).toBe("“ naomi ’ s ” hijos , ¿ donde ?");
  expect(simpleTokens("मानव अधिकार।")).toBe("मानव अधिकार ।");
  expect(simpleTokens("cafe\u0301 1.5")).toBe("cafe 1 . 5");
  expect(simpleTokens("  ")).toBe("");
});

it("leaves text alone that is split already", () => {
  const lines = ["Don 't Touch"];
  expect(tokenizeLines(lines, now("none"), "en")).toBe(lines);
  expect(tokenizeLines(lines, now("simple"), "en")).toEqual(["don ' t touch"]);
});

it("runs the Moses scripts by the rules of a language, and takes case and accents off on demand", () => {
  expect(lineTokenizer(now("moses"), "fr")!("L’été, c’est…")).toBe("L' été , c' est ...");
  expect(lineTokenizer(now("moses-lower"), "fr")!("L’été, c’est…")).toBe("l' ete , c' est ...");
  expect(lineTokenizer(now("lower"), "fr")!("L’été, c’est… ")).toBe("l’ete, c’est…");
});

it("says where the rules are not a language's own", () => {
  expect(tokenizerNotes(now("moses"), ["en", "fr", "sw", "zh", "vi", "th"])).toEqual([
    "sw, vi: Moses knows no abbreviations, the English ones are used",
    "zh, th: words are cut by ICU, not as the original cut them",
  ]);
  expect(tokenizerNotes(now("moses"), ["en", "de"])).toEqual([]);
  expect(tokenizerNotes(now("simple"), ["sw", "zh"])).toEqual([]);
});

it("runs the Moses scripts of a year, which has no effect on other tokenizers", () => {
  const rules = wordRules({ tokenize: "moses", moses: "2019" });
  expect(rules).toEqual({ tokenizer: "moses", moses: "2019" });
  expect(lineTokenizer(rules, "en")!("‘so’ he said")).toBe("\" so ' he said");
  expect(lineTokenizer(now("moses"), "en")!("‘so’ he said")).toBe("'so ' he said");
  expect(wordRules({ tokenize: "simple", moses: "2019" })).toEqual(now("simple"));
  expect(aboutRules(rules)).toMatch(/^moses: .*, of 2019$/);
  expect(aboutRules(now("none"))).toBe("none: split at spaces already");
});
