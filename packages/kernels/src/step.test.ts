// A Transformer in small, made of the kernels alone, on the stock backends.
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import { createRng, fillNormal } from "@xlm/core";
import { describe, expect, it } from "vitest";
import {
  adamUpdate,
  attention,
  embeddingSum,
  gatherRows,
  globalNorm,
  layerNorm,
  linear,
  meanLoss,
  vocabLoss,
} from "./index.js";

const [vocab, dim, batch, seq] = [13, 8, 2, 6];

/** Losses of `steps` steps on one batch, then what the first gradient was. */
function train(steps: number): { losses: number[]; grads: number[] } {
  const rng = createRng(5);
  const param = (...shape: number[]): tf.Variable => {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    fillNormal(rng, data, 0, 0.3);
    return tf.variable(tf.tensor(data, shape));
  };
  const int = (values: number[], shape: number[]): tf.Tensor => tf.tensor(values, shape, "int32");
  const tables = [param(vocab, dim), param(seq, dim), param(2, dim)] as const;
  const [q, k, v, o] = Array.from({ length: 4 }, () => [param(dim, dim), param(dim)] as const);
  const [into, back] = [[param(16, dim), param(16)] as const, [param(dim, 16), param(dim)] as const];
  const norms = Array.from({ length: 2 }, () => [tf.variable(tf.ones([dim])), tf.variable(tf.zeros([dim]))] as const);
  const outBias = param(vocab);
  const params = [...tables, ...[q, k, v, o, into, back].flatMap((pair) => [...pair!]), ...norms.flat(), outBias];
  const ids = int([1, 5, 6, 7, 8, 1, 1, 9, 10, 1, 2, 2], [batch, seq]);
  const places = int([0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5], [batch, seq]);
  const langs = int([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1], [batch, seq]);
  const lengths = int([6, 4], [batch]);
  const rowMask = tf.tensor1d([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0]);
  const loss = (): tf.Scalar => {
    let x: tf.Tensor = layerNorm(embeddingSum(ids, places, langs, ...tables, { padId: 2 }), ...norms[0]!, { rowMask });
    x = tf.add(
      x,
      linear(attention(linear(x, ...q!), linear(x, ...k!), linear(x, ...v!), { nHeads: 2, lengths }), ...o!),
    );
    x = layerNorm(linear(linear(x, ...into, { activation: "gelu" }), ...back), ...norms[1]!, { residual: x, rowMask });
    return meanLoss(vocabLoss(gatherRows(x, int([2, 4, 8], [3])), tables[0], outBias, int([11, 3, 12], [3])));
  };
  const losses: number[] = [];
  const first: number[] = [];
  let [m, second] = [params.map((p) => tf.zerosLike<tf.Tensor>(p)), params.map((p) => tf.zerosLike<tf.Tensor>(p))];
  const before = tf.memory().numTensors;
  for (let step = 1; step <= steps; step++) {
    const { value, grads } = tf.variableGrads(loss, params);
    const list = params.map((p) => grads[p.name] as tf.Tensor);
    if (step === 1) first.push(...list.flatMap((grad) => Array.from(grad.dataSync())));
    losses.push(value.dataSync()[0] as number);
    const scale = tf.tidy(() => tf.minimum(tf.div(5, tf.add(globalNorm(list), 1e-6)), 1));
    const next = adamUpdate(params, list, m, second, { lr: 0.02, step }, scale);
    params.forEach((p, i) => p.assign(next.params[i] as tf.Tensor));
    tf.dispose([m, second, value, grads, scale, next.params]);
    [m, second] = [next.m, next.v];
  }
  expect(tf.memory().numTensors).toBe(before);
  tf.dispose([params, m, second, ids, places, langs, lengths, rowMask]);
  return { losses, grads: first };
}

describe("a step made of kernels", () => {
  it("memorises a batch on both stock backends, with the same first gradient", async () => {
    const runs = [];
    for (const backend of ["cpu", "wasm"]) {
      await tf.setBackend(backend);
      runs.push(train(60));
      expect(runs.at(-1)?.losses[0]).toBeGreaterThan(1);
      expect(runs.at(-1)?.losses.at(-1)).toBeLessThan(0.05);
    }
    const [cpu, wasm] = runs;
    cpu!.grads.forEach((grad, i) => expect(Math.abs(grad - wasm!.grads[i]!)).toBeLessThan(1e-5)); // float32, order of sums
  });
});
