import { createRng, type TokenBatch, type Vocab } from "@xlm/core";
import { arbitraryVocabAndBatch, maskingLaws } from "@xlm/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluationMask, createNumpyRng, maskTokens, maskingStats } from "./index.js";

const seeds = fc.nat();

describe("Bernoulli masking", () => {
  for (const law of maskingLaws(maskTokens)) it(law.name, law.run);
});

describe("Bernoulli masking with other shares", () => {
  const [predictProb, maskKeepRand] = [0.4, [0.5, 0, 0.5]] as const;
  const mask = (batch: TokenBatch, vocab: Vocab, rng: ReturnType<typeof createRng>) =>
    maskTokens(batch, vocab, rng, { predictProb, maskKeepRand });
  for (const law of maskingLaws(mask, { predictProb, maskKeepRand })) it(law.name, law.run);
});

describe("weighted masking, rounded", () => {
  // The share is of all places, padding included, so the share of tokens is not predictProb.
  const laws = maskingLaws((...given) => maskTokens(...given, { sampleAlpha: 0.5, roundTo: 4 }), { predictProb: null });
  for (const law of laws) it(law.name, law.run);
});

describe("evaluation masking", () => {
  const mask = (batch: TokenBatch, vocab: Vocab, rng: ReturnType<typeof createRng>) =>
    evaluationMask(batch, vocab, createNumpyRng(rng.uint32()));
  for (const law of maskingLaws(mask, { predictProb: null, maskKeepRand: [1, 0, 0] })) it(law.name, law.run);
});

describe("masking", () => {
  const widened = ({ ids, shape: [rows, seq], lengths }: TokenBatch, extra: number, padId: number): TokenBatch => {
    const wide = new Int32Array(rows * (seq + extra)).fill(padId);
    for (let row = 0; row < rows; row++) wide.set(ids.subarray(row * seq, (row + 1) * seq), row * (seq + extra));
    return { ids: wide, shape: [rows, seq + extra], lengths };
  };

  it("does not depend on the width of the padding", () => {
    fc.assert(
      fc.property(arbitraryVocabAndBatch(), seeds, fc.integer({ min: 1, max: 9 }), ({ vocab, batch }, seed, extra) => {
        const { ids, shape, lengths } = batch;
        const [one, other] = [createRng(seed), createRng(seed)];
        const narrow = maskTokens({ ids, shape, lengths }, vocab, one, { predictProb: 0.5 });
        const wide = maskTokens(widened(batch, extra, vocab.padId), vocab, other, { predictProb: 0.5 });
        expect(wide.ids).toEqual(widened(narrow, extra, vocab.padId).ids);
        expect(wide.targets).toEqual(narrow.targets);
        expect(other.state()).toEqual(one.state());
      }),
    );
  });

  it("chooses the requested share of tokens, whatever it is", () => {
    const vocab: Vocab = { size: 1000, bosId: 0, eosId: 1, padId: 2, unkId: 3, maskId: 5 };
    const [rows, seq] = [16, 257];
    const plain: TokenBatch = {
      ids: new Int32Array(rows * seq).fill(20),
      shape: [rows, seq],
      lengths: new Int32Array(rows).fill(seq),
    };
    fc.assert(
      fc.property(seeds, fc.double({ min: 0.05, max: 0.95, noNaN: true }), (seed, p) => {
        const n = rows * (seq - 1);
        const { chosen } = maskingStats(maskTokens(plain, vocab, createRng(seed), { predictProb: p }), vocab);
        const sixSigma = 6 * Math.sqrt(n * p * (1 - p)); // binomial
        expect(Math.abs(chosen - n * p)).toBeLessThan(sixSigma);
      }),
    );
  });

  it("settles shares finer than a byte", () => {
    // 0.001 is a quarter of a byte's 1/256: without the second draw nothing or 0.4 % would be chosen.
    const vocab: Vocab = { size: 1000, bosId: 0, eosId: 1, padId: 2, unkId: 3, maskId: 5 };
    const n = 200_000;
    const long: TokenBatch = { ids: new Int32Array(n + 1).fill(20), shape: [1, n + 1], lengths: Int32Array.of(n + 1) };
    const { targets } = maskTokens(long, vocab, createRng(1), { predictProb: 0.001 });
    expect(Math.abs(targets.length - n * 0.001)).toBeLessThan(6 * Math.sqrt(n * 0.001)); // binomial
  });

  it("cuts the number of targets to a multiple, or leaves fewer", () => {
    fc.assert(
      fc.property(
        arbitraryVocabAndBatch(),
        seeds,
        fc.integer({ min: 1, max: 9 }),
        ({ vocab, batch }, seed, roundTo) => {
          const n = maskTokens(batch, vocab, createRng(seed), { predictProb: 0.5 }).targets.length;
          const rounded = maskTokens(batch, vocab, createRng(seed), { predictProb: 0.5, roundTo }).targets.length;
          expect(rounded).toBe(n < roundTo ? n : n - (n % roundTo));
        },
      ),
    );
  });
});
