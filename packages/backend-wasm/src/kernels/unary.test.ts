import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { bools, expectAgreement, floats, launches, shapes, ulps, whole, type Tolerance } from "../../test/plain.js";
import { BACKEND_NAME, registerWasmBackend } from "../index.js";

type Unary = (x: tf.Tensor) => tf.Tensor;

beforeAll(async () => {
  await registerWasmBackend({ threads: 1 });
  await tf.setBackend(BACKEND_NAME);
});

/** Beside each operation, how far it may be from tfjs's cpu kernel, which computes in float64 and rounds once. */
const operations: Record<string, [Unary, Tolerance?]> = {
  neg: [tf.neg],
  abs: [tf.abs],
  square: [tf.square],
  sqrt: [tf.sqrt],
  rsqrt: [tf.rsqrt, ulps(2)],
  reciprocal: [tf.reciprocal],
  exp: [tf.exp, ulps(2)],
  log: [tf.log, ulps(2)],
  tanh: [tf.tanh, ulps(3)],
  // tfjs's cpu kernel itself is this far from erf (Abramowitz & Stegun 7.1.26).
  erf: [tf.erf, () => 5e-7],
  sigmoid: [tf.sigmoid, ulps(3)],
  // tfjs's cpu kernel leaves out what it takes for rounding beyond 13.9, some 4 ulp.
  softplus: [tf.softplus, ulps(9)],
  relu: [tf.relu],
  relu6: [tf.relu6],
  step: [(x) => tf.step(x, 0.25)],
  leakyRelu: [(x) => tf.leakyRelu(x, 0.3), ulps(1)],
  clipByValue: [(x) => tf.clipByValue(x, -0.75, 0.5)],
};

describe("operations on one tensor", () => {
  it.each(Object.entries(operations))("%s agrees with tfjs's cpu kernel", async (_, [op, tolerance]) => {
    await fc.assert(
      fc.asyncProperty(shapes(), fc.nat(), fc.constantFrom(1, 5, 30), (shape, seed, scale) =>
        expectAgreement(() => [op(floats(shape, seed, { special: true, scale }))], tolerance),
      ),
      { numRuns: 40 },
    );
    expect(await launches(() => op(floats([5], 1)))).toBe(1);
    expect(await launches(() => op(tf.zeros([0, 2])))).toBe(0);
  });

  it("give the last few elements the bits of the others", async () => {
    await tf.setBackend(BACKEND_NAME);
    for (const [op] of Object.values(operations)) {
      const x = floats([16_411], 7, { scale: 3 });
      const all = op(x).dataSync();
      const some = op(tf.slice(x, 5, 16_400)).dataSync();
      expect([...some]).toEqual([...all.slice(5, 16_405)]);
    }
  });

  it("leave whole numbers to the cpu kernels", async () => {
    for (const op of [tf.neg, tf.abs, tf.square, tf.exp, tf.relu]) {
      await expectAgreement(() => [op(whole([3, 5], 2, -5, 5))], ulps(2));
    }
  });
});

describe("casts", () => {
  it("make floats of whole numbers and bools", async () => {
    await fc.assert(
      fc.asyncProperty(shapes(4), fc.nat(), (shape, seed) =>
        expectAgreement(() => [
          tf.cast(whole(shape, seed, -(2 ** 24), 2 ** 24), "float32"),
          tf.cast(bools(shape, seed), "float32"),
        ]),
      ),
      { numRuns: 30 },
    );
  });

  it("cut floats to whole numbers as JavaScript does, whatever their size", async () => {
    await fc.assert(
      fc.asyncProperty(shapes(3), fc.nat(), fc.constantFrom(1, 1000, 1e9, 1e10, 1e20), (shape, seed, scale) =>
        expectAgreement(() => [tf.cast(floats(shape, seed, { scale, special: scale > 1000 }), "int32")]),
      ),
      { numRuns: 40 },
    );
  });

  it("to anything else are the cpu kernel's", async () => {
    await expectAgreement(() => [tf.cast(floats([9], 1), "bool"), tf.cast(bools([9], 1), "int32")]);
    await expectAgreement(() => [tf.real(tf.cast(floats([9], 1), "complex64"))]);
    expect(await launches(() => tf.cast(floats([3], 1), "float32"))).toBe(0);
  });

  it("round whole numbers to floats, where tfjs's cpu kernel keeps them as they are", async () => {
    await tf.setBackend(BACKEND_NAME);
    expect(tf.cast(tf.tensor1d([2 ** 24 + 1], "int32"), "float32").dataSync()[0]).toBe(2 ** 24);
  });
});
