import "@tensorflow/tfjs-backend-cpu";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { createRng, type PredictionBatch, type TranslationBatch } from "@xlm/core";
import { exportWeights, type Trainable } from "@xlm/transformer";
import { beforeAll, describe, expect, it } from "vitest";
import {
  stepsOf,
  tinyModel,
  tinyObjectives,
  tinyOptions,
  tinyText,
  tinyTranslator,
  type TinyObjective,
} from "../test/tiny.js";
import { compareRun, recordedRuns, tooFar } from "../test/train-cases.js";
import { splitRows } from "./micro-batches.js";
import { targetCount } from "./objective.js";
import {
  createTrainingData,
  createTensorOptimizer,
  initOptimizer,
  parseOptimizer,
  trainStep,
  updateParams,
  type LabelledBatch,
  type ObjectiveBatch,
  type TrainingBatch,
} from "./index.js";

const fixtures = path.join(import.meta.dirname, "../test/fixtures/train");
const { dictionary, corpora } = tinyText();

beforeAll(() => tf.setBackend("cpu"));

const batchFor = (name: TinyObjective): TrainingBatch =>
  createTrainingData(corpora, dictionary, createRng(3), { ...tinyOptions, ...stepsOf(name) }).next();
const { mlm: masked, pc: pairs, clm: causal } = tinyObjectives;
const every = Object.keys(tinyObjectives) as TinyObjective[];
const modelFor = (name: TinyObjective): Trainable =>
  ["ae", "mt", "bt"].includes(name) ? tinyTranslator(dictionary) : tinyModel(dictionary);

describe("trainStep", () => {
  it.each(every)("%s: a batch can be learnt by heart", async (objective) => {
    const model = modelFor(objective);
    const lr = "decoder" in model ? 0.01 : 0.02; // faster, and a decoder forgets to look at the source
    const optimizer = createTensorOptimizer(parseOptimizer(`adam,lr=${lr}`), model.params);
    // At first all rows are translated alike, and none can be told from another: back-translation learns one.
    const [part] = splitRows(batchFor(objective), objective === "bt" ? 4 : 1) as [ObjectiveBatch];
    const losses: number[] = [];
    for (let i = 0; i < 60; i++) losses.push((await trainStep(model, optimizer, [part])).loss);
    // At first no better than chance, give or take what random weights favour.
    const chance = objective === "pc" ? Math.log(2) : Math.log(dictionary.size);
    expect(Math.abs(losses[0]! - chance)).toBeLessThan(1.5);
    expect(losses.at(-1)!).toBeLessThan(0.1);
    optimizer.dispose();
    model.dispose();
  });

  it("leaves no tensor behind over 50 steps", async () => {
    const model = tinyModel(dictionary, 0.1);
    const optimizer = createTensorOptimizer(parseOptimizer("adam,lr=0.001"), model.params);
    const parts = splitRows(batchFor("mlm"), 2);
    const dropoutRng = createRng(9);
    await trainStep(model, optimizer, parts, { dropoutRng });
    const before = tf.memory().numTensors;
    for (let i = 0; i < 50; i++) await trainStep(model, optimizer, parts, { dropoutRng });
    expect(tf.memory().numTensors).toBe(before);
    const weights = Object.keys(model.params).length;
    optimizer.dispose();
    expect(tf.memory().numTensors).toBe(before - 2 * weights);
    model.dispose();
  });

  it("makes no update of a batch without targets", async () => {
    const model = tinyModel(dictionary);
    const optimizer = createTensorOptimizer(parseOptimizer("adam,lr=0.1"), model.params);
    const { ids, shape, lengths } = batchFor("clm").batch as PredictionBatch;
    const empty = { ids, shape, lengths, targets: new Int32Array(), targetIndices: new Int32Array() };
    const before = exportWeights(model);
    const result = await trainStep(model, optimizer, [{ objective: causal, batch: empty }]);
    expect(result).toEqual({ loss: NaN, lr: 0.1, gradNorm: NaN, nTargets: 0, nTokens: 48, updated: false });
    expect(exportWeights(model)).toEqual(before);
    expect(optimizer.nUpdates).toBe(0);
    await expect(trainStep(model, optimizer, [])).rejects.toThrowErrorMatchingInlineSnapshot(
      `[OptionError: a step was given no batches: there is nothing to learn from. Fix: pass at least one]`,
    );
    optimizer.dispose();
    model.dispose();
  });

  it("leaves parameters that a step does not use, and their averages, alone", async () => {
    const model = tinyModel(dictionary);
    const optimizer = createTensorOptimizer(parseOptimizer("adam,lr=0.1,weight_decay=0.1"), model.params);
    const bias = "pred_layer.proj.bias"; // no part of telling pairs apart
    const before = exportWeights(model);
    await trainStep(model, optimizer, [batchFor("pc")]);
    const after = exportWeights(model);
    expect(after[bias]).toEqual(before[bias]);
    expect(after["embeddings.weight"]).not.toEqual(before["embeddings.weight"]);
    await trainStep(model, optimizer, [batchFor("mlm")]);
    const { params } = await optimizer.state();
    expect([params[bias]!.step, params["embeddings.weight"]!.step]).toEqual([1, 2]);
    optimizer.dispose();
    model.dispose();
  });

  it("stops before an update that is not finite, the weights untouched", async () => {
    const model = tinyModel(dictionary);
    const optimizer = createTensorOptimizer(parseOptimizer("adam,lr=0.1"), model.params);
    const gamma = model.params["layer_norm_emb.weight"]!;
    gamma.assign(tf.fill(gamma.shape, Infinity));
    const before = exportWeights(model);
    await expect(trainStep(model, optimizer, [batchFor("mlm")])).rejects.toMatchObject({ code: "XLM_DIVERGED" });
    expect(exportWeights(model)).toEqual(before);
    optimizer.dispose();
    model.dispose();
  });

  it("frees what it has of a step that fails half way", async () => {
    const model = tinyModel(dictionary);
    const optimizer = createTensorOptimizer(parseOptimizer("adam"), model.params);
    const good = batchFor("mlm");
    const [, bad] = splitRows(good, 2);
    (bad!.batch as PredictionBatch).ids[0] = dictionary.size; // an id the model does not know
    const before = tf.memory().numTensors;
    await expect(trainStep(model, optimizer, [good, bad!])).rejects.toMatchObject({ code: "XLM_OPTION" });
    expect(tf.memory().numTensors).toBe(before);
    optimizer.dispose();
    model.dispose();
  });

  it("gives other numbers with dropout, and the same for the same generator", async () => {
    const part = batchFor("mlm");
    const lossWith = async (seed: number | undefined): Promise<number> => {
      const model = tinyModel(dictionary, 0.3);
      const optimizer = createTensorOptimizer(parseOptimizer("sgd,lr=0"), model.params);
      const options = seed === undefined ? {} : { dropoutRng: createRng(seed) };
      const { loss } = await trainStep(model, optimizer, [part], options);
      optimizer.dispose();
      model.dispose();
      return loss;
    };
    const [none, one, again, two] = [
      await lossWith(undefined),
      await lossWith(1),
      await lossWith(1),
      await lossWith(2),
    ];
    expect(one).toBe(again);
    expect(new Set([none, one, two]).size).toBe(3);
  });
});

