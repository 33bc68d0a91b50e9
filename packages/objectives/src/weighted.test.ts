import { createRng, type TokenBatch, type Vocab } from "@xlm/core";
import { describe, expect, it } from "vitest";
import { chooseTargets, drawPlaces, maskScores } from "./index.js";

const counts = [0, 0, 0, 9, 100, 4, 1, 0];
const vocab: Vocab = { size: 8, bosId: 0, eosId: 1, padId: 3, unkId: 2, maskId: 7, counts };

const replay = (draws: number[]) => (): number => draws.shift() as number;

describe("maskScores", () => {
  it("is count ^ -alpha, and 0 for padding and for tokens that never occur", () => {
    expect([...maskScores(vocab, 0.5)]).toEqual([0, 0, 0, 0, 1 / 10, 1 / 2, 1, 0]);
    expect([...maskScores(vocab, 1)]).toEqual([0, 0, 0, 0, 1 / 100, 1 / 4, 1, 0]);
  });

  it("needs counts, of this vocabulary, not all 0", () => {
    expect(() => maskScores({ ...vocab, counts: undefined }, 0.5)).toThrowErrorMatchingInlineSnapshot(
      `[DataError: sampleAlpha is 0.5 and the vocabulary has no counts: frequency-weighted masking weighs a token by how often it occurs. Fix: pass a vocabulary with counts, or use sampleAlpha 0]`,
    );
    expect(() => maskScores({ ...vocab, counts: [1] }, 0.5)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: counts of the vocabulary has 1 elements and its shape is [8]: that shape holds 8 elements. Fix: pass an array of 8 elements, or correct the shape]`,
    );
    expect(() => maskScores({ ...vocab, counts: new Int32Array(8) }, 0.5)).toThrowErrorMatchingInlineSnapshot(
      `[DataError: all 8 counts of the vocabulary are 0: a token that never occurs is never a target of frequency-weighted masking. Fix: count the tokens of the training text, or use sampleAlpha 0]`,
    );
  });
});

describe("drawPlaces", () => {
  it("looks draws up in the running sums, the boundary belonging to the right", () => {
    // Shares [.25, 0, .25, .5] end at .25, .25, .5 and 1.
    expect([...drawPlaces([1, 0, 1, 2], 3, replay([0.25, 0.5, 0.1]))]).toEqual([2, 3, 0]);
  });

  it("draws again, without the found, for those met twice", () => {
    // Round 1: .9 and .8 both fall on place 3. Round 2, shares [.5, 0, .5, 0]: .5 falls on place 2.
    expect([...drawPlaces([1, 0, 1, 2], 2, replay([0.9, 0.8, 0.5]))]).toEqual([3, 2]);
  });

  it("refuses to draw more than there are", () => {
    expect(() => drawPlaces([1, 0, 2], 3, () => 0)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: 3 different places are asked for and 2 weights are positive: a place is drawn at most once. Fix: draw 2 or fewer]`,
    );
    expect([...drawPlaces([1, 0, 2], 0, () => 0)]).toEqual([]);
  });
});

describe("chooseTargets with sampleAlpha", () => {
  const batch = (ids: number[], lengths = [4, 4]): TokenBatch => ({
    ids: Int32Array.from(ids),
    shape: [2, 4],
    lengths: Int32Array.from(lengths),
  });

  it("draws ceil(predictProb * seq * batch) places and drops first tokens", () => {
    const ids = [0, 4, 5, 6, 0, 4, 5, 6]; // id 0 never occurs in the counts, so first tokens are never drawn
    for (let seed = 0; seed < 20; seed++) {
      expect(chooseTargets(batch(ids), vocab, createRng(seed), { sampleAlpha: 0.5, predictProb: 0.3 })).toHaveLength(3);
    }
  });

  it("drops first tokens that were drawn", () => {
    const all = chooseTargets(batch([4, 4, 4, 4, 5, 5, 5, 5]), vocab, createRng(1), { sampleAlpha: 1, predictProb: 1 });
    expect([...all]).toEqual([1, 2, 3, 5, 6, 7]);
  });

  it("never draws tokens that never occur, and draws all others when there are too few", () => {
    const few = chooseTargets(batch([0, 4, 1, 1, 0, 1, 5, 1]), vocab, createRng(1), { sampleAlpha: 1, predictProb: 1 });
    expect([...few]).toEqual([1, 6]);
    expect(chooseTargets(batch([0, 1, 1, 1, 0, 1, 1, 1]), vocab, createRng(1), { sampleAlpha: 1 })).toHaveLength(0);
  });

  it("leaves out padding", () => {
    const ids = [0, 4, 3, 3, 0, 6, 3, 3];
    const all = chooseTargets(batch(ids, [2, 2]), vocab, createRng(1), { sampleAlpha: 1, predictProb: 1 });
    expect([...all]).toEqual([1, 5]);
  });

  it("favours rare tokens by their weight", () => {
    // One draw over ids 5 (weight 1/2) and 6 (weight 1): id 6 two times in three.
    const pair: TokenBatch = { ids: Int32Array.of(0, 5, 6), shape: [1, 3], lengths: Int32Array.of(3) };
    const n = 3000;
    const rng = createRng(1);
    let rare = 0;
    for (let i = 0; i < n; i++) {
      if (chooseTargets(pair, vocab, rng, { sampleAlpha: 0.5, predictProb: 0.1 })[0] === 2) rare++;
    }
    const sixSigma = 6 * Math.sqrt(n * (2 / 3) * (1 / 3)); // binomial
    expect(Math.abs(rare - (n * 2) / 3)).toBeLessThan(sixSigma);
  });

  it("names a token outside the vocabulary", () => {
    const run = () => chooseTargets(batch([0, 4, 5, 6, 0, 8, 5, 6]), vocab, createRng(1), { sampleAlpha: 0.5 });
    expect(run).toThrowErrorMatchingInlineSnapshot(
      `[MismatchError: token 1 of row 1 has id 8 and the vocabulary has 8 ids: masking looks every token up in the counts of its vocabulary. Fix: use the vocabulary the batch was indexed with]`,
    );
  });
});
