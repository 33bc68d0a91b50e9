import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { createRng, XlmError } from "@xlm/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTransformer, lossGradients, pairLoss, pairScores, type Transformer } from "./index.js";

let model: Transformer;
beforeAll(async () => {
  await tf.setBackend("cpu");
  model = createTransformer({ vocabSize: 10, embDim: 2, nLayers: 1, nHeads: 1 }, { rng: createRng(1) });
  tf.tidy(() => {
    const table = new Float32Array(20);
    table.set([2, -1, 0.5, 99], 16); // rows 8 and 9: the weight, and the bias with a number that is not used
    model.params["embeddings.weight"]?.assign(tf.tensor2d(table, [10, 2]));
  });
});
afterAll(() => {
  model.dispose();
  expect(tf.memory().numTensors).toBe(0);
});

const hidden = (): tf.Tensor3D =>
  tf.tensor3d([
    [
      [1, 1],
      [5, 5],
    ],
    [
      [0, 2],
      [5, 5],
    ],
  ]);

describe("parallel classification", () => {
  it("scores the first state of each row with embeddings 8 and 9", () => {
    expect(tf.tidy(() => pairScores(model, hidden()).arraySync())).toEqual([2 - 1 + 0.5, -2 + 0.5]);
  });

  it("costs -log of the probability of the right answer", () => {
    const sigmoid = (s: number): number => 1 / (1 + Math.exp(-s));
    const loss = tf.tidy(() => pairLoss(model, hidden(), Int32Array.of(1, 0)).arraySync());
    expect(loss).toBeCloseTo((-Math.log(sigmoid(1.5)) - Math.log(1 - sigmoid(-1.5))) / 2, 6);
  });

  it("moves the two rows of the embeddings", () => {
    const states = hidden();
    const { loss, grads } = lossGradients(model, () => pairLoss(model, states, Int32Array.of(1, 0)));
    expect(Object.keys(grads)).toEqual(["embeddings.weight"]);
    const rows = grads["embeddings.weight"]?.arraySync() as number[][];
    const off = 1 / (1 + Math.exp(-1.5)) - 1; // sigmoid(1.5) - 1; the second is its negative
    // d loss / d score is off / 2 and -off / 2; the states are [1, 1] and [0, 2].
    expect(rows[8]?.[0]).toBeCloseTo(off / 2, 6);
    expect(rows[8]?.[1]).toBeCloseTo(off / 2 - off, 6);
    expect(rows[9]?.[0]).toBeCloseTo(0, 6);
    expect(rows[9]?.[1]).toBe(0);
    tf.dispose([states, loss, grads]);
  });

  it("stays finite for scores that no probability can hold", () => {
    const far = tf.tensor3d([[[200, 0]], [[-200, 0]]]);
    expect(tf.tidy(() => pairLoss(model, far, Int32Array.of(1, 1)).arraySync())).toBeCloseTo(399.5 / 2, 4);
    far.dispose();
  });

  it("refuses labels that do not fit", () => {
    const message = (of: Transformer, labels: number[]): string => {
      const states = hidden();
      try {
        pairLoss(of, states, Int32Array.from(labels)).dispose();
      } catch (error) {
        return `${(error as XlmError).code} ${(error as Error).message}`;
      } finally {
        states.dispose();
      }
      return "accepted";
    };
    expect(message(model, [1])).toMatchInlineSnapshot(
      `"XLM_SHAPE there are 1 labels and 2 pairs: every pair has one label. Fix: pass the labels that belong to this batch"`,
    );
    expect(message(model, [1, 2])).toMatchInlineSnapshot(
      `"XLM_OPTION a label is 2: pairs match or do not. Fix: use 0 and 1"`,
    );
    const bare = createTransformer({ vocabSize: 9, embDim: 2, nLayers: 1, nHeads: 1 }, { rng: createRng(1) });
    expect(message(bare, [1, 0])).toMatchInlineSnapshot(
      `"XLM_SHAPE the vocabulary has 9 ids: embeddings 8 and 9 are the classifier. Fix: use a vocabulary with XLM's special tokens"`,
    );
    bare.dispose();
  });
});
