import { type TokenBatch, type Vocab } from "@xlm/core";
import { arbitraryBatch, arbitraryVocab } from "@xlm/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseEvaluationTargets, createNumpyRng, evaluationMask } from "./index.js";

const vocab: Vocab = { size: 100, bosId: 0, eosId: 1, padId: 2, unkId: 3, maskId: 5 };
const batch: TokenBatch = {
  ids: Int32Array.of(1, 20, 21, 1, /**/ 1, 30, 1, 2),
  shape: [2, 4],
  lengths: Int32Array.of(4, 3),
};

describe("evaluationMask", () => {
  it("hides words at or below the probability, and one of a sentence that has none", () => {
    // In the order [seq, batch]: the second word of row 0 is drawn, and marks and padding, which do not count.
    const draws = [0, 0, 0.9, 0.9, 0.15, 0, 0, 0];
    const asked: number[][] = [];
    const rng = {
      rand: () => draws.shift() as number,
      randint: (low: number, high: number) => (asked.push([low, high]), low),
    };
    const { ids, targetIndices, targets } = evaluationMask(batch, vocab, rng);
    expect([...ids]).toEqual([1, 20, 5, 1, /**/ 1, 5, 1, 2]);
    expect([...targetIndices]).toEqual([2, 5]);
    expect([...targets]).toEqual([21, 30]);
    expect(asked).toEqual([[1, 2]]);
  });

  it("is the same every time from a fresh generator", () => {
    const [one, other] = [createNumpyRng(0), createNumpyRng(0)];
    for (let i = 0; i < 3; i++) expect(evaluationMask(batch, vocab, one)).toEqual(evaluationMask(batch, vocab, other));
  });

  it("has no target in a sentence without words", () => {
    const empty: TokenBatch = { ids: Int32Array.of(1, 1, 1, 2), shape: [2, 2], lengths: Int32Array.of(2, 0) };
    expect(chooseEvaluationTargets(empty, createNumpyRng(0), { predictProb: 1 })).toHaveLength(0);
  });

  it("chooses inner tokens alone, at least one of every sentence that has any", () => {
    const cases = arbitraryVocab().chain((any) => arbitraryBatch(any, { framed: true }));
    fc.assert(
      fc.property(cases, fc.nat(), fc.constantFrom(0, 0.15, 1), ({ shape, lengths, ids }, seed, predictProb) => {
        const targets = chooseEvaluationTargets({ ids, shape, lengths }, createNumpyRng(seed), { predictProb });
        lengths.forEach((length, row) => {
          const places = [...targets]
            .filter((index) => Math.floor(index / shape[1]) === row)
            .map((index) => index % shape[1]);
          for (const t of places) expect(t > 0 && t < length - 1).toBe(true);
          if (predictProb === 1) expect(places).toHaveLength(length - 2);
          else expect(places.length).toBeGreaterThanOrEqual(length > 2 ? 1 : 0);
        });
      }),
    );
  });

  it("refuses a share that is none", () => {
    expect(() => evaluationMask(batch, vocab, createNumpyRng(0), { predictProb: -1 })).toThrow("predictProb is -1");
  });
});

describe("createNumpyRng", () => {
  it("draws whole numbers over the full span", () => {
    const rng = createNumpyRng(123);
    const draws = Array.from({ length: 200 }, () => rng.randint(-2, 2 ** 32 - 2));
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(-2);
    expect(Math.max(...draws)).toBeGreaterThan(2 ** 31);
    expect(rng.randint(7, 8)).toBe(7);
  });

  it("goes on after its 624 words", () => {
    // python3 -c "import numpy; r = numpy.random.RandomState(7); r.rand(1000); print(r.rand())"
    const rng = createNumpyRng(7);
    for (let i = 0; i < 1000; i++) rng.rand();
    expect(rng.rand()).toBe(0.08378587007198324);
  });

  it("refuses seeds and spans that NumPy refuses", () => {
    expect(() => createNumpyRng(-1)).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: seed is -1: it must be a whole number from 0 to 4294967295. Fix: give seed such a value]`,
    );
    expect(() => createNumpyRng(0).randint(3, 3)).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: an integer is drawn from 3 to below 3: the span must hold 1 to 2^32 whole numbers. Fix: pass whole numbers with low below high]`,
    );
  });
});
