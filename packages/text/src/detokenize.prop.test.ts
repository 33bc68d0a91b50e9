import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { detokenize } from "./detokenize.js";
import { restoreCase, restoreTranslation } from "./recase.js";

const lang = fc.constantFrom("en", "fr", "it", "cs", "fi", "ko", "zh", "de", "xx");
const known = fc.constantFrom(
  ...["'", '"', "''", "„", "“", "`", ",", ".", "?", "!", ":", ";", "%", ")", "(", "[", "$", "¿", "-", "–", "@-@"],
  ...[
    "'s",
    "l'",
    "d'",
    "ssa",
    "n",
    "li",
    "mail",
    "3",
    "5",
    "中",
    "国",
    "가",
    "é",
    "ß",
    "क़",
    "्",
    "😀",
    "\ufeff",
    "\ud83d",
  ],
);
const token = fc.oneof(
  known,
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 4 }).filter((word) => !/[\s\x85&@]/.test(word)),
);
const tokens = fc.array(token, { maxLength: 12 });

describe("laws of detokenization", () => {
  it("moves blanks alone, but for marked hyphens and the endings that Finnish lower-cases", () => {
    const bare = (text: string): string => text.replaceAll(" ", "").replaceAll("@-@", "-");
    fc.assert(
      fc.property(tokens, lang, (words, code) => {
        const line = words.join(" ");
        const text = detokenize(line, code);
        if (code === "fi") expect(bare(text).toLowerCase()).toBe(bare(line).toLowerCase());
        else expect(bare(text)).toBe(bare(line));
      }),
    );
  });

  it("never leaves two blanks, nor one at an end", () => {
    fc.assert(
      fc.property(tokens, lang, (words, code) => {
        const line = words.join(" ");
        fc.pre(!/^<.+>$/s.test(line));
        expect(detokenize(line, code)).not.toMatch(/^ | $| {2}/);
      }),
    );
  });

  it("does not mind more blanks between words of letters", () => {
    const letters = fc.array(fc.string({ unit: fc.constantFrom(..."abcé"), minLength: 1, maxLength: 5 }));
    fc.assert(
      fc.property(letters, lang, (words, code) => {
        expect(detokenize(words.join("  "), code)).toBe(words.join(" "));
      }),
    );
  });
});

describe("laws of case", () => {
  it("restoring case changes first characters alone, and nothing the second time", () => {
    fc.assert(
      fc.property(tokens, (words) => {
        const line = words.join(" ");
        const restored = restoreCase(line);
        expect(restored.toUpperCase()).toBe(line.toUpperCase()); // ß becomes SS
        expect(restoreCase(restored)).toBe(restored);
      }),
    );
  });

  it("a translation is its text with some capitals", () => {
    // Of known tokens: an "s" that became "S" would not come before a lone apostrophe any more.
    fc.assert(
      fc.property(fc.array(known, { maxLength: 12 }), lang, (words, code) => {
        const line = words.join(" ");
        expect(restoreTranslation(line, code).toUpperCase()).toBe(detokenize(line, code).toUpperCase());
      }),
    );
  });
});
