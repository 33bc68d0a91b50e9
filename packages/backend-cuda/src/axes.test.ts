import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stridesOf } from "@xlm/kernels/backend";
import { collapse, padded } from "./axes.js";

describe("collapse", () => {
  it("takes a dense array as one axis", () => {
    expect(collapse([2, 3, 4], [stridesOf([2, 3, 4])])).toEqual({ sizes: [24], strides: [[1]] });
  });

  it("keeps apart what one of the arrays goes through otherwise", () => {
    // [2, 3] and its transpose
    expect(
      collapse(
        [2, 3],
        [
          [3, 1],
          [1, 2],
        ],
      ),
    ).toEqual({
      sizes: [2, 3],
      strides: [
        [3, 1],
        [1, 2],
      ],
    });
  });

  it("visits the same places in the same order", () => {
    const axis = fc.record({ size: fc.integer({ min: 1, max: 4 }), a: fc.nat({ max: 9 }), b: fc.nat({ max: 9 }) });
    const places = (sizes: readonly number[], strides: readonly number[]): number[] =>
      sizes.reduce<number[]>(
        (all, size, i) =>
          all.flatMap((at) => Array.from({ length: size }, (_, index) => at + index * (strides[i] as number))),
        [0],
      );
    fc.assert(
      fc.property(fc.array(axis, { maxLength: 5 }), (axes) => {
        const sizes = axes.map(({ size }) => size);
        const strides = [axes.map(({ a }) => a), axes.map(({ b }) => b)] as const;
        const joined = collapse(sizes, strides);
        strides.forEach((own, k) =>
          expect(places(joined.sizes, joined.strides[k] as number[])).toEqual(places(sizes, own)),
        );
      }),
    );
  });
});

it("padded puts axes of length 1 in front, and has no room for more than it was told", () => {
  const axes = { sizes: [5, 7], strides: [[7, 1]] };
  expect(padded(axes, 4)).toEqual({ sizes: [1, 1, 5, 7], strides: [[0, 0, 7, 1]] });
  expect(padded(axes, 1)).toBeNull();
});
