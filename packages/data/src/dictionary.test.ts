import { describe, expect, it } from "vitest";
import { errorOf } from "../test/helpers.js";
import { dictionaryFromCounts, formatDictionary, limitDictionary, parseDictionary, SPECIAL_TOKENS } from "./index.js";

describe("parseDictionary", () => {
  it("numbers words behind the 14 special tokens", () => {
    const dictionary = parseDictionary("the 9\nof 5\n");
    expect(dictionary.size).toBe(16);
    expect(dictionary.idOf("the")).toBe(14);
    expect(dictionary.idOf("of")).toBe(15);
    expect(dictionary.idOf("cat")).toBe(dictionary.unkId);
    expect(dictionary.tokens[dictionary.maskId]).toBe("<special1>");
    expect([...dictionary.counts.subarray(13)]).toEqual([0, 9, 5]);
  });

  it("leaves lines out, says which, and closes the ids up", () => {
    const skipped: string[] = [];
    const text = "a 9\n\nb c 8\na 7\n<s> 6\nd\u2028 5\nnbsp\u00a0word 4\ne 3\n";
    const dictionary = parseDictionary(text, { onSkip: (line, reason) => skipped.push(`${line}: ${reason}`) });
    expect(dictionary.tokens.slice(14)).toEqual(["a", "e"]);
    expect(skipped).toEqual([
      "2: it does not have two fields",
      "3: it does not have two fields",
      '4: "a" is there already',
      '5: "<s>" is there already',
      "6: it contains U+2028",
      "7: it does not have two fields",
    ]);
  });

  it("keeps a byte order mark in the first word, as the original does", () => {
    const bytes = new TextEncoder().encode("\ufeffa 2\nb 1\n");
    expect(parseDictionary(bytes).tokens.slice(14)).toEqual(["\ufeffa", "b"]);
  });

  it("reads the digits of any script", () => {
    // Devanagari 10; two of five adjacent sets of mathematical digits, 27.
    const dictionary = parseDictionary("a \u0967\u0966\nb \u{1d7d0}\u{1d7df}\n");
    expect([...dictionary.counts.subarray(14)]).toEqual([10, 27]);
  });

  it("names file and line of what it refuses", () => {
    expect(errorOf(() => parseDictionary("a 5\nb x\n", { file: "vocab.en" }))).toMatchInlineSnapshot(
      `"XLM_DATA vocab.en, line 2: the count is "x": a count is a whole number of 0 or more, below 2^53. Fix: write one word and its count on each line"`,
    );
    expect(errorOf(() => parseDictionary("a 5\nb \u00b2\n"))).toMatchInlineSnapshot(
      `"XLM_DATA vocabulary, line 2: the count is "²": a count is a whole number of 0 or more, below 2^53. Fix: write one word and its count on each line"`,
    );
    expect(errorOf(() => parseDictionary("a 99999999999999999999\n"))).toMatchInlineSnapshot(
      `"XLM_DATA vocabulary, line 1: the count is "99999999999999999999": a count is a whole number of 0 or more, below 2^53. Fix: write one word and its count on each line"`,
    );
    expect(errorOf(() => parseDictionary("a 5\n\nb 6\nc 1\n"))).toMatchInlineSnapshot(
      `"XLM_DATA vocabulary, line 3: "b" has count 6 after a word of count 5: ids follow falling counts, and limits cut off the end. Fix: sort the file by falling count"`,
    );
    expect(errorOf(() => parseDictionary(Uint8Array.of(0x61, 0xff), { file: "vocab.en" }))).toMatchInlineSnapshot(
      `"XLM_DATA vocab.en, line 1: the line is not valid UTF-8 (it reads "a�"): text is read as UTF-8, and guessing would train on damaged words. Fix: convert the file, for example with: iconv -f WINDOWS-1252 -t UTF-8"`,
    );
  });
});

describe("dictionaryFromCounts", () => {
  it("sorts by falling count, then by code point", () => {
    const words = ["b", "a", "\u{1f600}", "\uff01", "ab"].map((word) => [word, 1] as const);
    // sorted(["b", "a", "😀", "！", "ab"]) in Python
    expect(dictionaryFromCounts([...words, ["z", 2]]).tokens.slice(14)).toEqual([
      "z",
      "a",
      "ab",
      "b",
      "\uff01",
      "\u{1f600}",
    ]);
  });

  it("leaves out what a vocabulary file cannot hold", () => {
    const counts = new Map([
      ["</s>", 9],
      ["", 8],
      ["a b", 7],
      ["c\u00a0", 6],
      ["\ufeff", 5],
    ]);
    expect(dictionaryFromCounts(counts).tokens.slice(14)).toEqual(["\ufeff"]);
  });

  it("refuses counts that are none", () => {
    expect(errorOf(() => dictionaryFromCounts([["a", 0.5]]))).toMatchInlineSnapshot(
      `"XLM_OPTION count of "a" is 0.5: it must be a whole number of at least 0. Fix: give count of "a" such a value"`,
    );
  });
});

describe("limitDictionary", () => {
  const dictionary = parseDictionary("a 5\nb 3\nc 3\nd 1\n");

  it("keeps maxVocab ids, special tokens included", () => {
    expect(limitDictionary(dictionary, { maxVocab: 15 }).tokens).toEqual([...SPECIAL_TOKENS, "a"]);
  });

  it("keeps words of minCount, and special tokens", () => {
    expect(limitDictionary(dictionary, { minCount: 3 }).tokens.slice(14)).toEqual(["a", "b", "c"]);
    expect(limitDictionary(dictionary, { minCount: 99 }).tokens).toEqual(SPECIAL_TOKENS);
  });

  it("refuses to cut out of the middle", () => {
    const rising = parseDictionary("a 5\nb 4\nc 9\n"); // the last count is not checked on reading
    expect(errorOf(() => limitDictionary(rising, { minCount: 5 }))).toMatchInlineSnapshot(
      `"XLM_DATA minCount 5 keeps "c" (count 9) and drops "b" before it (count 4): ids follow the order of counts, so words can only be cut off the end. Fix: sort the vocabulary file by falling count"`,
    );
    expect(errorOf(() => limitDictionary(dictionary, { maxVocab: 13 }))).toMatchInlineSnapshot(
      `"XLM_OPTION maxVocab is 13: it must be a whole number of at least 14. Fix: give maxVocab such a value"`,
    );
    expect(errorOf(() => limitDictionary(dictionary, { minCount: -1 }))).toMatchInlineSnapshot(
      `"XLM_OPTION minCount is -1: it must be a whole number of at least 0. Fix: give minCount such a value"`,
    );
  });
});

it("formatDictionary writes what parseDictionary reads", () => {
  expect(formatDictionary(parseDictionary("a   5\r\n\r\nb\t3"))).toBe("a 5\nb 3\n");
});
