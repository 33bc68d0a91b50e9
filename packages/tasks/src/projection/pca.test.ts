import { DataError, OptionError, ShapeError } from "@xlm/core";
import type { Vectors } from "@xlm/trainer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pca } from "./pca.js";

const vectors = (rows: readonly (readonly number[])[]): Vectors => ({
  data: Float32Array.from(rows.flat()),
  shape: [rows.length, rows[0]!.length],
});
const closeTo = (actual: ArrayLike<number>, expected: readonly number[], tolerance = 1e-5): void => {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => expect(Math.abs(actual[i]! - value)).toBeLessThanOrEqual(tolerance));
};
const distance = ({ data, shape: [, dim] }: Vectors, i: number, j: number): number =>
  Math.hypot(...Array.from({ length: dim }, (_, k) => data[i * dim + k]! - data[j * dim + k]!));

describe("pca", () => {
  it("lays a line in the plane along the first axis", () => {
    const line = vectors([
      [0, 0],
      [3, 4],
      [6, 8],
    ]);
    const { data, shape } = pca(line);
    expect(shape).toEqual([3, 2]);
    closeTo(data, [-5, 0, 0, 0, 5, 0]); // direction (0.6, 0.8): both its components are positive
  });

  it("points each direction where its largest component is positive", () => {
    const line = vectors([
      [1, -4],
      [-1, 4],
    ]);
    closeTo(pca(line, 1).data, [-Math.sqrt(17), Math.sqrt(17)]); // the direction is (-1, 4) / sqrt(17)
  });

  it("gives zeros where the rows spread no more", () => {
    const { data } = pca(vectors([[1, 2, 3, 4]]), 3);
    expect([...data]).toEqual([0, 0, 0]);
    const two = pca(vectors([[1, 0, 0], [0, 1, 0]]), 3); // prettier-ignore
    expect([...two.data.subarray(1, 3), ...two.data.subarray(4, 6)]).toEqual([0, 0, 0, 0]);
    expect([...pca(vectors([[7], [7], [7]]), 1).data]).toEqual([0, 0, 0]);
  });

  it("refuses what it cannot project", () => {
    expect(() => pca({ data: new Float32Array(), shape: [0, 3] })).toThrow(ShapeError);
    expect(() => pca(vectors([[1], [2]]))).toThrow(OptionError);
    expect(() => pca(vectors([[1, NaN]]))).toThrowErrorMatchingInlineSnapshot(
      `[DataError: the vectors have NaN in row 0, column 1: it is neither near to anything nor far from it. Fix: leave such rows out, and look at what made them]`,
    );
    expect(() => pca(vectors([[1, Infinity]]))).toThrow(DataError);
  });
});

describe("laws of pca", () => {
  const anyRows = fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 2, max: 9 }))
    .chain(([n, dim]) =>
      fc.array(fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: dim, maxLength: dim }), {
        minLength: n,
        maxLength: n,
      }),
    )
    .map(vectors);

  it("keeps every distance when no dimension is left out, of few and of many rows", () => {
    fc.assert(
      fc.property(anyRows, (x) => {
        const y = pca(x, x.shape[1]);
        for (let i = 0; i < x.shape[0]; i++) {
          for (let j = 0; j < i; j++) expect(Math.abs(distance(x, i, j) - distance(y, i, j))).toBeLessThan(1e-4);
        }
      }),
    );
  });

  it("spreads less from one coordinate to the next, about 0, and without correlation", () => {
    fc.assert(
      fc.property(anyRows, (x) => {
        const [n, dims] = pca(x, x.shape[1]).shape;
        const { data } = pca(x, dims);
        const product = (a: number, b: number): number =>
          Array.from({ length: n }, (_, i) => data[i * dims + a]! * data[i * dims + b]!).reduce((s, v) => s + v, 0);
        for (let d = 0; d < dims; d++) {
          const sum = Array.from({ length: n }, (_, i) => data[i * dims + d]!).reduce((s, v) => s + v, 0);
          expect(Math.abs(sum)).toBeLessThan(1e-3);
          if (d > 0) expect(product(d, d)).toBeLessThanOrEqual(product(d - 1, d - 1) + 1e-3);
          for (let e = 0; e < d; e++) expect(Math.abs(product(d, e))).toBeLessThan(1e-2);
        }
      }),
    );
  });

  it("gives the same bits again, and leaves its input alone", () => {
    fc.assert(
      fc.property(anyRows, (x) => {
        const before = x.data.slice();
        expect(pca(x)).toEqual(pca(x));
        expect(x.data).toEqual(before);
      }),
    );
  });
});
