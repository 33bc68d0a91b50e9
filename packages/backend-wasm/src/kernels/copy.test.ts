import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { bools, expectAgreement, floats, launches, shapes, whole } from "../../test/plain.js";
import { blocksInUse } from "../../test/values.js";
import { BACKEND_NAME, registerWasmBackend } from "../index.js";

beforeAll(async () => {
  await registerWasmBackend({ threads: 1 });
  await tf.setBackend(BACKEND_NAME);
});

/** Of either type, every bit pattern being as good as another. */
const tensor = (shape: number[], seed: number): tf.Tensor =>
  seed % 2 ? whole(shape, seed, -(2 ** 31), 2 ** 31 - 1) : floats(shape, seed, { special: true });

const runs = { numRuns: 80 };

describe("transposes", () => {
  it("turn matrices over", () => {
    expect(tf.transpose(tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3])).arraySync()).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
  });

  it("agree with tfjs's cpu kernel for any permutation", async () => {
    const cases = shapes(6).chain((shape) =>
      fc.tuple(
        fc.constant(shape),
        fc.shuffledSubarray(
          shape.map((_, i) => i),
          { minLength: shape.length },
        ),
        fc.nat(),
      ),
    );
    await fc.assert(
      fc.asyncProperty(cases, ([shape, perm, seed]) =>
        expectAgreement(() => [tf.transpose(tensor(shape, seed), perm)]),
      ),
      runs,
    );
  });

  it.each([
    [
      [130, 70],
      [1, 0],
    ],
    [
      [3, 65, 33],
      [0, 2, 1],
    ],
    [
      [5, 7, 11, 8],
      [0, 2, 1, 3],
    ],
    [
      [4, 5, 6, 7],
      [3, 2, 1, 0],
    ],
    [
      [2, 3, 4, 5, 6],
      [4, 0, 3, 1, 2],
    ],
    [
      [2, 20_000],
      [1, 0],
    ],
  ])("%j in the order %j are native", async (shape, perm) => {
    expect(await launches(() => tf.transpose(floats(shape, 1), perm))).toBe(1);
    await expectAgreement(() => [tf.transpose(floats(shape, 1), perm)]);
  });

  it("of six axes in disorder, and of bools, are the cpu kernel's", async () => {
    const x = (): tf.Tensor => floats([2, 3, 2, 3, 2, 3], 1);
    expect(await launches(() => tf.transpose(x(), [5, 4, 3, 2, 1, 0]))).toBe(0);
    await expectAgreement(() => [tf.transpose(x(), [5, 4, 3, 2, 1, 0]), tf.transpose(bools([3, 4], 1))]);
  });
});

describe("pieces", () => {
  const slices = shapes(5)
    .filter((shape) => shape.length > 0)
    .chain((shape) =>
      fc.tuple(fc.constant(shape), fc.tuple(...shape.map((d) => fc.tuple(fc.nat(d), fc.nat(d)))), fc.nat()),
    );

  it("slices agree with tfjs's cpu kernel", async () => {
    await fc.assert(
      fc.asyncProperty(slices, ([shape, ends, seed]) =>
        expectAgreement(() => {
          const begin = ends.map(([p, q]) => Math.min(p, q));
          const size = ends.map(([p, q], i) => (i % 2 ? Math.abs(p - q) : (shape[i] as number) - Math.min(p, q)));
          return [tf.slice(tensor(shape, seed), begin, size)];
        }),
      ),
      runs,
    );
    expect(await launches(() => tf.slice(floats([4, 5, 6], 1), [1, 2, 3], [2, 2, 2]))).toBe(1);
  });

  it("slices out of range are refused as tfjs does", () => {
    expect(() => tf.slice(tf.ones([3]), 2, 2)).toThrow("begin[0] + size[0] (4) would overflow input.shape[0] (3)");
  });

  it("split and unstack agree with tfjs's cpu kernels", async () => {
    await fc.assert(
      fc.asyncProperty(shapes(4), fc.nat(), fc.nat(), (shape, at, seed) =>
        expectAgreement(() => {
          if (shape.length === 0 || sizeOfMost(shape) > 30) return [];
          const axis = at % shape.length;
          const d = shape[axis] as number;
          const first = Math.floor(d / 3);
          const x = tensor(shape, seed);
          return [
            ...tf.split(x, [first, d - first], axis),
            ...tf.unstack(x, axis),
            ...tf.split(x, Math.max(1, d), axis),
          ];
        }),
      ),
      runs,
    );
    expect(await launches(() => tf.unstack(floats([3, 4], 1), 1))).toBe(4);
    expect(await launches(() => tf.split(floats([2, 6], 1), 3, -1))).toBe(3);
  });
});

const sizeOfMost = (shape: number[]): number => Math.max(...shape);

describe("what is put together", () => {
  it("concat and stack agree with tfjs's cpu kernels", async () => {
    const cases = shapes(4).filter((shape) => shape.length > 0);
    await fc.assert(
      fc.asyncProperty(
        cases,
        fc.nat(),
        fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 4 }),
        fc.nat(),
        (shape, at, lengths, seed) =>
          expectAgreement(() => {
            const axis = at % shape.length;
            const parts = lengths.map((d, i) =>
              tensor(
                shape.map((s, j) => (j === axis ? d : s)),
                seed + 2 * i,
              ),
            );
            const alike = lengths.map((_, i) => tensor(shape, seed + 2 * i));
            return [tf.concat(parts, axis), tf.stack(alike, at % (shape.length + 1))];
          }),
      ),
      runs,
    );
    expect(await launches(() => tf.concat([floats([4, 3], 1), floats([4, 2], 2)], 1))).toBe(2);
    expect(await launches(() => tf.stack([floats([4], 1), floats([4], 2)]))).toBe(2);
  });

  it("other types are the cpu kernels'", async () => {
    await expectAgreement(() => [tf.concat([bools([3], 1), bools([4], 2)]), tf.stack([bools([3], 1), bools([3], 2)])]);
    await tf.setBackend(BACKEND_NAME);
    expect(tf.concat([tf.tensor1d(["a"]), tf.tensor1d(["b"])]).dataSync()).toEqual(["a", "b"]);
    expect(() => tf.concat([tf.ones([2, 3]), tf.ones([3, 3])], 1)).toThrow();
  });

  it("tiles agree with tfjs's cpu kernel", async () => {
    await fc.assert(
      fc.asyncProperty(
        shapes(4),
        fc.array(fc.nat({ max: 3 }), { minLength: 4, maxLength: 4 }),
        fc.nat(),
        (shape, reps, seed) =>
          expectAgreement(() => {
            const some = reps.slice(0, shape.length);
            return some.reduce((all, r) => all * r, 1) > 20 ? [] : [tf.tile(tensor(shape, seed), some)];
          }),
      ),
      runs,
    );
    expect(await launches(() => tf.broadcastTo(floats([3, 1], 1), [3, 4]))).toBe(1);
  });
});

it("shapes change without a copy", async () => {
  await tf.setBackend(BACKEND_NAME);
  const x = tf.add(floats([4, 6], 1), 1);
  const before = blocksInUse();
  const all = [tf.reshape(x, [24]), tf.expandDims(x), tf.squeeze(tf.reshape(x, [1, 24])), x.clone()];
  expect(blocksInUse()).toBe(before);
  tf.dispose(all);
});
