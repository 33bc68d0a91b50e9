import { createRng, type TokenBatch, type Vocab } from "@xlm/core";
import { describe, expect, it } from "vitest";
import {
  applyMask,
  chooseReplacements,
  chooseTargets,
  createMasker,
  maskTokens,
  maskingStats,
  settleTargets,
} from "./index.js";

const vocab: Vocab = { size: 100, bosId: 0, eosId: 1, padId: 2, unkId: 3, maskId: 5 };

// Two sentences between </s> marks, the second padded.
const batch: TokenBatch = {
  ids: Int32Array.of(1, 20, 21, 22, 23, 1, /**/ 1, 30, 31, 1, 2, 2),
  shape: [2, 6],
  lengths: Int32Array.of(6, 4),
};

const plainBatch = (rows: number, seq: number): TokenBatch => ({
  ids: Int32Array.from({ length: rows * seq }, (_, i) => 14 + (i % 86)),
  shape: [rows, seq],
  lengths: new Int32Array(rows).fill(seq),
});

describe("applyMask", () => {
  it("hides the targets and remembers them", () => {
    const { ids, targetIndices, targets } = applyMask(batch, vocab, Int32Array.of(2, 7));
    expect([...ids]).toEqual([1, 20, 5, 22, 23, 1, /**/ 1, 5, 31, 1, 2, 2]);
    expect([...targetIndices]).toEqual([2, 7]);
    expect([...targets]).toEqual([21, 30]);
  });

  it("hides, leaves or replaces", () => {
    const replacements = { actions: Uint8Array.of(0, 1, 2), randomIds: Int32Array.of(0, 0, 77) };
    const { ids, targets } = applyMask(batch, vocab, Int32Array.of(1, 2, 3), replacements);
    expect([...ids.slice(0, 6)]).toEqual([1, 5, 21, 77, 23, 1]);
    expect([...targets]).toEqual([20, 21, 22]);
  });

  it("refuses what does not belong together", () => {
    const one = (actions: number[], randomIds: number[]) => () =>
      applyMask(batch, vocab, Int32Array.of(1), {
        actions: Uint8Array.from(actions),
        randomIds: Int32Array.from(randomIds),
      });
    expect(() => applyMask(batch, vocab, Int32Array.of(3, 3))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: target index 3 follows 3 in a batch of 12 places: targets are flat indices into [batch, seq], ascending and all different. Fix: pass what chooseTargets or settleTargets returned]`,
    );
    expect(() => applyMask(batch, vocab, Int32Array.of(12))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: target index 12 follows -1 in a batch of 12 places: targets are flat indices into [batch, seq], ascending and all different. Fix: pass what chooseTargets or settleTargets returned]`,
    );
    expect(one([0, 0], [0])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: actions has 2 elements and its shape is [1]: that shape holds 1 elements. Fix: pass an array of 1 elements, or correct the shape]`,
    );
    expect(one([3], [0])).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: action 0 is 3: a chosen token is hidden (0), left alone (1) or replaced (2). Fix: use 0, 1 or 2]`,
    );
    expect(one([2], [100])).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: random id 0 is 100 and the vocabulary has 100 ids: a replacement must be a token the model knows. Fix: use ids from 0 to 99]`,
    );
    expect(() => applyMask({ ...batch, shape: [2, 5] }, vocab, Int32Array.of(1))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: ids has 12 elements and its shape is [2, 5]: that shape holds 10 elements. Fix: pass an array of 10 elements, or correct the shape]`,
    );
  });
});

