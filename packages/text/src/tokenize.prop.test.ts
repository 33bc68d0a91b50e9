import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { charClasses } from "./classes.js";
import {
  createLineTokenizer,
  createMosesTokenizer,
  lowercaseAndRemoveAccent,
  normalizePunctuation,
  removeNonPrinting,
  replaceUnicodePunctuation,
} from "./index.js";
import { languagePrefixes, languageRules, type MosesRelease } from "./language.js";
import { createRuleTokenizer } from "./tokenize-rules.js";
import { createScanTokenizer } from "./tokenize-scan.js";

// One language of each set of rules, and one without any.
const langs = ["en", "fr", "ca", "fi", "so", "tdt", "de", "cs", "xx"];
const lang = fc.constantFrom(...langs);

const pieces = (...list: string[]): fc.Arbitrary<string> => fc.constantFrom(...list);
const piece = fc.oneof(
  { weight: 6, arbitrary: pieces("a", "s", "B", "é", "Dr", "No", "U.S", "x.y", "1", "5", "०", "Ⅷ", "½", "Σ") },
  { weight: 6, arbitrary: pieces(" ", ".", ".", "..", ",", "'", "-", "`", ":", "·", "Â", '"', "!", "(", ")") },
  { weight: 2, arbitrary: pieces("्", "\u0301", "中", "ก", "😀", "𝔘", "𐐨", "𝟎", "DOTMULTI", "DOT", "ʕ", "ჼ") },
  {
    weight: 2,
    arbitrary: pieces("\t", "\u00a0", "\u3000", "\u0085", "\0", "\u001c", "\r", "\u00ad", "\ufeff", "«", "”", "’", "‘"),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 2 }) },
);
const line = fc.array(piece, { maxLength: 30 }).map((list) => list.join("").replaceAll("\n", ""));
/** What the tokenizer hands on: single blanks inside, all else prints. */
const spacedLine = line
  .map((text) => removeNonPrinting(text).replace(/\s+/g, " ").trim())
  .filter((text) => text !== "");

describe("the tokenizer", () => {
  const classes = charClasses();
  const both = langs.flatMap((lang) =>
    (["2019", "2025"] as MosesRelease[]).map((moses) => {
      const parts = { rules: languageRules(lang, moses), prefixes: languagePrefixes(lang, moses), aggressive: false };
      return { lang, moses, scan: createScanTokenizer(classes, parts), rules: createRuleTokenizer(classes, parts) };
    }),
  );

  it("does in one pass what the rules do one after the other", () => {
    fc.assert(
      fc.property(fc.constantFrom(...both), spacedLine, ({ scan, rules }, text) => {
        const scanned = scan(text);
        fc.pre(scanned !== undefined);
        expect(scanned).toBe(rules(text));
      }),
      { numRuns: 3000 },
    );
  });

  it("changes white space and control characters alone", () => {
    const bare = (text: string): string => text.replace(/[\0-\u0020\u0085\p{Z}]/gu, "");
    fc.assert(
      fc.property(lang, line, (lang, text) => {
        fc.pre(!text.includes("DOTMULTI"));
        expect(bare(createMosesTokenizer(lang)(text))).toBe(bare(text));
      }),
    );
  });

  it("splits words at single blanks, with one at an end only behind a last apostrophe", () => {
    fc.assert(
      fc.property(lang, spacedLine, (lang, text) => {
        const tokens = createMosesTokenizer(lang)(text);
        expect(tokens).toMatch(/^(?:[^ ]+(?: [^ ]+)*)?$|\. ' $/);
        expect(tokens).not.toContain("  ");
      }),
    );
  });
});

describe("the steps", () => {
  it("together are the chain", () => {
    fc.assert(
      fc.property(lang, line, fc.boolean(), fc.boolean(), (lang, text, newline, lower) => {
        const punctuated = normalizePunctuation(replaceUnicodePunctuation(text), lang, { newline });
        const words = createMosesTokenizer(lang)(removeNonPrinting(punctuated));
        const expected = lower ? lowercaseAndRemoveAccent(words) : words;
        expect(createLineTokenizer(lang, { newline, lower })(text)).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  it("done once are done, where they replace characters one by one", () => {
    fc.assert(
      fc.property(line, (text) => {
        const ascii = replaceUnicodePunctuation(text);
        expect(replaceUnicodePunctuation(ascii)).toBe(ascii);
        const printing = removeNonPrinting(text);
        expect(removeNonPrinting(printing)).toBe(printing);
        expect([...printing].length).toBe([...text].length);
        fc.pre(!/\p{Mc}/u.test(text)); // a mark with a width can find a new place when one between is gone
        const lower = lowercaseAndRemoveAccent(text);
        expect(lowercaseAndRemoveAccent(`${lower}.`)).toBe(`${lower}.`); // a stop, for taken marks can bare white space
      }),
      { numRuns: 500 },
    );
  });

  it("leave no mark, and nothing that lower-casing changes", () => {
    fc.assert(
      fc.property(line, (text) => {
        const lower = lowercaseAndRemoveAccent(removeNonPrinting(text));
        expect(lower).not.toMatch(/[\u0300-\u036f]/);
        expect(lower.toLowerCase()).toBe(lower);
      }),
    );
  });
});