describe("accumulation", () => {
  it.each(every)("%s: micro-batches equal one batch", async (objective) => {
    const part = batchFor(objective);
    const after = async (accumulate: number): Promise<{ loss: number; norm: number; weights: number[] }> => {
      const model = modelFor(objective);
      const optimizer = createTensorOptimizer(parseOptimizer("sgd,lr=1"), model.params);
      const { loss, gradNorm, nTargets } = await trainStep(model, optimizer, [part], { clip: 0, accumulate });
      expect(nTargets).toBe(targetCount(part.batch));
      const weights = Object.values(exportWeights(model)).flatMap(({ data }) => [...data]);
      optimizer.dispose();
      model.dispose();
      return { loss, norm: gradNorm, weights };
    };
    const whole = await after(1);
    for (const k of [2, 3, 9]) {
      const parts = await after(k);
      // The same sums in another order: some float32 roundings of numbers around 1.
      expect(Math.abs(parts.loss - whole.loss)).toBeLessThan(1e-5);
      expect(Math.abs(parts.norm / whole.norm - 1)).toBeLessThan(1e-5);
      const worst = Math.max(...parts.weights.map((weight, i) => Math.abs(weight - whole.weights[i]!)));
      expect(worst).toBeLessThan(1e-5);
    }
  });

  it("cuts rows, targets and labels at the same places", () => {
    const batch = {
      ids: Int32Array.of(1, 5, 1, 6, 1, 7),
      shape: [3, 2] as const,
      lengths: Int32Array.of(2, 2, 2),
      positions: Int32Array.of(0, 1, 0, 1, 0, 1),
      langs: Int32Array.of(0, 0, 1, 1, 0, 0),
      targetIndices: Int32Array.of(1, 5),
      targets: Int32Array.of(20, 30),
    };
    const parts = splitRows({ objective: masked, batch }, 3).map((part) => part.batch as PredictionBatch);
    expect(parts.map(({ ids }) => [...ids])).toEqual([
      [1, 5],
      [1, 6],
      [1, 7],
    ]);
    expect(parts.map(({ langs }) => langs![0])).toEqual([0, 1, 0]);
    expect(parts.map((part) => "targets" in part && [[...part.targetIndices], [...part.targets]])).toEqual([
      [[1], [20]],
      [[], []],
      [[1], [30]],
    ]);
    const { targetIndices: _, targets: __, ...plain } = batch;
    const pair = splitRows({ objective: pairs, batch: { ...plain, labels: Int32Array.of(1, 0, 1) } }, 2);
    expect(pair.map((part) => [...(part.batch as LabelledBatch).labels])).toEqual([[1], [0, 1]]);
    const both = splitRows({ objective: tinyObjectives.mt, batch: { source: plain, target: batch } }, 3);
    expect(both.map((part) => [...(part.batch as TranslationBatch).source.ids])).toEqual([
      [1, 5],
      [1, 6],
      [1, 7],
    ]);
    expect(both.map((part) => [...(part.batch as TranslationBatch).target.targets])).toEqual([[20], [], [30]]);
  });
});