describe("settleTargets", () => {
  it("sorts places and leaves out padding and first tokens", () => {
    expect([...settleTargets(batch, vocab, [9, 0, 3, 11, 6, 1])]).toEqual([1, 3, 9]);
  });

  it("leaves out padding that the lengths count", () => {
    expect([...settleTargets({ ...batch, lengths: Int32Array.of(6, 6) }, vocab, [9, 10])]).toEqual([9]);
  });

  it("cuts their number from the first columns", () => {
    // Columns: 1 holds places 1 and 7, 2 holds 2 and 8, 3 holds 3. Of five, one goes: the first of column 1.
    expect([...settleTargets(batch, vocab, [1, 2, 3, 7, 8], { roundTo: 4 })]).toEqual([2, 3, 7, 8]);
    expect([...settleTargets(batch, vocab, [1, 2, 3, 7, 8], { roundTo: 3 })]).toEqual([2, 3, 8]);
  });

  it("keeps all of fewer than the multiple", () => {
    expect([...settleTargets(batch, vocab, [1, 2, 3], { roundTo: 8 })]).toEqual([1, 2, 3]);
  });

  it("refuses places outside the batch", () => {
    expect(() => settleTargets(batch, vocab, [12])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: place 12 is drawn and the batch is [2, 6]: its places are numbered 0 to 11, row after row. Fix: pass flat indices into [batch, seq]; the original numbers its places [seq, batch]]`,
    );
    expect(() => settleTargets(batch, vocab, [1.5])).toThrow("place 1.5 is drawn");
  });
});

describe("maskTokens", () => {
  it("chooses every token but the first at probability 1, none at 0", () => {
    const all = maskTokens(batch, vocab, createRng(1), { predictProb: 1, maskKeepRand: [1, 0, 0] });
    expect([...all.targetIndices]).toEqual([1, 2, 3, 4, 5, 7, 8, 9]);
    expect([...all.ids]).toEqual([1, 5, 5, 5, 5, 5, /**/ 1, 5, 5, 5, 2, 2]);
    const none = maskTokens(batch, vocab, createRng(1), { predictProb: 0 });
    expect(none.targets).toHaveLength(0);
    expect(none.ids).toEqual(batch.ids);
  });

  it("has no targets where nothing can be chosen", () => {
    const short: TokenBatch = { ids: Int32Array.of(1, 2, 2, 2), shape: [2, 2], lengths: Int32Array.of(1, 0) };
    expect(maskTokens(short, vocab, createRng(1), { predictProb: 1 }).targets).toHaveLength(0);
    const nothing: TokenBatch = { ids: new Int32Array(0), shape: [0, 0], lengths: new Int32Array(0) };
    expect(maskTokens(nothing, vocab, createRng(1)).targets).toHaveLength(0);
  });

  it("gives these masks for this seed, here and everywhere", () => {
    const { ids, targetIndices } = maskTokens(plainBatch(2, 16), vocab, createRng(42), { predictProb: 0.3 });
    expect([...targetIndices]).toMatchInlineSnapshot(`
      [
        5,
        6,
        12,
        15,
        18,
        19,
        31,
      ]
    `);
    expect(Array.from(targetIndices, (index) => ids[index])).toMatchInlineSnapshot(`
      [
        19,
        5,
        5,
        5,
        5,
        5,
        5,
      ]
    `);
  });

  it("is choosing targets, choosing replacements and applying them", () => {
    const large = plainBatch(8, 64);
    const rng = createRng(3);
    const targets = chooseTargets(large, vocab, rng);
    const replacements = chooseReplacements(targets.length, vocab, rng);
    expect(maskTokens(large, vocab, createRng(3))).toEqual(applyMask(large, vocab, targets, replacements));
  });

  it("does as a masker made once", () => {
    const options = { predictProb: 0.2, sampleAlpha: 0.5, roundTo: 8 };
    const counted = { ...vocab, counts: Int32Array.from({ length: 100 }, (_, id) => (id < 14 ? 0 : id)) };
    const mask = createMasker(counted, options);
    const [ours, theirs] = [createRng(4), createRng(4)];
    for (let i = 0; i < 3; i++) {
      expect(mask(plainBatch(4, 32), ours)).toEqual(maskTokens(plainBatch(4, 32), counted, theirs, options));
    }
  });

  it("accepts shares that add up within rounding", () => {
    const { ids } = maskTokens(plainBatch(4, 8), vocab, createRng(1), {
      predictProb: 1,
      maskKeepRand: [0.7, 0.2, 0.1],
    });
    expect(ids).toHaveLength(32);
  });

  it("refuses options that cannot be used", () => {
    const run = (options: Parameters<typeof maskTokens>[3]) => () => maskTokens(batch, vocab, createRng(1), options);
    expect(run({ predictProb: 1.5 })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: predictProb is 1.5: it is a probability. Fix: use a number from 0 to 1]`,
    );
    expect(run({ maskKeepRand: [0.8, 0.1, 0.2] })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: maskKeepRand is 0.8, 0.1, 0.2, which adds up to 1.1: these are the shares of a whole. Fix: choose shares that add up to 1]`,
    );
    expect(run({ maskKeepRand: [1, 0] as unknown as [number, number, number] })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: maskKeepRand has 2 entries: it holds the shares of hidden, kept and randomly replaced tokens. Fix: give three numbers, such as [0.8, 0.1, 0.1]]`,
    );
    expect(run({ sampleAlpha: -1 })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: sampleAlpha is -1: tokens are weighted by their count to the power of -sampleAlpha. Fix: use 0 for equal chances, or a positive number such as 0.5]`,
    );
    expect(run({ roundTo: 0 })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: roundTo is 0: it must be a whole number of at least 1. Fix: give roundTo such a value]`,
    );
  });
});

describe("maskingStats", () => {
  it("counts what stands in the places of the targets", () => {
    const replacements = { actions: Uint8Array.of(0, 0, 1, 2), randomIds: Int32Array.of(0, 0, 0, 77) };
    const masked = applyMask(batch, vocab, Int32Array.of(1, 2, 3, 8), replacements);
    expect(maskingStats(masked, vocab)).toEqual({ tokens: 8, chosen: 4, masked: 2, kept: 1, random: 1 });
  });
});
