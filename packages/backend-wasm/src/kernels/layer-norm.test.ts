import * as tf from "@tensorflow/tfjs-core";
import { dropout, layerNorm } from "@xlm/kernels";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BACKEND_NAME, registerWasmBackend } from "../index.js";

const list = (x: tf.Tensor): number[] => Array.from(x.dataSync());

beforeAll(async () => {
  await registerWasmBackend({ threads: 1 });
  await tf.setBackend(BACKEND_NAME);
});
afterAll(() => tf.removeBackend(BACKEND_NAME));

describe("layer norm", () => {
  it("takes the mean away and divides by the deviation", () => {
    const x = tf.tensor2d([1, 3, 10, 20], [2, 2]);
    expect(list(layerNorm(x, tf.tensor1d([1, 2]), tf.tensor1d([0, 5])))).toEqual([-1, 7, -1, 7]);
    const options = {
      residual: tf.tensor2d([2, -2, 0, 0], [2, 2]),
      rowMask: tf.tensor1d([1, 0]),
    };
    expect(list(layerNorm(x, tf.ones([2]), tf.zeros([2]), options))).toEqual([1, -1, -0, 0]);
  });

  it("gives a row without deviation beta, and NaN when eps is 0", () => {
    const x = tf.tensor2d([7, 7], [1, 2]);
    expect(list(layerNorm(x, tf.ones([2]), tf.tensor1d([3, 4])))).toEqual([3, 4]);
    expect(list(layerNorm(x, tf.ones([2]), tf.tensor1d([3, 4]), { eps: 0 }))).toEqual([NaN, NaN]);
  });

  it("needs no memory for the gradient when nothing is joined to the input, and leaves the input alone", () => {
    const linear = (): number => (tf.memory() as tf.MemoryInfo & { linearBytes: number }).linearBytes;
    const [gamma, beta] = [tf.ones([256]), tf.zeros([256])];
    const x = tf.randomNormal([64, 256]);
    tf.dispose(layerNorm(x, gamma, beta)); // everything moves into the linear memory
    const before = linear();
    let during = 0;
    const norm = (given: tf.Tensor): tf.Tensor => {
      const out = layerNorm(given, gamma, beta);
      during = linear();
      return out;
    };
    const grad = tf.grad(norm)(x);
    expect(during - before).toBe(4 * 64 * 256 + 8 * 64); // the result, a mean and a deviation each row
    const values = list(x);
    tf.dispose(grad);
    expect(list(x)).toEqual(values);
    tf.dispose(x);
  });

  it("gives input and residual one array for their gradients, which each may dispose", () => {
    const x = tf.randomNormal([3, 8]);
    const residual = tf.randomNormal([3, 8]);
    const norm = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => layerNorm(a, tf.ones([8]), tf.zeros([8]), { residual: b });
    const [dx, dResidual] = tf.grads(norm)([x, residual], tf.randomNormal([3, 8])) as [tf.Tensor, tf.Tensor];
    expect(dResidual.dataId).toBe(dx.dataId);
    const values = list(dx);
    dx.dispose();
    expect(list(dResidual)).toEqual(values);
    dResidual.dispose();
  });
});

describe("a kernel that runs out of memory", () => {
  afterAll(async () => {
    await registerWasmBackend({ threads: 1 });
    await tf.setBackend(BACKEND_NAME);
  });

  it("gives back what it had made", async () => {
    await registerWasmBackend({ threads: 1, maxBytes: 2 ** 24 });
    await tf.setBackend(BACKEND_NAME);
    const [x, residual] = [tf.ones([2048, 600]), tf.ones([2048, 600])];
    const [gamma, beta] = [tf.ones([600]), tf.zeros([600])];
    expect(() => layerNorm(x, gamma, beta, { residual })).toThrow("4.7 MiB do not fit");
    const { linearBytes } = tf.memory() as tf.MemoryInfo & { linearBytes: number };
    expect(linearBytes).toBeLessThan(2 * 4 * 2048 * 600 + 2 ** 14); // the inputs, which moved in, at most
  });
});

describe("dropout", () => {
  it("hands x itself back at rate 0, as a tensor of its own", () => {
    const x = tf.tensor1d([1, 2, 3]);
    const out = dropout(x, { rate: 0, key: [1, 2] });
    out.dispose();
    expect(list(x)).toEqual([1, 2, 3]);
  });

  it("keeps no element at a rate that rounds to every word", () => {
    const rate = 1 - 2 ** -40;
    const x = tf.ones([100]);
    expect(list(dropout(x, { rate, key: [1, 2] })).every((value) => value === 0)).toBe(true);
    const grad = tf.grad((given: tf.Tensor) => dropout(given, { rate, key: [1, 2] }))(x);
    expect(list(grad).every((value) => value === 0)).toBe(true);
  });

  it("hides the same elements in result and gradient, whatever the elements are", () => {
    const x = tf.tensor1d(Array.from({ length: 1029 }, (_, i) => (i % 5) - 2)); // with zeros among them
    const spec = { rate: 0.4, key: [9, 9] as const };
    const ones = list(dropout(tf.ones([1029]), spec));
    expect(list(tf.grad((given: tf.Tensor) => dropout(given, spec))(x))).toEqual(ones);
  });
});
