import { describe, expect, it } from "vitest";
import { engines } from "../test/compare.js";
import {
  type LearnOptions,
  type WordCounter,
  type WordCounts,
  countWords,
  createBpe,
  createWordCounter,
  formatCodes,
  learnBpe as learn,
  parseCodes,
  restoreBpe,
} from "./index.js";

const lines = (codes: ReturnType<typeof learn>): string[] =>
  codes.merges.map(({ left, right, count }) => `${left} ${right} ${count}`);

describe.each(engines)("learnBpe, %s", (engine) => {
  const learnBpe = (words: WordCounts | WordCounter, nMerges: number, options: LearnOptions = {}) =>
    learn(words, nMerges, { engine, ...options });

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

  it("learns from a counter as from its counts", () => {
    for (const counting of engines) {
      const counter = createWordCounter({ engine: counting });
      counter.push("low low lower newest a-word-that-is-longer-than-sixteen-bytes\nslowest");
      expect(learnBpe(counter, 40)).toEqual(learnBpe(counter.counts(), 40));
      counter.endText();
      expect(lines(learnBpe(counter, 2))).toEqual(["l o 5", "w e 3"]);
      expect(() => learnBpe(createWordCounter({ engine: counting }), 1)).toThrow("there are no words");
    }
  });

  it("numbers symbols in the order of a C++ hash map, and of one that grows otherwise", () => {
    // Every pair occurs once, so they are merged in the order of the words. The orders are those of a g++ 12 program that
    // puts the 40 words into an unordered_map, after m.rehash(29) and m.rehash(541) in the second and third case.
    const words = new Map(Array.from({ length: 40 }, (_, i) => [`${String.fromCodePoint(0x4e00 + i)}x`, 1]));
    const order = (growth?: number[]): string =>
      learnBpe(words, 40, { compat: "fastbpe", ...(growth && { growth }) })
        .merges.map(({ left }) => left.codePointAt(0)! - 0x4e00)
        .join(" ");
    expect(order()).toBe(
      "39 38 35 33 31 29 12 36 10 14 21 7 8 30 18 20 3 32 2 37 4 11 27 34 1 0 15 6 9 19 5 13 16 22 23 24 25 17 26 28",
    );
    expect(order([29, 59])).toBe(
      "39 38 35 33 31 29 0 34 1 32 2 3 37 4 21 7 8 30 18 20 36 10 27 11 14 12 19 6 9 15 5 13 16 22 23 24 25 17 26 28",
    );
    expect(order([541])).toBe(
      "39 38 37 36 35 34 33 32 31 30 29 28 27 26 25 24 23 22 21 20 19 18 17 16 15 13 12 11 10 9 8 7 6 5 4 3 2 1 14 0",
    );
  });

  it("counts exactly up to 2^53", () => {
    const words = new Map([
      ["ab", 2 ** 40],
      ["abc", 2 ** 51],
      ["xab", 1],
    ]);
    expect(lines(learnBpe(words, 3))).toEqual(["a b 2251799813685248", "ab c</w> 2251799813685248", "a b</w> 1099511627777"]); // prettier-ignore
    expect(() => learnBpe(new Map([["abc", 2 ** 52]]), 1)).toThrowErrorMatchingInlineSnapshot(
      `[DataError: the words have 13510798882111488 characters, counted as often as they occur: counts of pairs are exact up to 2^53. Fix: divide all counts by the same number]`,
    );
  });

  it("learns from very long words", () => {
    // 2^18 times a: the first merge makes pairs of all but the last, the second pairs of pairs, and so on.
    const word = "a".repeat(2 ** 18);
    const codes = learnBpe(new Map([[word, 1]]), 60);
    expect(codes.merges.slice(0, 3).map(({ count }) => count)).toEqual([2 ** 18 - 2, 2 ** 17 - 2, 2 ** 16 - 2]);
    const last = codes.merges.at(-1)!;
    expect(last.left + last.right === `${word}</w>`).toBe(true);
    expect(codes.exhausted).toBe(true);
  });

  it("stops where onMerge throws", () => {
    const stop = (): never => {
      throw new Error("enough");
    };
    expect(() => learnBpe(countWords("low lower"), 3, { onMerge: stop })).toThrow("enough");
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
    const growth = (list: number[]) => () => learnBpe(countWords("a b c"), 1, { compat: "fastbpe", growth: list });
    expect(growth([2])).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: growth ends at 2, and there are 3 words: the map grows whenever words outnumber its buckets. Fix: list larger numbers too]`,
    );
    expect(growth([])).toThrow("growth ends at 0, and there are 3 words");
    expect(growth([5, 5])).toThrow("growth[1] is 5");
    expect(() => learnBpe(new Map([["ab", 1]]), 1, { growth: [13] })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: growth is given, but the order of the initial symbols does not come from a hash map: it says how the map of compat: "fastbpe" grows, and initialTokens takes that order's place. Fix: leave growth out]`,
    );
    expect(() => learnBpe(new Map([["ab", 1]]), 1, { initialTokens: ["a", "a"] })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: initialTokens lists "a" twice: its place in the list is its id. Fix: list each symbol once]`,
    );
  });
});

describe("memory", () => {
  it("tells that 4 GB are not enough, and what to do", () => {
    const options = { compat: "fastbpe", growth: [2 ** 32 - 1], engine: "wasm" } as const; // 16 GB of buckets
    expect(() => learn(countWords("a b"), 1, options)).toThrowErrorMatchingInlineSnapshot(
      `[MemoryError: 16.0 GB of WebAssembly memory cannot be had: one memory ends at 4 GB, or earlier where the system has less. Fix: pass engine: "js", whose memory is only limited by the system]`,
    );
  });
});
