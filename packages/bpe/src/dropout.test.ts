import { createRng } from "@xlm/core";
import { describe, expect, it } from "vitest";
import { type BpeCodes, createBpe, formatCodes } from "./index.js";
import { createBpeDropout } from "./dropout.js";

const merge = (left: string, right: string) => ({ left, right, count: 1 });
const codes: BpeCodes = { merges: [merge("a", "b"), merge("b", "c</w>"), merge("ab", "c</w>")] };

describe("createBpeDropout", () => {
  it("codes the same word in several ways", () => {
    const bpe = createBpeDropout(codes, { rate: 0.5 });
    const rng = createRng(1);
    const seen = new Set(Array.from({ length: 100 }, () => bpe.encodeWord("abc", rng).join(" ")));
    expect([...seen].sort()).toEqual(["a@@ b@@ c", "a@@ bc", "ab@@ c", "abc"]);
  });

  it("gives the outcomes the probabilities that one can work out by hand", () => {
    // At first `a b` and `b c</w>` can be merged. `a b` comes first, unless dropped; after it `ab c</w>` can be merged.
    // If `a b` is dropped, `b c</w>` is merged unless dropped too; after it nothing can be merged.
    const p = 0.3;
    const expected = new Map([
      ["abc", (1 - p) * (1 - p)],
      ["ab@@ c", (1 - p) * p],
      ["a@@ bc", p * (1 - p)],
      ["a@@ b@@ c", p * p],
    ]);
    const bpe = createBpeDropout(codes, { rate: p });
    const rng = createRng(2);
    const n = 20000;
    const counts = new Map<string, number>();
    for (let i = 0; i < n; i++) {
      const coded = bpe.encodeWord("abc", rng).join(" ");
      counts.set(coded, (counts.get(coded) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [coded, q] of expected) {
      const sixSigma = 6 * Math.sqrt(n * q * (1 - q)); // binomial
      expect(Math.abs(counts.get(coded)! - n * q)).toBeLessThan(sixSigma);
    }
  });

  it("reads codes and vocabulary from files too, and leaves taking apart to no chance", () => {
    const bpe = createBpeDropout(formatCodes(codes), { rate: 0, vocab: "ab@@ 1\nc 1\n" });
    expect(bpe.encodeWord("abc", createRng(3))).toEqual(["ab@@", "c"]);
    expect(createBpe(codes, { vocab: new Map([["bc", 1]]) }).encodeWord("abc")).toEqual(["a@@", "b@@", "c"]);
    const limited = createBpeDropout(codes, { rate: 1, vocab: new Map([["bc", 1]]) });
    expect(limited.encodeWord("abc", createRng(3))).toEqual(["a@@", "b@@", "c"]);
  });

  it("codes lines", () => {
    const bpe = createBpeDropout(codes, { rate: 0 });
    expect(bpe.applyLine("  abc  ab ", createRng(4))).toBe("abc a@@ b");
    expect(bpe.applyLine("", createRng(4))).toBe("");
    expect(bpe.encodeWord("", createRng(4))).toEqual([]);
  });

  it("codes long words", () => {
    const bpe = createBpeDropout(codes, { rate: 0.1 });
    const word = "abc".repeat(30000);
    expect(bpe.encodeWord(word, createRng(5)).join("").replaceAll("@@", "")).toBe(word);
  });

  it("refuses rates that are no probabilities, and separators", () => {
    expect(() => createBpeDropout(codes, { rate: 1.5 })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: rate is 1.5: it is a probability. Fix: use a number from 0 to 1]`,
    );
    expect(() => createBpeDropout({ merges: [merge("a", "b"), merge("a", "b")] })).toThrow("already");
    const bpe = createBpeDropout(codes);
    expect(bpe.rate).toBe(0.1);
    expect(() => bpe.encodeWord("a b", createRng(1))).toThrowErrorMatchingInlineSnapshot(
      `[DataError: the word holds a space or newline: that is where it would end. Fix: call it once a word, or use applyLine]`,
    );
    expect(() => bpe.applyLine("a\nb", createRng(1))).toThrowErrorMatchingInlineSnapshot(
      `[DataError: the line holds a newline: that is where it would end. Fix: call it once a line]`,
    );
  });
});
