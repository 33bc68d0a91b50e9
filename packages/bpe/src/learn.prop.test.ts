import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { engines } from "../test/compare.js";
import { slowLearn } from "../test/oracle.js";
import { type LearnOptions, type WordCounts, countWords, createWordCounter, formatCodes, learnBpe } from "./index.js";

// NUL, bytes that continue nothing, characters cut short, and the marks of the format itself: any row of bytes will do.
const units = ["a", "b", "</w>", "@@", "é", "北", "😀"].map((text) => [...new TextEncoder().encode(text)]);
const odd = [[0], [0x80], [0xbf, 0x80], [0xc3], [0xe5, 0x8c], [0xf0], [0xff], [0x0d], [0x09]];
const separator = fc.constantFrom([0x20], [0x20], [0x0a], [0x20, 0x20]);
const word = fc.array(fc.constantFrom(...units, ...units, ...odd), { minLength: 1, maxLength: 8 }).map((w) => w.flat());
const text = fc
  .array(fc.tuple(word, separator), { minLength: 1, maxLength: 40 })
  .map((words) => Uint8Array.from(words.flat(2)));

/** Few characters in few words, with counts of any size: pairs repeat, overlap and tie. */
const counts: fc.Arbitrary<WordCounts> = fc
  .array(
    fc.tuple(
      fc.string({ unit: fc.constantFrom("a", "a", "b", "c", "é"), minLength: 1, maxLength: 9 }),
      fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constantFrom(65535, 65536, 2 ** 32, 2 ** 45)),
    ),
    { minLength: 1, maxLength: 25 },
  )
  .map((entries) => new Map(entries));

/** The codes file, once it is sure that both engines write the same. */
function learnTwice(words: WordCounts, nMerges: number, options: LearnOptions = {}): string {
  const [a, b] = engines.map((engine) => learnBpe(words, nMerges, { ...options, engine }));
  expect(a).toEqual(b);
  return Buffer.from(formatCodes(a!)).toString("latin1");
}

describe("laws of learning, whoever learns", () => {
  it("both engines learn the same from any bytes", () => {
    const growth = fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 6 }).map((list) => {
      return [...list.sort((a, b) => a - b), 100];
    });
    fc.assert(
      fc.property(text, fc.nat(60), growth, (bytes, n, buckets) => {
        const words = countWords(bytes);
        learnTwice(words, n);
        learnTwice(words, n, { compat: "fastbpe" });
        learnTwice(words, n, { compat: "fastbpe", growth: buckets });
      }),
    );
  });

  it("both agree with counting all pairs afresh for every merge", () => {
    fc.assert(
      fc.property(counts, fc.nat(40), (words, n) => {
        const expected = slowLearn(words, n);
        for (const engine of engines) {
          expect(learnBpe(words, n, { engine })).toEqual({ merges: expected, exhausted: expected.length < n });
        }
      }),
      { numRuns: 300 },
    );
  });

  it("a counter of either engine gives what its counts give", () => {
    fc.assert(
      fc.property(text, fc.nat(30), fc.constantFrom(...engines), (bytes, n, engine) => {
        const counter = createWordCounter({ engine });
        counter.push(bytes);
        counter.endText();
        const expected = learnTwice(counter.counts(), n, { compat: "fastbpe" });
        for (const learning of engines) {
          const codes = learnBpe(counter, n, { compat: "fastbpe", engine: learning });
          expect(Buffer.from(formatCodes(codes)).toString("latin1")).toBe(expected);
        }
      }),
    );
  });

  it("the order of words does not matter, unless fastBPE is imitated", () => {
    const both = counts.chain((words) =>
      fc.tuple(fc.constant(words), fc.shuffledSubarray([...words], { minLength: words.size })),
    );
    fc.assert(
      fc.property(both, fc.nat(30), ([words, shuffled], n) => {
        expect(learnTwice(new Map(shuffled), n)).toBe(learnTwice(words, n));
      }),
    );
  });

  it("more merges begin with fewer merges", () => {
    fc.assert(
      fc.property(text, fc.nat(30), fc.nat(30), fc.boolean(), (bytes, a, b, imitate) => {
        const options: LearnOptions = imitate ? { compat: "fastbpe" } : {};
        const words = countWords(bytes);
        const fewer = learnTwice(words, a, options);
        expect(learnTwice(words, a + b, options).slice(0, fewer.length)).toBe(fewer);
      }),
    );
  });

  it("any order of the initial symbols that is listed is kept", () => {
    const symbols = ["a", "b", "c", "é"].flatMap((symbol) => [symbol, `${symbol}</w>`]);
    fc.assert(
      fc.property(
        counts,
        fc.shuffledSubarray([...symbols, "unused"], { minLength: symbols.length + 1 }),
        (words, initialTokens) => {
          learnTwice(words, 20, { initialTokens });
          const bytewise = [...symbols].sort();
          expect(learnTwice(words, 20, { initialTokens: bytewise })).toBe(learnTwice(words, 20));
        },
      ),
    );
  });

  it("all merges are told of, in turn", () => {
    fc.assert(
      fc.property(text, fc.nat(30), (bytes, n) => {
        for (const engine of engines) {
          const seen: number[] = [];
          const { merges } = learnBpe(countWords(bytes), n, { engine, onMerge: (done) => seen.push(done) });
          expect(seen).toEqual(merges.map((_, i) => i + 1));
        }
      }),
    );
  });
});
