import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import { createRng, drawInt, fillNormal } from "@xlm/core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import {
  adamUpdate,
  attention,
  dropout,
  gatherRows,
  globalNorm,
  layerNorm,
  linear,
  topLogProbs,
  vocabLoss,
} from "./index.js";

function random(shape: number[], seed: number): tf.Tensor {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  fillNormal(createRng(seed), data);
  return tf.tensor(data, shape);
}
const list = (tensor: tf.Tensor): number[] => Array.from(tensor.dataSync());
/** Some hundred operations on numbers around 1 in float32. */
const CLOSE = 2e-5;
const same = (a: number[], b: number[], tolerance = CLOSE): void => {
  expect(a.length).toBe(b.length);
  a.forEach((value, i) =>
    expect(Math.abs(value - (b[i] as number))).toBeLessThanOrEqual(tolerance * (1 + Math.abs(value))),
  );
};
const size = fc.integer({ min: 1, max: 12 });
const seeds = fc.nat();

describe.each(["cpu", "wasm"])("laws on %s", (backend) => {
  beforeAll(() => tf.setBackend(backend));
  const law = <T extends unknown[]>(
    arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> },
    check: (...args: T) => void,
  ): void => {
    const before = tf.memory().numTensors;
    fc.assert(
      fc.property(fc.tuple<T>(...arbitraries), (args) => tf.tidy(() => check(...args))),
      { numRuns: 25 },
    );
    expect(tf.memory().numTensors).toBe(before);
  };

  it("linear of a sum is the sum of linears", () =>
    law([size, size, size, seeds], (n, into, out, seed) => {
      const [a, b, w] = [random([n, into], seed), random([n, into], seed + 1), random([out, into], seed + 2)];
      same(list(linear(tf.add(a, b), w, null)), list(tf.add(linear(a, w, null), linear(b, w, null))));
    }));

  it("layerNorm does not see a shift or a scale of its input", () =>
    law([size, fc.integer({ min: 3, max: 12 }), seeds, fc.integer({ min: 1, max: 8 })], (n, dim, seed, scale) => {
      const x = random([n, dim], seed);
      const [gamma, beta] = [random([dim], seed + 1), random([dim], seed + 2)];
      const moved = tf.add(tf.mul(x, scale), 3);
      same(list(layerNorm(moved, gamma, beta)), list(layerNorm(x, gamma, beta)), 1e-3); // a row may be nearly constant
    }));

  it("padding changes nothing and a batch is its rows", () =>
    law([fc.integer({ min: 1, max: 7 }), fc.integer({ min: 0, max: 5 }), seeds], (length, padding, seed) => {
      const [q, k, v] = [0, 1, 2].map((i) => random([1, length, 6], seed + i)) as [
        tf.Tensor3D,
        tf.Tensor3D,
        tf.Tensor3D,
      ];
      const wider = (x: tf.Tensor3D, i: number): tf.Tensor => {
        const longer = tf.concat([x, random([1, padding, 6], seed + 9 + i) as tf.Tensor3D], 1);
        return tf.concat([random(longer.shape, seed + 20 + i) as tf.Tensor3D, longer], 0);
      };
      const alone = attention(q, k, v, { nHeads: 3, lengths: tf.tensor1d([length], "int32") });
      const lengths = tf.tensor1d([1, length], "int32");
      const together = attention(wider(q, 0), wider(k, 1), wider(v, 2), { nHeads: 3, lengths });
      same(list(tf.slice(together, [1, 0, 0], [1, length, 6])), list(alone));
    }));

  it("attention weights add up to 1", () =>
    law([size, size, seeds], (seqQ, seqK, seed) => {
      const rng = createRng(seed);
      const lengths = tf.tensor1d([seqK, 1 + drawInt(rng, seqK)], "int32");
      const out = attention(random([2, seqQ, 4], seed), random([2, seqK, 4], seed + 1), tf.ones([2, seqK, 4]), {
        nHeads: 2,
        lengths,
      });
      same(list(out), list(tf.ones([2, seqQ, 4])));
    }));

  it("dropout is linear, and its gradient is the same mask", () =>
    law([size, size, fc.double({ min: 0, max: 0.95, noNaN: true }), seeds], (n, dim, rate, seed) => {
      const spec = { rate, key: [seed, 5] as const };
      const x = random([n, dim], seed);
      const mask = list(dropout(tf.ones([n, dim]), spec));
      expect(list(dropout(x, spec))).toEqual(list(tf.mul(x, tf.tensor(mask, [n, dim]))));
      expect(list(tf.grad((given: tf.Tensor) => dropout(given, spec))(x))).toEqual(mask);
    }));

  it("gathering all rows in order changes nothing, backwards too", () =>
    law([size, size, seeds], (n, dim, seed) => {
      const x = random([n, dim], seed);
      const all = tf.range(0, n, 1, "int32");
      expect(list(gatherRows(x, all))).toEqual(list(x));
      expect(list(tf.grad((given: tf.Tensor) => gatherRows(given, all))(x, x))).toEqual(list(x));
    }));

  it("the exponentials of losses over all words add up to 1", () =>
    law([size, fc.integer({ min: 1, max: 20 }), seeds], (dim, vocab, seed) => {
      const hidden = random([1, dim], seed);
      const losses = vocabLoss(
        tf.tile(hidden, [vocab, 1]),
        random([vocab, dim], seed + 1),
        random([vocab], seed + 2),
        tf.range(0, vocab, 1, "int32"),
      );
      same([list(losses).reduce((sum, loss) => sum + Math.exp(-loss), 0)], [1]);
    }));

  it("all log-probabilities are those of a distribution, and fewer are their beginning", () =>
    law([size, fc.integer({ min: 1, max: 20 }), seeds], (n, vocab, seed) => {
      const rng = createRng(seed);
      // Few values, so that many are equal.
      const scores = tf.tensor2d(
        Float32Array.from({ length: n * vocab }, () => drawInt(rng, 6)),
        [n, vocab],
      );
      const all = topLogProbs(scores, vocab);
      same(list(tf.sum(tf.exp(all.values), 1)), list(tf.ones([n])));
      const k = 1 + drawInt(rng, vocab);
      const some = topLogProbs(scores, k);
      expect(list(some.values)).toEqual(list(tf.slice(all.values, [0, 0], [n, k])));
      expect(list(some.indices)).toEqual(list(tf.slice(all.indices, [0, 0], [n, k])));
    }));

  it("globalNorm scales with its tensors", () =>
    law([size, size, seeds, fc.integer({ min: 1, max: 100 })], (n, m, seed, scale) => {
      const parts = [random([n, m], seed), random([m], seed + 1)];
      same(list(globalNorm(parts.map((part) => tf.mul(part, scale)))), list(tf.mul(globalNorm(parts), scale)));
    }));

  it("gradScale is the same as scaled gradients", () =>
    law([size, seeds], (n, seed) => {
      const [p, g, m] = [0, 1, 2].map((i) => random([n], seed + i)) as [tf.Tensor, tf.Tensor, tf.Tensor];
      const v = tf.square(m);
      const options = { lr: 0.1, step: 3 };
      const a = adamUpdate([p], [g], [m], [v], options, tf.scalar(0.25));
      const b = adamUpdate([p], [tf.mul(g, 0.25)], [m], [v], options);
      expect([a.params, a.m, a.v].map(([x]) => list(x!))).toEqual([b.params, b.m, b.v].map(([x]) => list(x!)));
    }));
});
