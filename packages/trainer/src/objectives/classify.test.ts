import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { createRng } from "@xlm/core";
import { createHead, encode, exportWeights, joinModels, sequenceScores } from "@xlm/transformer";
import { beforeAll, describe, expect, it } from "vitest";
import { tinyModel, tinyText } from "../../test/tiny.js";
import {
  classify,
  createTensorOptimizer,
  parseOptimizer,
  trainStep,
  type Classifier,
  type LabelledBatch,
} from "../index.js";

const { dictionary } = tinyText(4);
beforeAll(() => tf.setBackend("cpu"));

const classifier = (nOutputs: number): Classifier => {
  const encoder = tinyModel(dictionary);
  return joinModels({
    encoder,
    head: createHead({ inputDim: encoder.config.embDim, nOutputs }, { rng: createRng(2) }),
  });
};
/** Four sentences of one word each. */
const batch = (labels: LabelledBatch["labels"]): LabelledBatch => ({
  ids: Int32Array.from([14, 15, 16, 17].flatMap((word) => [1, word, 1])),
  shape: [4, 3],
  lengths: Int32Array.of(3, 3, 3, 3),
  labels,
});
const scoresOf = ({ encoder, head }: Classifier, read: LabelledBatch): tf.Tensor2D =>
  tf.tidy(() => sequenceScores(head, encode(encoder, read)));

describe("classify", () => {
  it("begins near chance, and learns classes by heart", async () => {
    const model = classifier(3);
    const optimizer = createTensorOptimizer(parseOptimizer("adam,lr=0.01"), model.params);
    const read = batch(Int32Array.of(0, 2, 1, 0));
    const part = { objective: classify(), batch: read };
    const { loss } = await trainStep(model, optimizer, [part]);
    expect(Math.abs(loss - Math.log(3))).toBeLessThan(1);
    for (let i = 0; i < 30; i++) await trainStep(model, optimizer, [part]);
    const best = tf.tidy(() => tf.argMax(scoresOf(model, read), -1));
    expect([...best.dataSync()]).toEqual([0, 2, 1, 0]);
    best.dispose();
    optimizer.dispose();
    model.dispose();
  });

  it("learns numbers by the square of what it is off", async () => {
    const model = classifier(1);
    const optimizer = createTensorOptimizer(parseOptimizer("adam,lr=0.02"), model.params);
    const labels = Float32Array.of(0.5, 4.25, 2, 3.5);
    const part = { objective: classify("number"), batch: batch(labels) };
    const scores = scoresOf(model, part.batch);
    const off = [...scores.dataSync()].map((score, i) => (score - labels[i]!) ** 2);
    scores.dispose();
    const { loss } = await trainStep(model, optimizer, [part]);
    expect(loss).toBeCloseTo(off.reduce((sum, square) => sum + square) / 4, 5);
    let last = loss;
    for (let i = 0; i < 60; i++) last = (await trainStep(model, optimizer, [part])).loss;
    expect(last).toBeLessThan(0.05);
    optimizer.dispose();
    model.dispose();
  });

  it.each(["classes", "number"] as const)("%s: micro-batches equal one batch, and leave no tensor", async (kind) => {
    const labels = kind === "classes" ? Int32Array.of(0, 1, 1, 0) : Float32Array.of(1, 2, 3, 4);
    const after = async (accumulate: number): Promise<number[]> => {
      const before = tf.memory().numTensors;
      const model = classifier(kind === "classes" ? 2 : 1);
      const optimizer = createTensorOptimizer(parseOptimizer("sgd,lr=0.1"), model.params);
      const part = { objective: classify(kind), batch: batch(labels) };
      const { loss, nTargets } = await trainStep(model, optimizer, [part], { clip: 0, accumulate });
      expect(nTargets).toBe(4);
      const weights = Object.values(exportWeights(model)).flatMap(({ data }) => [...data]);
      optimizer.dispose();
      model.dispose();
      expect(tf.memory().numTensors).toBe(before);
      return [loss, ...weights];
    };
    const [whole, parts] = [await after(1), await after(3)];
    // The same sums in another order: some float32 roundings of numbers of up to 16.
    expect(Math.max(...parts.map((value, i) => Math.abs(value - whole[i]!)))).toBeLessThan(1e-5);
  });

  it("asks for an encoder and a head, and for a class that the head has", async () => {
    const model = classifier(2);
    expect(() => classify().modelOf(model.encoder)).toThrowErrorMatchingInlineSnapshot(
      `[UnsupportedError: the model has no encoder and head: classification is a linear map of an encoder's first state. Fix: make the model with joinModels({ encoder, head })]`,
    );
    const optimizer = createTensorOptimizer(parseOptimizer("adam"), model.params);
    const part = { objective: classify(), batch: batch(Int32Array.of(0, 1, 2, 0)) };
    await expect(trainStep(model, optimizer, [part])).rejects.toMatchObject({ code: "XLM_OPTION" });
    optimizer.dispose();
    model.dispose();
  });
});
