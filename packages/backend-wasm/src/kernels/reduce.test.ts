import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { expectAgreement, floats, launches, shapes, ulps, whole } from "../../test/plain.js";
import { BACKEND_NAME, registerWasmBackend } from "../index.js";

beforeAll(async () => {
  await registerWasmBackend({ threads: 1 });
  await tf.setBackend(BACKEND_NAME);
});

type Reduce = (x: tf.Tensor, axis?: number | number[], keepDims?: boolean) => tf.Tensor;

/** A shape and some of its axes. */
const cases = shapes().chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    axis: fc.oneof(fc.constant(undefined), fc.subarray(shape.map((_, i) => (i % 2 ? i : i - shape.length)))),
    keepDims: fc.boolean(),
    seed: fc.nat(),
  }),
);

/** At most 300 additions follow one another in float32, each rounding the sum by 2^-24 of all that is added up. */
const ADDITIONS = 300 * 2 ** -24;

async function expectSumAgreement(
  op: Reduce,
  x: () => tf.Tensor,
  axis: number | number[] | undefined,
  keepDims: boolean,
): Promise<void> {
  await tf.setBackend("cpu");
  const sizes = tf.tidy(() => op(tf.abs(x()), axis).dataSync());
  await expectAgreement(
    () => [op(x(), axis, keepDims)],
    (_, { index }) => ADDITIONS * (sizes[index] as number),
  );
}

describe("sums and means", () => {
  it("along rows, columns, or all", () => {
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
    expect(tf.sum(x, 1).arraySync()).toEqual([6, 15]);
    expect(tf.sum(x, 0, true).arraySync()).toEqual([[5, 7, 9]]);
    expect(tf.mean(x).arraySync()).toBe(3.5);
  });

  it.each([
    ["sum", tf.sum as Reduce],
    ["mean", tf.mean as Reduce],
  ])("%s agrees with tfjs's cpu kernel over any axes", async (_, op) => {
    await fc.assert(
      fc.asyncProperty(cases, ({ shape, axis, keepDims, seed }) =>
        expectSumAgreement(op, () => floats(shape, seed), axis, keepDims),
      ),
      { numRuns: 100 },
    );
  });

  it.each([
    [[1_000_003], 0],
    [[3, 100_000], 1],
    [[50_000, 7], 0],
    [[300, 2500], 0],
    [[5, 900, 130], 1],
    [[4000, 6, 5], 1],
    [
      [200, 3, 64],
      [0, 1],
    ],
  ])("of %j along %j, cut into parts", async (shape, axis) => {
    expect(await launches(() => tf.sum(floats(shape, 1), axis))).toBeGreaterThan(0);
    await expectSumAgreement(tf.sum, () => floats(shape, 1), axis, false);
    await expectSumAgreement(tf.mean, () => floats(shape, 2), axis, true);
  });

  it("NaN and infinities come through", async () => {
    await expectAgreement(() => {
      const x = tf.tensor2d([1, NaN, Infinity, 2, -Infinity, 3, Infinity, 1, -Infinity], [3, 3]);
      return [tf.sum(x, 0), tf.sum(x, 1), tf.mean(x), tf.sum(x)];
    });
  });

  it("leave whole numbers and axes that lie apart to the cpu kernel", async () => {
    await expectAgreement(() => [tf.sum(whole([4, 5], 1, -9, 9), 1)]);
    expect(await launches(() => tf.sum(floats([2, 3, 4], 1), [0, 2]))).toBe(0);
    expect(await launches(() => tf.sum(floats([2, 1, 4], 1), [0, 2]))).toBe(1);
    expect(() => tf.sum(tf.ones([2, 3]), 2)).toThrow();
  });
});

describe("largest and smallest numbers", () => {
  it.each([
    ["max", tf.max as Reduce],
    ["min", tf.min as Reduce],
  ])("%s agrees with tfjs's cpu kernel to the bit, NaN and all", async (_, op) => {
    await fc.assert(
      fc.asyncProperty(
        cases.filter(({ shape }) => !shape.includes(0)),
        fc.boolean(),
        ({ shape, axis, keepDims, seed }, special) =>
          expectAgreement(() => [op(floats(shape, seed, { special }), axis, keepDims)]),
      ),
      { numRuns: 100 },
    );
  });

  it("find NaN wherever it stands in a row, and nothing else", () => {
    for (let at = 0; at < 37; at++) {
      const x = new Float32Array(37).fill(-Infinity);
      expect(tf.max(tf.tensor1d(x)).dataSync()[0]).toBe(-Infinity);
      x[at] = NaN;
      expect(tf.max(tf.tensor1d(x)).dataSync()[0]).toBe(NaN);
      expect(tf.min(tf.tensor2d(x, [37, 1]), 0).dataSync()[0]).toBe(NaN);
      x[at] = 5;
      expect(tf.max(tf.tensor1d(x)).dataSync()[0]).toBe(5);
    }
  });
});

describe("softmax", () => {
  it("agrees with tfjs's cpu kernel", async () => {
    await fc.assert(
      fc.asyncProperty(
        shapes(4).filter((shape) => shape.length > 0),
        fc.nat(),
        fc.constantFrom(1, 30),
        (shape, seed, scale) =>
          // Rounded differences of numbers up to 120 are off by 2^-17 at most, and so is what exp makes of them.
          expectAgreement(
            () => [tf.softmax(floats(shape, seed, { scale }))],
            (expected) => expected * scale * 2 ** -21 + 2 ** -126,
          ),
      ),
      { numRuns: 60 },
    );
    expect(await launches(() => tf.softmax(floats([3, 5], 1)))).toBe(1);
  });

  it("keeps masked entries at 0, and NaN in its row", async () => {
    await expectAgreement(() => {
      const x = tf.tensor2d([1, -Infinity, 1, NaN, 0, 0, -Infinity, -Infinity, -Infinity], [3, 3]);
      return [tf.softmax(x)];
    }, ulps(2));
  });

  it("log-softmax is made of native kernels", async () => {
    const f = (): tf.Tensor => tf.logSoftmax(floats([20, 33], 3));
    expect(await launches(f)).toBe(6); // max, sub, exp, sum, log, sub
    // A rounded difference and a rounded logarithm, of numbers below 16.
    await expectAgreement(
      () => [f()],
      () => 4 * 2 ** -20,
    );
  });

  it("along another axis is refused as tfjs does", () => {
    expect(() => tf.softmax(tf.ones([2, 2]), 0)).toThrow("non-last");
  });
});
