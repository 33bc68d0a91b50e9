import { describe, expect, it } from "vitest";
import { countWords, createBpe, formatCodes, learnBpe, parseCodes, restoreBpe } from "./index.js";

const lines = (codes: ReturnType<typeof learnBpe>): string[] =>
  codes.merges.map(({ left, right, count }) => `${left} ${right} ${count}`);

describe("learnBpe", () => {
  it("merges the most frequent pair, again and again", () => {
    // l o w</w> (2), l o w e r</w>, n e w e s t</w>: `l o` three times, then `lo w</w>` and `w e` twice.
    const codes = learnBpe(countWords("low low lower newest\n"), 3);
    expect(lines(codes)).toEqual(["l o 3", "w e 2", "lo w</w> 2"]);
    expect(codes.exhausted).toBe(false);
  });

  it("counts overlapping pairs and merges from left to right", () => {
    // a a a a</w>: `a a` twice, then aa a a</w> with every pair once.
    expect(lines(learnBpe(new Map([["aaaa", 1]]), 2))).toEqual(["a a 2", "a a</w> 1"]);
  });

  it("gives ties to the smallest ids: initial symbols by their bytes, merged ones after them", () => {
    // Initial: a b c c</w>, so `a b` (0, 1) comes before `b c</w>` (1, 3).
    expect(
      lines(
        learnBpe(
          new Map([
            ["abc", 1],
            ["ca", 1],
          ]),
          2,
        ),
      ),
    ).toEqual(["a b 1", "c a</w> 1"]);
    const given = learnBpe(
      new Map([
        ["ab", 1],
        ["ba", 1],
      ]),
      1,
      { initialTokens: ["b", "a", "a</w>", "b</w>"] },
    );
    expect(lines(given)).toEqual(["b a</w> 1"]);
  });

  it("does not depend on the order of the words", () => {
    const a = learnBpe(countWords("hat heat that\nthe heath\n"), 9);
    const b = learnBpe(countWords("the heath\nhat heat that\n"), 9);
    expect(a).toEqual(b);
  });

  it("stops when nothing is left to merge, and says so", () => {
    const codes = learnBpe(countWords("ab\n"), 5);
    expect(lines(codes)).toEqual(["a b</w> 1"]);
    expect(codes.exhausted).toBe(true);
    expect(learnBpe(countWords("ab\n"), 1).exhausted).toBe(false);
    expect(learnBpe(countWords("a b\n"), 0)).toEqual({ merges: [], exhausted: false });
  });

  it("repeats a line with count 0 instead where fastBPE is imitated", () => {
    expect(lines(learnBpe(countWords("ab\n"), 3, { compat: "fastbpe" }))).toEqual([
      "a b</w> 1",
      "a b</w> 0",
      "a b</w> 0",
    ]);
    expect(lines(learnBpe(countWords("a\n"), 2, { compat: "fastbpe" }))).toEqual(["a</w> a</w> 0", "a</w> a</w> 0"]);
  });

  it("passes over a merge whose result exists, so that the codes can be applied", () => {
    // Characters < / w > in the text make `a</w>` out of `a` and of `a</w>`'s own letters.
    const words = new Map([
      ["a</w>b", 5],
      ["xa", 3],
      ["xa</w>b", 2],
      ["x", 1],
    ]);
    const all = learnBpe(words, 20, { compat: "fastbpe" });
    expect(() => parseCodes(formatCodes(all))).toThrow("already");
    const codes = learnBpe(words, 20);
    expect(parseCodes(formatCodes(codes)).merges).toEqual(codes.merges);
    const text = [...words.keys()].join(" ");
    expect(restoreBpe(createBpe(codes).applyText(text))).toBe(text);
  });

  it("tells how far it is", () => {
    const seen: number[] = [];
    learnBpe(countWords("low low lower newest\n"), 3, { onMerge: (done) => seen.push(done) });
    expect(seen).toEqual([1, 2, 3]);
  });

  it("grows with many symbols and merges", () => {
    // 3,000 words of two characters each that occur nowhere else: one merge a word, in the order of their bytes.
    const words = new Map(
      Array.from({ length: 3000 }, (_, i) => [String.fromCodePoint(0x4e00 + i, 0x3041 + (i % 80)), 1]),
    );
    const codes = learnBpe(words, 5000);
    expect(codes.merges.length).toBe(3000);
    expect(codes.merges.map(({ left }) => left)).toEqual([...words.keys()].map((word) => [...word][0]));
  });

  it("refuses what it cannot learn from", () => {
    expect(() => learnBpe(new Map(), 1)).toThrowErrorMatchingInlineSnapshot(
      `[DataError: there are no words: merges are learned from the pairs inside words. Fix: check that the text is not empty; with lastWord "drop" a text without spaces and newlines has no words]`,
    );
    expect(() => learnBpe(new Map([["a b", 1]]), 1)).toThrowErrorMatchingInlineSnapshot(
      `[DataError: the word "a b" has the count 1: words hold no spaces or newlines and at least one character, and counts are whole numbers from 1. Fix: make the counts with countWords]`,
    );
    expect(() => learnBpe(new Map([["", 1]]), 1)).toThrow('the word "" has the count 1');
    expect(() => learnBpe(new Map([["a", 0.5]]), 1)).toThrow("has the count 0.5");
    expect(() => learnBpe(new Map([["a", 1]]), -1)).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: nMerges is -1: it must be a whole number of at least 0. Fix: give nMerges such a value]`,
    );
    expect(() =>
      learnBpe(new Map([["a", 1]]), 1, { compat: "subword-nmt" as "fastbpe" }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: compat is "subword-nmt": one other program is imitated. Fix: use "fastbpe" or leave it out]`,
    );
    expect(() => learnBpe(new Map([["ab", 1]]), 1, { initialTokens: ["a", "b"] })).toThrowErrorMatchingInlineSnapshot(
      `[MismatchError: the words hold the symbol "b</w>", which initialTokens does not list: every character needs a place in that order, once inside words and once with </w> at their end. Fix: pass the list that belongs to this corpus, or leave initialTokens out]`,
    );
    expect(() => learnBpe(new Map([["ab", 1]]), 1, { initialTokens: ["a", "a"] })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: initialTokens lists "a" twice: its place in the list is its id. Fix: list each symbol once]`,
    );
  });
});