describe("createTensorOptimizer", () => {
  const kinds = [
    "adam,lr=0.01,weight_decay=0.1",
    "adam_inverse_sqrt,lr=0.01,warmup_updates=2",
    "adadelta",
    "adagrad,lr=0.1",
    "adamax",
    "asgd",
    "rmsprop,momentum=0.5,centered=1",
    "rprop",
    "sgd,lr=0.1,momentum=0.9",
  ];
  it.each(kinds)("%s: does what the typed-array rule does, and goes on from its state", async (spec) => {
    const optimizer = parseOptimizer(spec);
    const start = Float32Array.of(1, -2, 0.5, 3);
    const variable = tf.variable(tf.tensor2d(start.slice(), [2, 2]));
    let bound = createTensorOptimizer(optimizer, { w: variable });
    let params = { w: start };
    let state = initOptimizer(optimizer, params);
    for (let i = 0; i < 6; i++) {
      const grad = Float32Array.of(0.5, -1 / (i + 1), i - 2.5, 0.25);
      const tensor = tf.tensor2d(grad, [2, 2]);
      await bound.update({ w: tensor }, 0.5);
      tensor.dispose();
      ({ params, state } = updateParams(optimizer, state, params, { w: grad.map((g) => 0.5 * g) }));
      if (i === 2) {
        const saved = await bound.state();
        bound.dispose();
        bound = createTensorOptimizer(optimizer, { w: variable }, saved);
      }
      const moved = await variable.data();
      // The kernel rounds to float32 after every operation, the rule once: a few of its 6e-8, relative.
      moved.forEach((value, at) => expect(Math.abs(value - params.w[at]!)).toBeLessThan(2e-6));
    }
    expect(bound.nUpdates).toBe(6);
    const { w } = (await bound.state()).params;
    expect(w!.step).toBe(6);
    expect(Object.keys(w!.slots)).toEqual(Object.keys(state.params["w"]!.slots));
    bound.dispose();
    variable.dispose();
  });

  it("refuses the state of other parameters", async () => {
    const one = tf.variable(tf.zeros([2]));
    const two = tf.variable(tf.zeros([3]));
    const adam = parseOptimizer("adam");
    const bound = createTensorOptimizer(adam, { one });
    const state = await bound.state();
    bound.dispose();
    expect(() => createTensorOptimizer(adam, { one: two }, state)).toThrowErrorMatchingInlineSnapshot(
      `[MismatchError: the saved optimiser has no mean and square of the right size for "one": an optimiser goes on from the averages of the very parameters it moves. Fix: resume with the model and optimiser of the saved run, or start the optimiser afresh]`,
    );
    expect(() => createTensorOptimizer(parseOptimizer("adagrad"), { one, two }, state)).toThrow(/no square/);
    expect(() => createTensorOptimizer(parseOptimizer("sgd,lr=1"), { one, two }, state)).toThrow(
      /knows 1 parameters and the model trains 2/,
    );
    tf.dispose([one, two]);
  });
});

describe("the first steps of recorded training runs", () => {
  const runs = recordedRuns(fixtures);
  it.each(runs.map((run) => [run.name, run] as const))("%s", async (_, run) => {
    expect(tooFar(await compareRun(fixtures, fixtures, run))).toEqual([]);
  });
});
