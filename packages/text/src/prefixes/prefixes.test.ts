import { sha256Hex } from "@xlm/core";
import { describe, expect, it } from "vitest";
import { nonbreakingPrefixes, parsePrefixes } from "./prefixes.js";
import { unpack } from "./table.js";
import { PREFIX_TABLES } from "./tables.js";

/**
 * Language, words, words before numbers, and the first 16 digits of the SHA-256 of the sorted words (UTF-16 order, one
 * a line, `#` between the two sets), taken from the files of Moses at commit 34452895 as its tokenizer reads them.
 */
const RECORDED = [
  ["as", 27, 0, "731a48fdafab726e"],
  ["bn", 27, 0, "731a48fdafab726e"],
  ["ca", 75, 0, "68949a66413dbc2c"],
  ["cs", 348, 0, "c8d71a48eb09367f"],
  ["de", 298, 0, "b4874b62b9d17336"],
  ["el", 1564, 0, "d5f81a8ea9715906"],
  ["en", 102, 3, "21dbd0b291f049b5"],
  ["es", 110, 0, "61779937da95600b"],
  ["et", 124, 0, "48d23b30ba78015b"],
  ["fi", 124, 0, "48d23b30ba78015b"],
  ["fr", 144, 0, "b80cf50c26a67f97"],
  ["ga", 42, 3, "6d11b811705a6ed8"],
  ["gu", 64, 0, "1fe1b14dd8ac71cb"],
  ["hi", 73, 0, "ee9762dd3669a26a"],
  ["hu", 59, 28, "47660f37b58bbea7"],
  ["is", 240, 5, "4895322e37fc3c2d"],
  ["it", 160, 3, "28fbb70dc1eeef72"],
  ["kn", 30, 0, "74c782017f5dcb69"],
  ["lt", 364, 1, "c66d6c60dfca2a53"],
  ["lv", 85, 1, "bae56cd96a51a500"],
  ["ml", 28, 0, "f48b8c65981ce41a"],
  ["mni", 27, 0, "3c8cdb06108af67d"],
  ["mr", 72, 0, "2304b4ccd52025dc"],
  ["nl", 94, 2, "253d82a5d53a5afe"],
  ["or", 37, 0, "a78fc47053f6269b"],
  ["pa", 61, 0, "9093e2683bad715e"],
  ["pl", 268, 11, "8df00128c2576dea"],
  ["pt", 178, 4, "26129c18999aa8ab"],
  ["ro", 38, 0, "6f6c7030c41a5ad3"],
  ["ru", 279, 0, "37c58afddca10979"],
  ["sk", 470, 0, "ee62e0b71f523644"],
  ["sl", 74, 2, "98d1eb047883298a"],
  ["sv", 91, 0, "acd0535c957ceeb3"],
  ["ta", 31, 0, "8ad29a990c45f047"],
  ["tdt", 178, 5, "0ef18d8b21b3c449"],
  ["te", 30, 0, "81fc7071f10ba567"],
  ["yue", 37, 2, "961a99715e43aee6"],
  ["zh", 37, 2, "961a99715e43aee6"],
] as const;

describe("nonbreakingPrefixes", () => {
  it("knows English titles, and abbreviations that need a number", () => {
    const { always, numericOnly } = nonbreakingPrefixes("en");
    expect(always.has("Mrs")).toBe(true);
    expect(always.has("No")).toBe(false);
    expect([...numericOnly].sort()).toEqual(["Art", "No", "pp"]);
  });

  it.each(RECORDED)("agrees with Moses for %s", (lang, words, numeric, hash) => {
    const { always, numericOnly } = nonbreakingPrefixes(lang);
    expect([always.size, numericOnly.size]).toEqual([words, numeric]);
    expect(sha256Hex([...[...always].sort(), "#", ...[...numericOnly].sort()].join("\n")).slice(0, 16)).toBe(hash);
  });

  it("has no further languages, and English for all others", () => {
    expect([...PREFIX_TABLES.keys()].sort()).toEqual(RECORDED.map(([lang]) => lang));
    for (const lang of ["xx", "", "en-GB", "constructor"]) {
      expect(nonbreakingPrefixes(lang)).toEqual(nonbreakingPrefixes("en"));
    }
  });
});

describe("parsePrefixes", () => {
  it("reads words, words before numbers and comments", () => {
    expect(parsePrefixes("# titles\nDr\n\nNo #NUMERIC_ONLY# \r\ni.e\n0\nz. B")).toEqual({
      always: new Set(["Dr", "i.e", "z. B"]),
      numericOnly: new Set(["No"]),
    });
  });

  it("goes by a word's last line", () => {
    expect(parsePrefixes("Art\nArt #NUMERIC_ONLY#\np #NUMERIC_ONLY#\np")).toEqual({
      always: new Set(["p"]),
      numericOnly: new Set(["Art"]),
    });
  });

  it("refuses a misspelt marker and text in another encoding, with the line", () => {
    expect(() => parsePrefixes("Dr\nNo#NUMERIC_ONLY#", { file: "my.en" })).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: my.en, line 2: the line is "No#NUMERIC_ONLY#": the marker for numbers is a space and #NUMERIC_ONLY#, spelt so. Fix: write it as "No #NUMERIC_ONLY#"]`,
    );
    expect(() => parsePrefixes("Dr\nn\uFFFDm")).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: prefixes, line 2: the line "n�m" has a character that stands for no text: the file was not UTF-8, and its abbreviations would match nothing. Fix: convert the file to UTF-8]`,
    );
  });
});

describe("unpack", () => {
  it("undoes the packing", () => {
    expect(unpack(" ~dr a.{b,c}\n{1,2}{x,y} n._l ")).toEqual("dr Dr a.b a.c 1x 1y 2x 2y".split(" ").concat("n. l"));
  });
});
