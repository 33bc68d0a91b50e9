import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { adamUpdate, globalNorm, meanLoss } from "@xlm/kernels";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bitsOf, normals, valuesOn } from "../../test/values.js";
import { BACKEND_NAME, registerWasmBackend } from "../index.js";

beforeAll(() => registerWasmBackend({ threads: 1 }));
afterAll(() => tf.removeBackend(BACKEND_NAME));

describe("Adam", () => {
  it("moves by the learning rate at its first step, against the gradient", async () => {
    const step = (): tf.Tensor[] => {
      const zeros = tf.zeros([3]);
      const options = { lr: 0.5, eps: 0, step: 1 };
      return adamUpdate([tf.ones([3])], [tf.tensor1d([4, -1, 0.25])], [zeros], [zeros], options).params;
    };
    const [params] = await valuesOn(BACKEND_NAME, step);
    expect(Array.from(params!, (value) => value.toFixed(6))).toEqual(["0.500000", "1.500000", "0.500000"]);
  });

  it.each([
    [0, undefined],
    [0.05, 0.37],
  ])("rounds as the composite does, bit for bit (decay %d, scale %d)", async (weightDecay, scale) => {
    const step = (): tf.Tensor[] => {
      const [p, g, m, v] = [1, 2, 3, 4].map((seed) => normals([1003], seed)) as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
      ];
      const options = { lr: 0.01, weightDecay, step: 7 };
      const next = adamUpdate([p], [g], [m], [tf.square(v)], options, scale ? tf.scalar(scale) : undefined);
      return [...next.params, ...next.m, ...next.v];
    };
    expect(bitsOf(await valuesOn(BACKEND_NAME, step))).toEqual(bitsOf(await valuesOn("cpu", step)));
  });

  it("leaves what it was given as it was, and takes no parameters too", async () => {
    const step = (): tf.Tensor[] => {
      const given = [1, 2, 3].map((seed) => normals([9], seed)) as [tf.Tensor, tf.Tensor, tf.Tensor];
      const copies = given.map((x) => tf.tensor(x.dataSync()));
      adamUpdate([given[0]], [given[1]], [given[2]], [given[2]], {
        lr: 1,
        step: 1,
      });
      return [...given, ...copies];
    };
    const values = await valuesOn(BACKEND_NAME, step);
    expect(bitsOf(values.slice(0, 3))).toEqual(bitsOf(values.slice(3)));
    expect(adamUpdate([], [], [], [], { lr: 1, step: 1 })).toEqual({
      params: [],
      m: [],
      v: [],
    });
  });
});

describe("global norm", () => {
  it("is the root of the sum of all squares", async () => {
    const norm = (): tf.Tensor[] => [globalNorm([tf.tensor1d([1, 2]), tf.scalar(2), tf.tensor2d([[4]])])];
    expect(await valuesOn(BACKEND_NAME, norm)).toEqual([Float32Array.of(5)]);
  });

  it("keeps all digits of a long sum of equal numbers", async () => {
    const n = 3 * 2 ** 20 + 5;
    const [norm] = await valuesOn(BACKEND_NAME, () => [globalNorm([tf.fill([n], 0.1)])]);
    const square = Math.fround(Math.fround(0.1) ** 2);
    // Sums of 64 equal squares in float32 are off by 64 * 2^-24 of themselves at most, the rest is float64.
    expect(Math.abs(norm![0]! / Math.sqrt(n * square) - 1)).toBeLessThan(2 ** -18);
  });
});

describe("mean loss", () => {
  it("divides the sum by the count, and spreads the gradient", async () => {
    const both = (): tf.Tensor[] => {
      const losses = tf.tensor1d([1, 2, 6]);
      return [meanLoss(losses), meanLoss(losses, 18), tf.grad((x: tf.Tensor) => meanLoss(x, 4))(losses)];
    };
    expect((await valuesOn(BACKEND_NAME, both)).map((values) => Array.from(values))).toEqual([
      [3],
      [0.5],
      [0.25, 0.25, 0.25],
    ]);
  });
});
