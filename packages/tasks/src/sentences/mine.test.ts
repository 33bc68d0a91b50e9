import { DataError, OptionError } from "@xlm/core";
import type { Vectors } from "@xlm/trainer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bitextF1 } from "./bitext-f1.js";
import { marginScore } from "./margin.js";
import { mineBitext, type MinedPair } from "./mine.js";

const vectors = (rows: readonly (readonly number[])[]): Vectors => ({
  data: Float32Array.from(rows.flat()),
  shape: [rows.length, rows[0]!.length],
});

describe("mineBitext", () => {
  const source = vectors([[1, 0], [0, 1], [1, 1]]); // prettier-ignore
  const target = vectors([[0, 2], [3, 0.1]]); // prettier-ignore

  it("pairs each sentence once, best first", () => {
    const pairs = mineBitext(source, target, { margin: "absolute" });
    expect(pairs.map(({ source, target }) => [source, target])).toEqual([[1, 0], [0, 1]]); // prettier-ignore
    expect(pairs[0]!.score).toBeCloseTo(1, 12);
    expect(pairs[1]!.score).toBeCloseTo(3 / Math.hypot(3, 0.1), 7); // 0.1 is a float32
  });

  it("pairs every sentence of one side when asked", () => {
    const pairs = mineBitext(source, target, { margin: "absolute", retrieval: "forward" });
    expect(pairs.map(({ source, target }) => [source, target])).toEqual([[1, 0], [0, 1], [2, 1]]); // prettier-ignore
    expect(mineBitext(source, target, { retrieval: "backward" })).toHaveLength(2);
    expect(mineBitext(source, target, { retrieval: "intersect", threshold: 5 })).toEqual([]);
  });

  it("compares with the surroundings of both rows", () => {
    expect(marginScore("ratio", 0.9, 0.5, 0.7)).toBeCloseTo(1.5, 12); // 0.9 / 0.6
    expect(marginScore("distance", 0.9, 0.5, 0.7)).toBeCloseTo(0.3, 12);
    expect(marginScore("absolute", 0.9, 0.5, 0.7)).toBe(0.9);
    expect(marginScore("ratio", 0.9, -0.5, 0.1)).toBeGreaterThan(marginScore("ratio", 0.9, 0.5, 0.1));
    expect(marginScore("ratio", 0, 0, 0)).toBe(0);
  });

  it("refuses choices that there are not", () => {
    expect(() => mineBitext(source, target, { margin: "cosine" as "ratio" })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: margin is "cosine": no score has that name. Fix: use "ratio", "distance" or "absolute"]`,
    );
    expect(() => mineBitext(source, target, { retrieval: "all" as "max" })).toThrow(OptionError);
    expect(() => mineBitext(source, target, { threshold: NaN })).toThrow(OptionError);
    expect(() => mineBitext(source, vectors([[NaN, 1]]))).toThrow(DataError);
  });
});

describe("bitextF1", () => {
  const mined: MinedPair[] = [
    { source: 0, target: 0, score: 1.4 },
    { source: 1, target: 1, score: 1.2 },
    { source: 2, target: 5, score: 1.1 },
    { source: 3, target: 3, score: 0.9 },
  ];
  const gold = [[0, 0], [1, 1], [2, 2], [7, 7]] as const; // prettier-ignore

  it("counts what is right among what was mined and what is known", () => {
    const { precision, recall, f1, best } = bitextF1(mined, gold);
    expect([precision, recall, f1]).toEqual([2 / 4, 2 / 4, 1 / 2]);
    expect(best).toEqual({ threshold: 1.2, precision: 1, recall: 1 / 2, f1: 2 / 3 });
  });

  it("has no threshold when nothing is right", () => {
    const nothing = { precision: 0, recall: 0, f1: 0 };
    expect(bitextF1([], gold)).toEqual({ ...nothing, best: { ...nothing, threshold: Infinity } });
    expect(bitextF1([{ source: 8, target: 9, score: 2 }], gold).best.threshold).toBe(Infinity);
  });

  it("counts a pair once", () => {
    expect(bitextF1([...mined, ...mined], [...gold, ...gold])).toEqual(bitextF1(mined, gold));
  });

  it("refuses what has no F1", () => {
    expect(() => bitextF1(mined, [])).toThrowErrorMatchingInlineSnapshot(
      `[DataError: there are no known pairs: mined pairs are compared with them. Fix: pass at least one]`,
    );
    expect(() => bitextF1([{ source: 0, target: 0, score: NaN }], gold)).toThrow(DataError);
  });

  it("finds the threshold that trying all of them finds, whatever the order", () => {
    const pair = fc.record({
      source: fc.nat(5),
      target: fc.nat(5),
      score: fc.integer({ min: 0, max: 9 }), // ties
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(pair, { selector: ({ source, target }) => `${source} ${target}` }),
        fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { minLength: 1 }),
        (pairs, gold) => {
          const of = (threshold: number): number =>
            bitextF1(
              pairs.filter(({ score }) => score >= threshold),
              gold,
            ).f1;
          const tried = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((threshold) => of(threshold));
          const { best } = bitextF1(pairs, gold);
          expect(best.f1).toBe(Math.max(...tried));
          expect(of(best.threshold)).toBe(best.f1);
          expect(bitextF1([...pairs].reverse(), gold).best).toEqual(best);
        },
      ),
    );
  });
});
