import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import { beforeAll, describe, expect, it } from "vitest";
import { registerPlainGradients } from "./index.js";

const list = (tensor: tf.Tensor | undefined): number[] => Array.from(tensor?.dataSync() ?? []);

describe("registerPlainGradients", () => {
  beforeAll(() => tf.setBackend("cpu"));

  it("keeps a gradient that is already there", () => {
    const own = { kernelName: "Neg", gradFunc: () => ({ x: () => tf.scalar(42) }) };
    tf.registerGradient(own);
    registerPlainGradients();
    registerPlainGradients();
    expect(tf.getGradient("Neg")).toBe(own);
    tf.unregisterGradient("Neg");
    registerPlainGradients();
    expect(list(tf.grad((x: tf.Tensor) => tf.neg(x))(tf.scalar(1)))).toEqual([-1]);
  });

  const unary: [string, (x: tf.Tensor) => tf.Tensor, number[]][] = [
    ["clone", (x) => tf.clone(x), [1, 1]],
    ["cast", (x) => tf.cast(tf.cast(x, "float32"), "float32"), [1, 1]],
    ["reshape", (x) => tf.reshape(x, [2, 1]), [1, 1]],
    ["square", (x) => tf.square(x), [4, -6]],
    ["softplus", (x) => tf.softplus(x), [1 / (1 + Math.exp(-2)), 1 / (1 + Math.exp(3))]],
    ["sum", (x) => tf.sum(tf.square(x)), [4, -6]],
    ["mean", (x) => tf.mean(tf.square(x)), [2, -3]],
    ["mean of rows", (x) => tf.mean(tf.reshape(tf.square(x), [1, 2]), 1), [2, -3]],
    ["mean over rows", (x) => tf.mean(tf.reshape(tf.square(x), [1, 2]), 0, true), [4, -6]],
    ["sum of rows", (x) => tf.sum(tf.reshape(tf.square(x), [1, 2]), -1, true), [4, -6]],
  ];
  for (const backend of ["cpu", "wasm"]) {
    it.each(unary)(`${backend}: %s`, async (_, f, expected) => {
      await tf.setBackend(backend);
      const grad = list(tf.grad(f)(tf.tensor1d([2, -3])));
      grad.forEach((value, i) => expect(value).toBeCloseTo(expected[i] as number, 5));
    });

    it(`${backend}: add, sub, mul and div undo their broadcasting`, async () => {
      await tf.setBackend(backend);
      const a = tf.tensor2d([
        [1, 2],
        [3, 4],
      ]);
      const b = tf.tensor1d([2, 4]);
      const c = tf.tensor2d([[10], [20]]);
      const of = (f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, x: tf.Tensor, y: tf.Tensor): number[][] =>
        tf.grads(f)([x, y]).map(list);
      expect(of((x, y) => tf.add(x, y), a, b)).toEqual([
        [1, 1, 1, 1],
        [2, 2],
      ]);
      expect(of((x, y) => tf.sub(x, y), a, c)).toEqual([
        [1, 1, 1, 1],
        [-2, -2],
      ]);
      expect(of((x, y) => tf.mul(x, y), a, c)).toEqual([
        [10, 10, 20, 20],
        [3, 7],
      ]);
      expect(of((x, y) => tf.div(x, y), a, b)).toEqual([
        [0.5, 0.25, 0.5, 0.25],
        [-1, -0.375],
      ]);
      expect(of((x, y) => tf.mul(x, y), tf.scalar(3), b)).toEqual([[6], [3, 3]]);
    });
  }
});
