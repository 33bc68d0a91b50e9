import { createRng } from "@xlm/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toBytes, toText } from "./bytes.js";
import { createBpeDropout } from "./dropout.js";
import { type BpeCodes, type Merge, countWords, createBpe, learnBpe, restoreBpe } from "./index.js";

const js = { engine: "js" } as const; // no WebAssembly instance for each of many small cases

const unit = fc.constantFrom("a", "b", "c", "é", "😀", "@", "\udc80", "\0");
const word = fc.string({ unit, minLength: 1, maxLength: 7 }).map((part) => toText(toBytes(part)));
const words = fc.array(word, { minLength: 1, maxLength: 12 });
const codes = fc.tuple(words, fc.nat(25)).map(([list, n]): BpeCodes => learnBpe(countWords(list.join(" "), js), n, js));
const rate = fc.double({ min: 0, max: 1, noNaN: true });
const seed = fc.nat();
const vocab = fc
  .array(fc.tuple(word, fc.boolean()))
  .map((list) => new Map(list.map(([part, inner]) => [inner ? `${part}@@` : part, 1])));

/** Every outcome of the definition in the paper, with its probability: straight from algorithm 1. */
function outcomes(symbols: readonly string[], merges: readonly Merge[], p: number): Map<string, number> {
  const places = symbols.flatMap((symbol, i) => {
    const rank = merges.findIndex(({ left, right }) => left === symbol && right === symbols[i + 1]);
    return rank < 0 ? [] : [{ rank, i }];
  });
  const all = new Map<string, number>();
  for (let dropped = 0; dropped < 1 << places.length; dropped++) {
    const left = places.filter((_, k) => ((dropped >> k) & 1) === 0);
    const chance = p ** (places.length - left.length) * (1 - p) ** left.length;
    const [best] = left.sort((a, b) => a.rank - b.rank || a.i - b.i);
    const merged = best && symbols.toSpliced(best.i, 2, symbols[best.i]! + symbols[best.i + 1]!);
    const rest = merged ? outcomes(merged, merges, p) : new Map([[symbols.join(" "), 1]]);
    for (const [outcome, share] of rest) all.set(outcome, (all.get(outcome) ?? 0) + chance * share);
  }
  return all;
}

describe("laws of dropout", () => {
  it("outcomes have the probabilities of the definition", () => {
    const plain = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 2, maxLength: 5 });
    const learned = fc.tuple(fc.array(plain, { minLength: 1 }), fc.nat(8));
    fc.assert(
      fc.property(plain, learned, fc.double({ min: 0.05, max: 0.95, noNaN: true }), seed, (part, known, p, start) => {
        const { merges } = learnBpe(countWords(known[0].join(" "), js), known[1], js);
        const expected = outcomes([...part.slice(0, -1), `${part.at(-1)!}</w>`], merges, p);
        const bpe = createBpeDropout({ merges }, { rate: p });
        const rng = createRng(start);
        const n = 1500;
        const counts = new Map([...expected.keys()].map((outcome) => [outcome, 0]));
        for (let i = 0; i < n; i++) {
          const outcome = `${bpe.encodeWord(part, rng).join(" ").replaceAll("@@", "")}</w>`;
          expect(counts.has(outcome)).toBe(true);
          counts.set(outcome, counts.get(outcome)! + 1);
        }
        // Six sigma of the binomial, and six more for the rare, which are Poisson rather than normal.
        for (const [outcome, q] of expected) {
          expect(Math.abs(counts.get(outcome)! - n * q)).toBeLessThan(6 * Math.sqrt(n * q * (1 - q)) + 6);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("decoding undoes every outcome, under any vocabulary", () => {
    fc.assert(
      fc.property(words, codes, vocab, rate, seed, (list, known, pieces, p, start) => {
        const line = list.filter((part) => !part.endsWith("@@")).join(" ");
        const bpe = createBpeDropout(known, { rate: p, vocab: pieces });
        expect(restoreBpe(bpe.applyLine(line, createRng(start)))).toBe(line);
      }),
    );
  });

  it("rate 0 codes as without dropout, whatever the order of the codes", () => {
    const shuffled = codes.chain((known) => fc.shuffledSubarray([...known.merges]));
    fc.assert(
      fc.property(words, shuffled, vocab, seed, (list, merges, pieces, start) => {
        const line = list.join(" ");
        const bpe = createBpeDropout({ merges }, { rate: 0, vocab: pieces });
        expect(bpe.applyLine(line, createRng(start))).toBe(
          createBpe({ merges }, { vocab: pieces, ...js }).applyLine(line),
        );
      }),
    );
  });

  it("rate 1 leaves characters", () => {
    fc.assert(
      fc.property(words, codes, seed, (list, known, start) => {
        const line = list.join(" ");
        const characters = createBpe({ merges: [] }, js).applyLine(line);
        expect(createBpeDropout(known, { rate: 1 }).applyLine(line, createRng(start))).toBe(characters);
      }),
    );
  });

  it("the same seed gives the same text, and a line is its words in turn", () => {
    fc.assert(
      fc.property(words, codes, rate, seed, (list, known, p, start) => {
        const bpe = createBpeDropout(known, { rate: p });
        const coded = bpe.applyLine(list.join(" "), createRng(start));
        const rng = createRng(start);
        expect(list.flatMap((part) => bpe.encodeWord(part, rng)).join(" ")).toBe(coded);
      }),
    );
  });

  it("a stream that was split off is not moved by what the other one codes", () => {
    fc.assert(
      fc.property(words, words, codes, seed, (list, others, known, start) => {
        const bpe = createBpeDropout(known, { rate: 0.5 });
        const coded = (before: readonly string[]): string => {
          const parent = createRng(start);
          const [first, second] = [parent.split(), parent.split()];
          bpe.applyLine(before.join(" "), first);
          return bpe.applyLine(list.join(" "), second);
        };
        expect(coded(others)).toBe(coded([]));
      }),
    );
  });
});
