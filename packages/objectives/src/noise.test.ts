import { createRng, type TokenBatch, type Vocab } from "@xlm/core";
import { arbitraryBatch, arbitraryVocab } from "@xlm/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addNoise, applyNoise, drawNoise } from "./index.js";

const vocab: Vocab = { size: 100, bosId: 0, eosId: 1, padId: 2, unkId: 3, maskId: 5 };
const batch: TokenBatch = {
  ids: Int32Array.of(1, 20, 21, 22, 1, /**/ 1, 30, 1, 2, 2),
  shape: [2, 5],
  lengths: Int32Array.of(5, 3),
};
const draws = (...values: number[]): Float64Array => Float64Array.from(values);

describe("applyNoise", () => {
  it("sorts words by their place plus a draw", () => {
    // Keys 1 + 2.5, 2 + 0.1 and 3 + 0: the first word goes last.
    const { ids } = applyNoise(
      batch,
      vocab,
      { shuffle: draws(0, 2.5, 0.1, 0, 0, /**/ 0, 0, 0, 0, 0) },
      { wordShuffle: 3 },
    );
    expect([...ids]).toEqual([1, 21, 22, 20, 1, /**/ 1, 30, 1, 2, 2]);
  });

  it("drops words below the probability and rescues one where all fell", () => {
    const drop = draws(0, 0.1, 0.5, 0.05, 0, /**/ 0, 0.2, 0, 0, 0);
    const { ids, shape, lengths } = applyNoise(
      batch,
      vocab,
      { drop, rescue: Int32Array.of(2, 1) },
      { wordDropout: 0.3 },
    );
    expect(shape).toEqual([2, 3]);
    expect([...lengths]).toEqual([3, 3]);
    expect([...ids]).toEqual([1, 21, 1, /**/ 1, 30, 1]);
  });

  it("hides words below the probability", () => {
    const { ids } = applyNoise(
      batch,
      vocab,
      { blank: draws(0, 0.1, 0.5, 0.05, 0, /**/ 0, 0.2, 0, 0, 0) },
      { wordBlank: 0.2 },
    );
    expect([...ids]).toEqual([1, 5, 21, 5, 1, /**/ 1, 30, 1, 2, 2]);
  });

  it("leaves sentences without words alone, positions and languages in their places", () => {
    const empty: TokenBatch = {
      ids: Int32Array.of(1, 1, 2, /**/ 1, 2, 2, /**/ 2, 2, 2),
      shape: [3, 3],
      lengths: Int32Array.of(2, 1, 0),
      positions: Int32Array.of(0, 1, 2, 0, 1, 2, 0, 1, 2),
      langs: Int32Array.of(1, 1, 1, 0, 0, 0, 1, 1, 1),
    };
    const noisy = addNoise(empty, vocab, createRng(1), { wordShuffle: 3, wordDropout: 1, wordBlank: 1 });
    expect([...noisy.ids]).toEqual([1, 1, /**/ 1, 2, /**/ 2, 2]);
    expect([...noisy.lengths]).toEqual([2, 1, 0]);
    expect([...(noisy.positions ?? [])]).toEqual([0, 1, 0, 1, 0, 1]);
    expect([...(noisy.langs ?? [])]).toEqual([1, 1, 0, 0, 1, 1]);
  });

  it("refuses draws that do not fit", () => {
    expect(() => applyNoise(batch, vocab, { blank: draws(0) })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: blank draws has 1 elements and its shape is [2, 5]: that shape holds 10 elements. Fix: pass an array of 10 elements, or correct the shape]`,
    );
    const drop = new Float64Array(10);
    expect(() => applyNoise(batch, vocab, { drop }, { wordDropout: 1 })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: rescue draws has 0 elements and its shape is [2]: that shape holds 2 elements. Fix: pass an array of 2 elements, or correct the shape]`,
    );
    const wrong = { drop, rescue: Int32Array.of(4, 1) };
    expect(() => applyNoise(batch, vocab, wrong, { wordDropout: 1 })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: all words of a sentence of length 5 fell and its rescue draw is 4: a sentence keeps at least one word. Fix: rescue a place from 1 to 3]`,
    );
  });
});

describe("addNoise", () => {
  const cases = arbitraryVocab().chain((any) =>
    fc.record({ any: fc.constant(any), framed: arbitraryBatch(any, { framed: true }), seed: fc.nat() }),
  );
  const rowsOf = ({ ids, shape, lengths }: TokenBatch): number[][] =>
    Array.from(lengths, (length, b) => [...ids.slice(b * shape[1], b * shape[1] + length)]);
  const sorted = (values: number[]): number[] => [...values].sort((a, b) => a - b);

  it("changes nothing when everything is off", () => {
    fc.assert(
      fc.property(cases, ({ any, framed, seed }) => {
        expect(rowsOf(addNoise(framed, any, createRng(seed)))).toEqual(rowsOf(framed));
      }),
    );
  });

  it("keeps the words when it shuffles, each less than wordShuffle places away", () => {
    const n = 60;
    const long: TokenBatch = {
      ids: Int32Array.from({ length: n }, (_, t) => (t % (n - 1) ? 100 + t : 1)),
      shape: [1, n],
      lengths: Int32Array.of(n),
    };
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 2, max: 6 }), (seed, wordShuffle) => {
        const { ids } = addNoise(long, vocab, createRng(seed), { wordShuffle });
        expect(sorted([...ids])).toEqual(sorted([...long.ids]));
        ids.forEach((id, t) => {
          if (id !== 1) expect(Math.abs(id - 100 - t)).toBeLessThan(wordShuffle);
        });
      }),
    );
  });

  it("keeps marks, order and at least one word when it drops", () => {
    fc.assert(
      fc.property(cases, fc.constantFrom(0.1, 0.5, 1), ({ any, framed, seed }, wordDropout) => {
        const before = rowsOf(framed);
        rowsOf(addNoise(framed, any, createRng(seed), { wordDropout })).forEach((row, b) => {
          const old = before[b] as number[];
          expect([row[0], row.at(-1)]).toEqual([any.eosId, any.eosId]);
          expect(row.length).toBeGreaterThanOrEqual(Math.min(old.length, 3));
          let at = 0;
          for (const id of row) at = old.indexOf(id, at) + 1 || Infinity; // in the old order, or past the end
          expect(at).toBeLessThanOrEqual(old.length);
        });
      }),
    );
  });

  it("drops and blanks the requested shares", () => {
    const [rows, seq, p] = [64, 66, 0.3];
    const long: TokenBatch = {
      ids: Int32Array.from({ length: rows * seq }, (_, i) => ((i % seq) % (seq - 1) ? 20 : 1)),
      shape: [rows, seq],
      lengths: new Int32Array(rows).fill(seq),
    };
    const n = rows * (seq - 2);
    const sixSigma = 6 * Math.sqrt(n * p * (1 - p)); // binomial
    const dropped = addNoise(long, vocab, createRng(1), { wordDropout: p });
    const blanked = addNoise(long, vocab, createRng(2), { wordBlank: p });
    expect(Math.abs(rows * seq - dropped.lengths.reduce((a, b) => a + b) - n * p)).toBeLessThan(sixSigma);
    expect(Math.abs(blanked.ids.filter((id) => id === vocab.maskId).length - n * p)).toBeLessThan(sixSigma);
  });

  it("draws by the tokens, not by the padding", () => {
    const wide: TokenBatch = {
      ids: Int32Array.of(1, 20, 21, 22, 1, 2, 2, /**/ 1, 30, 1, 2, 2, 2, 2),
      shape: [2, 7],
      lengths: batch.lengths,
    };
    const options = { wordShuffle: 3, wordDropout: 0.4, wordBlank: 0.4 };
    for (let seed = 0; seed < 20; seed++) {
      expect(addNoise(wide, vocab, createRng(seed), options)).toEqual(addNoise(batch, vocab, createRng(seed), options));
    }
  });

  it("leaves its input alone", () => {
    fc.assert(
      fc.property(cases, ({ any, framed, seed }) => {
        const before = structuredClone(framed);
        addNoise(framed, any, createRng(seed), { wordShuffle: 3, wordDropout: 0.5, wordBlank: 0.5 });
        expect(framed).toEqual(before);
      }),
    );
  });

  it("refuses options that cannot be used", () => {
    expect(() => drawNoise(batch, createRng(1), { wordShuffle: 0.5 })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: wordShuffle is 0.5: words move by fewer than that many places, so up to 1 none moves. Fix: use 0 to switch it off, or a number above 1 such as 3]`,
    );
    expect(() => drawNoise(batch, createRng(1), { wordDropout: 2 })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: wordDropout is 2: it is a probability. Fix: use a number from 0 to 1]`,
    );
    expect(() => drawNoise(batch, createRng(1), { wordBlank: NaN })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: wordBlank is NaN: it is a probability. Fix: use a number from 0 to 1]`,
    );
  });
});
