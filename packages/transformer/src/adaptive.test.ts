import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { createRng, drawInt } from "@xlm/core";
import fc from "fast-check";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { smallOptions } from "../test/batches.js";
import { expectClose } from "../test/compare.js";
import {
  createTransformer,
  lossGradients,
  predictionLoss,
  predictionLosses,
  predictionScores,
  type Transformer,
  type TransformerOptions,
} from "./index.js";

const options: TransformerOptions = {
  ...smallOptions,
  output: "adaptive",
  adaptiveCutoffs: [4, 9],
  adaptiveDivValue: 2,
};
const DIM = smallOptions.embDim;
const logSumExp = (scores: number[]): number => Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0));

describe.each(["cpu", "wasm"])("adaptive softmax on the stock %s backend", (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });
  afterEach(() => expect(tf.memory().numTensors).toBe(0));

  it("charges a rare word for its cluster, and for itself among the cluster's words", () => {
    // Four words in two dimensions, the last two in a cluster, so that every number can be worked out by hand.
    const model = createTransformer(
      { vocabSize: 4, embDim: 2, nLayers: 1, nHeads: 1, output: "adaptive", adaptiveCutoffs: [2], adaptiveDivValue: 2 },
      { rng: createRng(1) },
    );
    const [losses, scores] = tf.tidy(() => {
      const set = (name: string, values: tf.Tensor): void =>
        void model.params[`pred_layer.proj.${name}`]?.assign(values);
      set("head.weight", tf.tensor2d([[1, 0], [0, 1], [1, 1]])); // prettier-ignore
      set("head.bias", tf.tensor1d([0, 0.5, -1]));
      set("tail.0.0.weight", tf.tensor2d([[1, -1]]));
      set("tail.0.1.weight", tf.tensor2d([[2], [0]]));
      const states = tf.tensor3d([[[1, 2]]]);
      const places = new Int32Array(4);
      return [
        predictionLosses(model, states, places, Int32Array.of(0, 1, 2, 3)).dataSync(),
        predictionScores(model, states, Int32Array.of(0)).dataSync(),
      ];
    }) as [Float32Array, Float32Array];
    const head = [1, 2.5, 2]; // [1, 2] with [1, 0], [0, 1] + 0.5, [1, 1] - 1
    const tail = [-2, 0]; // [1, 2] with [1, -1] is -1; that with 2 and 0
    const cluster = logSumExp(head) - 2;
    const expected = [
      logSumExp(head) - 1,
      logSumExp(head) - 2.5,
      cluster + logSumExp(tail) + 2,
      cluster + logSumExp(tail),
    ];
    expectClose(losses, expected, 1e-6);
    expectClose(scores, expected.map((loss) => -loss), 1e-6); // prettier-ignore
    model.dispose();
  });

  /** States of `[1, n, DIM]` that do not depend on the seed of the model. */
  const statesFor = (n: number): tf.Tensor3D => tf.randomNormal<tf.Rank.R3>([1, n, DIM], 0, 1, "float32", 3);
  const withModel = (seed: number, run: (model: Transformer) => void): void => {
    const model = createTransformer(options, { rng: createRng(seed) });
    tf.tidy(() => run(model));
    model.dispose();
  };

  it("scores are log-probabilities, and a loss is the score of its target whatever the others are", () => {
    fc.assert(
      fc.property(fc.nat(0xffff), fc.integer({ min: 1, max: 8 }), (seed, n) => {
        withModel(seed, (model) => {
          const states = statesFor(n);
          const places = Int32Array.from({ length: n }, (_, i) => i);
          const rng = createRng(seed);
          const targets = places.map(() => drawInt(rng, smallOptions.vocabSize));
          const scores = predictionScores(model, states, places).arraySync();
          expectClose(scores.map(logSumExp), places.map(() => 0), 1e-6); // prettier-ignore
          const losses = predictionLosses(model, states, places, targets).dataSync();
          expectClose(losses, scores.map((row, i) => -(row[targets[i] as number] as number)), 2e-6); // prettier-ignore
        });
      }),
      { numRuns: 15 },
    );
  });

  it("gives a cluster without targets no gradient", () => {
    withModel(1, (model) => {
      const states = statesFor(3);
      const gradsOf = (...targets: number[]): string[] => {
        const { grads } = lossGradients(model, () =>
          predictionLoss(model, states, Int32Array.of(0, 1, 2), Int32Array.from(targets)),
        );
        return Object.keys(grads).map((name) => name.replace("pred_layer.proj.", ""));
      };
      const head = ["head.weight", "head.bias"];
      expect(gradsOf(0, 3, 3)).toEqual(head);
      expect(gradsOf(0, 10, 11)).toEqual([...head, "tail.1.0.weight", "tail.1.1.weight"]);
      expect(gradsOf(8, 8, 8)).toEqual([...head, "tail.0.0.weight", "tail.0.1.weight"]);
    });
  });
});
