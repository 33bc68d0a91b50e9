import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { bools, expectAgreement, floats, launches, shapes, ulps, whole } from "../../test/plain.js";
import { BACKEND_NAME, registerWasmBackend } from "../index.js";

type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

const exactOnes: Record<string, Binary> = {
  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  div: tf.div,
  maximum: tf.maximum,
  minimum: tf.minimum,
  greater: tf.greater,
  greaterEqual: tf.greaterEqual,
  less: tf.less,
  lessEqual: tf.lessEqual,
  equal: tf.equal,
  notEqual: tf.notEqual,
};

/** A shape, and two that broadcast to it: some axes 1, some leading ones left out. */
const pairs = fc
  .tuple(shapes(5), fc.nat(), fc.nat(), fc.nat({ max: 3 }), fc.nat({ max: 3 }))
  .map(([shape, ones, others, dropped, otherDropped]) => {
    const side = (mask: number, drop: number): number[] =>
      shape.map((d, i) => ((mask >> (2 * i)) & 3 ? d : 1)).slice(drop % (shape.length + 1));
    return [side(ones, dropped & 1), side(others, otherDropped)] as const;
  });

beforeAll(async () => {
  await registerWasmBackend({ threads: 1 });
  await tf.setBackend(BACKEND_NAME);
});

describe("operations on two tensors", () => {
  it("repeat either of them as tfjs does", () => {
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
    expect(tf.add(x, tf.tensor1d([10, 20, 30])).arraySync()).toEqual([
      [11, 22, 33],
      [14, 25, 36],
    ]);
    expect(tf.sub(tf.tensor2d([10, 20], [2, 1]), x).arraySync()).toEqual([
      [9, 8, 7],
      [16, 15, 14],
    ]);
    expect(tf.mul(2, x).arraySync()).toEqual([
      [2, 4, 6],
      [8, 10, 12],
    ]);
    expect(tf.greater(x, 3).dataSync()).toEqual(new Uint8Array([0, 0, 0, 1, 1, 1]));
  });

  it.each(Object.entries(exactOnes))("%s agrees with tfjs's cpu kernel to the bit", async (_, op) => {
    await fc.assert(
      fc.asyncProperty(pairs, fc.nat(), ([a, b], seed) =>
        expectAgreement(() => [op(floats(a, seed, { special: true }), floats(b, seed + 1, { special: true }))]),
      ),
      { numRuns: 40 },
    );
  });

  it("squared differences agree to the two more roundings of floats", async () => {
    await fc.assert(
      fc.asyncProperty(pairs, fc.nat(), ([a, b], seed) =>
        expectAgreement(() => [tf.squaredDifference(floats(a, seed), floats(b, seed + 1))], ulps(2)),
      ),
      { numRuns: 40 },
    );
  });

  it("go through any four groups of axes natively", async () => {
    const cases: [number[], number[]][] = [
      [[7], [7]],
      [[], []],
      [[3, 5], []],
      [[3, 5], [5]],
      [
        [3, 1],
        [3, 5],
      ],
      [
        [4, 1, 6, 6],
        [4, 3, 6, 6],
      ],
      [
        [4, 1, 6, 1],
        [1, 3, 1, 5],
      ],
      [[2, 40_000], [40_000]],
    ];
    for (const [a, b] of cases) {
      expect(await launches(() => tf.mul(floats(a, 1), floats(b, 2)))).toBe(1);
      await expectAgreement(() => [tf.sub(floats(a, 1), floats(b, 2))]);
    }
  });

  it("leave other types and more alternating axes to the cpu kernels", async () => {
    const five = (): tf.Tensor => tf.add(floats([2, 1, 3, 1, 2], 1), floats([1, 2, 1, 3, 1], 2));
    expect(await launches(five)).toBe(0);
    await expectAgreement(() => [five()]);
    await expectAgreement(() => [tf.mul(whole([3, 4], 1, -9, 9), whole([4], 2, -9, 9))]);
    await expectAgreement(() => [tf.mul(tf.complex([1, 2], [3, 4]), tf.complex([5, 6], [7, 8]))].map(tf.real));
    await expectAgreement(() => [tf.add(tf.ones([0, 3]), tf.ones([3]))]);
    await expect(launches(() => tf.add(tf.ones([2, 3]), tf.ones([2])))).rejects.toThrow("could not be broadcast");
  });

  it("addN adds in order", async () => {
    await fc.assert(
      fc.asyncProperty(shapes(3), fc.integer({ min: 1, max: 5 }), fc.nat(), (shape, n, seed) =>
        expectAgreement(() => [tf.addN(Array.from({ length: n }, (_, i) => floats(shape, seed + i)))]),
      ),
      { numRuns: 40 },
    );
    expect(await launches(() => tf.addN([1, 2, 3].map((i) => floats([9], i))))).toBe(2);
  });

  it("where takes from one tensor or the other", async () => {
    await fc.assert(
      fc.asyncProperty(shapes(4), fc.nat(), fc.boolean(), (shape, seed, ints) =>
        expectAgreement(() => {
          const make = (i: number): tf.Tensor =>
            ints ? whole(shape, seed + i, -9, 9) : floats(shape, seed + i, { special: true });
          return [tf.where(bools(shape, seed), make(1), make(2))];
        }),
      ),
      { numRuns: 40 },
    );
    expect(await launches(() => tf.where(tf.greater(floats([9], 1), 0), floats([9], 2), floats([9], 3)))).toBe(2);
  });

  it("comparisons can be read, cast, combined and chosen by", async () => {
    const x = (): tf.Tensor => floats([50], 3);
    await expectAgreement(() => [tf.logicalAnd(tf.greater(x(), -1), tf.less(x(), 1))]);
    await expectAgreement(() => [tf.cast(tf.greater(x(), 0), "float32"), tf.cast(tf.greater(x(), 0), "int32")]);
    await expectAgreement(() => [
      tf.sum(tf.greater(x(), 0)),
      tf.any(tf.greater(x(), 5)),
      tf.slice(tf.less(x(), 0), 3, 9),
    ]);
  });
});
