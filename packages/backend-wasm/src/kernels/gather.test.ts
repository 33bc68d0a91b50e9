import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { expectAgreement, floats, launches, shapes, whole } from "../../test/plain.js";
import { BACKEND_NAME, registerWasmBackend } from "../index.js";

beforeAll(async () => {
  await registerWasmBackend({ threads: 1 });
  await tf.setBackend(BACKEND_NAME);
});

describe("gather", () => {
  it("agrees with tfjs's cpu kernel along any axis", async () => {
    const cases = fc.tuple(
      shapes(4).filter((shape) => shape.length > 0),
      shapes(2).filter((shape) => shape.every((d) => d < 30)),
    );
    await fc.assert(
      fc.asyncProperty(cases, fc.nat(), fc.nat(), ([shape, chosen], at, seed) =>
        expectAgreement(() => {
          const axis = at % shape.length;
          const indices = whole(chosen, seed, 0, shape[axis] as number);
          const x = seed % 2 ? whole(shape, seed, -99, 99) : floats(shape, seed, { special: true });
          return shape[axis] ? [tf.gather(x, indices, axis)] : [];
        }),
      ),
      { numRuns: 80 },
    );
    expect(await launches(() => tf.gather(floats([9, 4], 1), [3, 1, 3]))).toBe(1);
  });

  it("refuses an index out of range as tfjs does", () => {
    for (const index of [3, -1]) {
      expect(() => tf.gather(tf.ones([3, 2]), [0, index])).toThrow(
        `GatherV2: the index value ${index} is not in [0, 2]`,
      );
    }
  });

  it("leaves batch axes to the cpu kernel", async () => {
    await expectAgreement(() => [tf.gather(floats([2, 3, 4], 1), whole([2, 2], 2, 0, 3), 1, 1)]);
  });
});

describe("sums of segments", () => {
  it("add the rows of each segment, and leave out the rest", () => {
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]);
    expect(tf.unsortedSegmentSum(x, tf.tensor1d([1, 0, 1, 5], "int32"), 3).arraySync()).toEqual([
      [3, 4],
      [6, 8],
      [0, 0],
    ]);
  });

  it("agree with tfjs's cpu kernel", async () => {
    await fc.assert(
      fc.asyncProperty(
        shapes(3).filter((shape) => shape.length > 0),
        fc.integer({ min: 1, max: 8 }),
        fc.nat(),
        (shape, segments, seed) =>
          // At most 300 rows of numbers below 6 in a segment, rounded at each addition.
          expectAgreement(
            () => [
              tf.unsortedSegmentSum(
                floats(shape, seed),
                whole([shape[0] as number], seed, -1, 9) as tf.Tensor1D,
                segments,
              ),
            ],
            () => 300 * 300 * 6 * 2 ** -24,
          ),
      ),
      { numRuns: 60 },
    );
  });

  it("keep NaN in its segment", () => {
    const x = tf.tensor1d([NaN, 1, 2]);
    expect([...tf.unsortedSegmentSum(x, tf.tensor1d([0, 1, 1], "int32"), 2).dataSync()]).toEqual([NaN, 3]);
  });
});
