import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { linear, meanLoss, vocabLoss } from "@xlm/kernels";
import { describe, expect, it } from "vitest";
import { bitsOf, indices, normals, valuesOn } from "../../test/values.js";
import { BACKEND_NAME, registerWasmBackend } from "../index.js";

/** Value and all gradients of an affine map of `3 rows` rows, which fill several chunks and groups. */
const affine =
  (activation: "none" | "gelu" | "relu", { rows, k, n } = { rows: 45, k: 70, n: 150 }) =>
  (): tf.Tensor[] => {
    const inputs = [normals([3, rows, k], 1), normals([n, k], 2), normals([n], 3)];
    const map = (x: tf.Tensor, w: tf.Tensor, b: tf.Tensor): tf.Tensor => linear(x, w, b, { activation });
    const [x, w, b] = inputs as [tf.Tensor, tf.Tensor, tf.Tensor];
    return [map(x, w, b), ...tf.grads(map)(inputs, normals([3, rows, n], 4))];
  };

/** Losses and gradients over more scores than are held at a time: the vocabulary comes in two parts. */
const losses = (): tf.Tensor[] => {
  const [n, dim, vocab] = [700, 24, 2000];
  const targets = tf.tensor1d(indices(n, vocab), "int32");
  const inputs = [normals([n, dim], 5), tf.mul(normals([vocab, dim], 6), 0.3), normals([vocab], 7)];
  const loss = (h: tf.Tensor, w: tf.Tensor, b: tf.Tensor): tf.Tensor => vocabLoss(h, w, b, targets);
  const [h, w, b] = inputs as [tf.Tensor, tf.Tensor, tf.Tensor];
  return [loss(h, w, b), ...tf.grads(loss)(inputs, normals([n], 8))];
};

const cases = {
  none: affine("none"),
  gelu: affine("gelu"),
  relu: affine("relu"),
  "relu after sums in parts": affine("relu", { rows: 200, k: 300, n: 40 }),
  "vocabulary loss": losses,
};

describe.each(Object.entries(cases))("%s, larger than a chunk", (_, build) => {
  it("agrees with the composite on stock cpu", async () => {
    await registerWasmBackend({ threads: 2, v8Flags: true });
    const ours = await valuesOn(BACKEND_NAME, build);
    const theirs = await valuesOn("cpu", build);
    expect(ours.length).toBe(theirs.length);
    ours.forEach((values, t) => {
      const other = theirs[t] as Float32Array;
      const size = other.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      // sums of up to 700 products, each rounded once, and the erf of tfjs's cpu, good to 1.5e-7
      const far = values.findIndex((value, i) => !(Math.abs(value - (other[i] as number)) <= 1e-5 * size));
      expect(far, `output ${t}`).toBe(-1);
    });
  });

  it("has the same bits on 1, 2 and 3 threads", async () => {
    const runs: number[][][] = [];
    for (const threads of [1, 2, 3]) {
      await registerWasmBackend({ threads, v8Flags: true });
      runs.push(bitsOf(await valuesOn(BACKEND_NAME, build)));
    }
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
  });
});

it("never holds the scores of the whole vocabulary", async () => {
  await registerWasmBackend({ threads: 1 });
  await tf.setBackend(BACKEND_NAME);
  const size = (): number => (tf.memory() as tf.MemoryInfo & { linearSize: number }).linearSize;
  const [n, dim, vocab] = [2000, 8, 50_000];
  tf.tidy(() => {
    const inputs = [normals([n, dim], 1), normals([vocab, dim], 2), tf.zeros([vocab])];
    const targets = tf.tensor1d(indices(n, vocab), "int32");
    tf.grads((h, w, b) => meanLoss(vocabLoss(h, w, b, targets)))(inputs);
  });
  expect(size()).toBeLessThan((4 * n * vocab) / 8); // 400 MB of scores
});

it("gives NaN for a target that is no word", async () => {
  await registerWasmBackend({ threads: 1 });
  await tf.setBackend(BACKEND_NAME);
  const loss = vocabLoss(tf.ones([2, 1]), tf.zeros([4, 1]), tf.zeros([4]), tf.tensor1d([3, 4], "int32"));
  const [first, second] = loss.dataSync();
  expect(first).toBeCloseTo(Math.log(4), 6);
  expect(second).toBeNaN();
});
