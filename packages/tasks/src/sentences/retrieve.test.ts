import { DataError, OptionError, ShapeError } from "@xlm/core";
import { retrievalAccuracy, type Vectors } from "@xlm/trainer";
import { describe, expect, it } from "vitest";
import { retrieveSentences, scoreRetrieval } from "./retrieve.js";

const vectors = (rows: readonly (readonly number[])[]): Vectors => ({
  data: Float32Array.from(rows.flat()),
  shape: [rows.length, rows[0]!.length],
});

describe("retrieveSentences", () => {
  const source = vectors([[1, 0], [0, 5]]); // prettier-ignore
  const target = vectors([[0, 2], [3, 0], [1, 1]]); // prettier-ignore

  it("finds the nearest rows by cosine, best first", () => {
    const { indices, scores, shape } = retrieveSentences(source, target, { k: 2 });
    expect(shape).toEqual([2, 2]);
    expect([...indices]).toEqual([1, 2, 0, 2]);
    expect([...scores].map((score) => score.toFixed(4))).toEqual(["1.0000", "0.7071", "1.0000", "0.7071"]);
  });

  it("has at most as many neighbours as there are rows", () => {
    expect(retrieveSentences(source, target).shape).toEqual([2, 3]);
    expect(retrieveSentences(target, source, { score: "margin", k: 100 }).shape).toEqual([3, 2]);
  });

  it("takes the first of equally near rows", () => {
    const same = vectors([[1, 1], [2, 2], [1, 1]]); // prettier-ignore
    expect([...retrieveSentences(vectors([[3, 3]]), same, { k: 2 }).indices]).toEqual([0, 1]);
  });

  it("sees by margin that a row is near to everything", () => {
    // The hub is a little nearer to the first row than its translation; it is near to the others as well.
    const degrees = (...angles: number[]): Vectors =>
      vectors(angles.map((angle) => [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)]));
    const [left, right] = [degrees(0, 20, 24), degrees(-13, 12, 33)];
    expect(retrieveSentences(left, right, { k: 2 }).indices[0]).toBe(1);
    expect(retrieveSentences(left, right, { k: 2, score: "margin" }).indices[0]).toBe(0);
  });

  it("takes off what a side has in common", () => {
    const left = vectors([[1, 0], [-1, 0], [0, 1], [0, -1]]); // prettier-ignore
    const moved = { ...left, data: left.data.map((value) => value + 50) };
    expect(scoreRetrieval(left, moved).error).toBeGreaterThan(0);
    expect(scoreRetrieval(left, moved, { center: true }).error).toBe(0);
    expect([0, 4, 8, 12].map((at) => retrieveSentences(left, moved, { center: true }).indices[at])).toEqual([
      0, 1, 2, 3,
    ]);
  });

  it("gives a row of zeros cosine 0 with all", () => {
    const { indices, scores } = retrieveSentences(vectors([[0, 0]]), target, { k: 3 });
    expect([...indices]).toEqual([0, 1, 2]);
    expect([...scores]).toEqual([0, 0, 0]);
  });

  it("refuses sides that cannot be compared", () => {
    expect(() => retrieveSentences(source, vectors([[1, 2, 3]]))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: the source vectors are [2, 2] and the target vectors [1, 3]: rows are compared number by number. Fix: embed both sides with one model]`,
    );
    expect(() => retrieveSentences(source, { data: new Float32Array(), shape: [0, 2] })).toThrow(ShapeError);
    expect(() => retrieveSentences(source, { data: new Float32Array(3), shape: [2, 2] })).toThrow(ShapeError);
    expect(() => retrieveSentences(vectors([[1, NaN]]), target)).toThrow(DataError);
    expect(() => retrieveSentences(source, target, { k: 0 })).toThrow(OptionError);
    expect(() => retrieveSentences(source, target, { score: "dot" as "cosine" })).toThrow(OptionError);
  });
});

describe("scoreRetrieval", () => {
  const source = vectors([[1, 0], [0, 1], [1, 1]]); // prettier-ignore
  const target = vectors([[1, 0.1], [1, 0], [1, 1]]); // prettier-ignore

  it("counts rows whose best is their own, both ways", () => {
    const { forward, backward, chance, error } = scoreRetrieval(source, target);
    expect([forward, backward, chance]).toEqual([1 / 3, 2 / 3, 1 / 3]); // the first row finds the second, the second the third
    expect(error).toBeCloseTo(1 / 2, 12);
    expect(retrievalAccuracy(source, target)).toEqual({ forward, backward, chance });
  });

  it("scores by margin too", () => {
    expect(scoreRetrieval(source, source, { score: "margin" })).toEqual({
      forward: 1,
      backward: 1,
      chance: 1 / 3,
      error: 0,
    });
  });

  it("needs as many rows on both sides", () => {
    expect(() => scoreRetrieval(source, vectors([[1, 0]]), { score: "margin" })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: there are 3 source rows and 1 target rows: row i of the one is the translation of row i of the other. Fix: pass both sides of the same sentence pairs]`,
    );
  });
});
