import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { createRng, XlmError } from "@xlm/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomBatch, smallOptions } from "../test/batches.js";
import {
  batchLoss,
  createTransformer,
  encode,
  lossGradients,
  predictionLoss,
  predictionLosses,
  predictionScores,
  type Transformer,
} from "./index.js";

// Three words in two dimensions, so that every number can be worked out by hand.
let model: Transformer;
beforeAll(async () => {
  await tf.setBackend("cpu");
  model = createTransformer({ vocabSize: 3, embDim: 2, nLayers: 1, nHeads: 1 }, { rng: createRng(1) });
  tf.tidy(() => {
    model.params["embeddings.weight"]?.assign(
      tf.tensor2d([
        [1, 0],
        [0, 1],
        [1, 1],
      ]),
    );
    model.params["pred_layer.proj.bias"]?.assign(tf.tensor1d([0, 0.5, -1]));
  });
});
afterAll(() => {
  model.dispose();
  expect(tf.memory().numTensors).toBe(0);
});

/** [batch 2, seq 2, dim 2] */
const hidden = (): tf.Tensor3D =>
  tf.tensor3d([
    [
      [1, 2],
      [0, 0],
    ],
    [
      [3, 0],
      [0, 1],
    ],
  ]);

describe("predictions", () => {
  it("score each word by its embedding and its bias", () => {
    const scores = tf.tidy(() => predictionScores(model, hidden(), Int32Array.of(0, 2)).arraySync());
    expect(scores).toEqual([
      [1, 2.5, 2], // [1, 2] with [1, 0], [0, 1] + 0.5, [1, 1] - 1
      [3, 0.5, 2],
    ]);
  });

  it("cost minus the log of the softmax", () => {
    const [first, second] = tf.tidy(() =>
      predictionLosses(model, hidden(), Int32Array.of(0, 2), Int32Array.of(1, 2)).arraySync(),
    ) as [number, number];
    const logSumExp = (scores: number[]): number => Math.log(scores.reduce((sum, s) => sum + Math.exp(s), 0));
    expect(first).toBeCloseTo(logSumExp([1, 2.5, 2]) - 2.5, 6);
    expect(second).toBeCloseTo(logSumExp([3, 0.5, 2]) - 2, 6);
    const mean = tf.tidy(() => predictionLoss(model, hidden(), Int32Array.of(0, 2), Int32Array.of(1, 2)).arraySync());
    expect(mean).toBeCloseTo((first + second) / 2, 6);
  });

  it("use a matrix of their own when it is not tied to the embeddings", () => {
    const options = { vocabSize: 3, embDim: 2, nLayers: 1, nHeads: 1, output: "untied" } as const;
    const untied = createTransformer(options, { rng: createRng(1) });
    tf.tidy(() => {
      untied.params["embeddings.weight"]?.assign(tf.fill([3, 2], 7));
      untied.params["pred_layer.proj.weight"]?.assign(tf.tensor2d([1, 0, 0, 1, 1, 1], [3, 2]));
      untied.params["pred_layer.proj.bias"]?.assign(tf.tensor1d([0, 0.5, -1]));
      expect(predictionScores(untied, hidden(), Int32Array.of(0)).arraySync()).toEqual([[1, 2.5, 2]]);
      const states = hidden();
      const { grads } = lossGradients(untied, () => predictionLoss(untied, states, Int32Array.of(0), Int32Array.of(1)));
      expect(Object.keys(grads)).toEqual(["pred_layer.proj.weight", "pred_layer.proj.bias"]);
    });
    untied.dispose();
  });

  it("from the batch are those from its states", () => {
    const causal = createTransformer(smallOptions, { rng: createRng(1) });
    const batch = randomBatch(1, [5, 3], 5);
    tf.tidy(() => {
      for (const attention of ["full", "causal"] as const) {
        const states = encode(causal, batch, { attention });
        const expected = predictionLoss(causal, states, batch.targetIndices, batch.targets).arraySync();
        expect(batchLoss(causal, batch, { attention }).arraySync()).toBeCloseTo(expected, 6);
      }
    });
    causal.dispose();
  });

  it("cost ln(vocabSize) when every score is the same", () => {
    const zero = createTransformer(smallOptions, { rng: createRng(1) });
    tf.tidy(() => {
      for (const variable of Object.values(zero.params)) variable.assign(tf.zeros(variable.shape));
      const states = tf.randomNormal<tf.Rank.R3>([2, 3, 8], 0, 1, "float32", 1);
      const loss = predictionLoss(zero, states, Int32Array.of(1, 4), Int32Array.of(3, 7)).arraySync();
      expect(loss).toBeCloseTo(Math.log(12), 6);
    });
    zero.dispose();
  });

  it("refuse what has no answer", () => {
    const message = (indices: number[], targets: number[]): string => {
      const states = hidden();
      const before = tf.memory().numTensors;
      try {
        predictionLosses(model, states, Int32Array.from(indices), Int32Array.from(targets)).dispose();
      } catch (error) {
        expect(tf.memory().numTensors).toBe(before);
        return `${(error as XlmError).code} ${(error as Error).message}`;
      } finally {
        states.dispose();
      }
      return "accepted";
    };
    expect(message([], [])).toMatchInlineSnapshot(
      `"XLM_SHAPE there are no targets: a mean over no prediction is undefined. Fix: leave out batches where nothing is predicted"`,
    );
    expect(message([0, 1], [1])).toMatchInlineSnapshot(
      `"XLM_SHAPE there are 2 target indices and 1 targets: every predicted place has one right answer. Fix: pass both arrays of the same PredictionBatch"`,
    );
    expect(message([4], [1])).toMatchInlineSnapshot(
      `"XLM_OPTION targetIndices[0] is 4 and there are 4: indices start at 0 and end below that. Fix: pass flat indices into [batch, seq] of the batch that was encoded"`,
    );
    expect(message([0, 1], [1, 3])).toMatchInlineSnapshot(
      `"XLM_OPTION targets[1] is 3 and there are 3: indices start at 0 and end below that. Fix: use the vocabulary the model was made for"`,
    );
    expect(message([-1], [1])).toContain("targetIndices[0] is -1");
  });
});
