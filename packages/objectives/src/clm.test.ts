import { type TokenBatch } from "@xlm/core";
import { arbitraryVocabAndBatch } from "@xlm/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clmTargets } from "./index.js";

const batch: TokenBatch = {
  ids: Int32Array.of(1, 20, 21, 1, /**/ 1, 30, 1, 2),
  shape: [2, 4],
  lengths: Int32Array.of(4, 3),
};

describe("clmTargets", () => {
  it("predicts the next token of every token but the last", () => {
    const { ids, targetIndices, targets } = clmTargets(batch);
    expect([...targetIndices]).toEqual([0, 1, 2, 4, 5]);
    expect([...targets]).toEqual([20, 21, 1, 30, 1]);
    expect(ids).toEqual(batch.ids);
  });

  it("starts after the context", () => {
    expect([...clmTargets(batch, { contextSize: 1 }).targetIndices]).toEqual([1, 2, 5]);
    expect(clmTargets(batch, { contextSize: 3 }).targets).toHaveLength(0);
  });

  it("refuses a context that is no whole number", () => {
    expect(() => clmTargets(batch, { contextSize: -1 })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: contextSize is -1: it must be a whole number of at least 0. Fix: give contextSize such a value]`,
    );
  });

  it("has length - 1 - contextSize targets a row, each to the right of its place", () => {
    fc.assert(
      fc.property(arbitraryVocabAndBatch(), fc.nat({ max: 5 }), ({ batch: any }, contextSize) => {
        const { targetIndices, targets } = clmTargets(any, { contextSize });
        const expected = Array.from(any.lengths, (length) => Math.max(0, length - 1 - contextSize));
        expect(targets).toHaveLength(expected.reduce((a, b) => a + b, 0));
        targetIndices.forEach((index, i) => expect(targets[i]).toBe(any.ids[index + 1]));
      }),
    );
  });
});
