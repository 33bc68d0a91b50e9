import * as tf from "@tensorflow/tfjs-core";
import { registerWasmBackend } from "@xlm/backend-wasm";
import { createRng, drawInt, drawPermutation, type Rng } from "@xlm/core";
import { createTrainer, type LabelledBatch } from "@xlm/trainer";
import { createHead, createTransformer, exportWeights, joinModels, type Transformer } from "@xlm/transformer";
import { beforeAll, describe, expect, it } from "vitest";
import { learnTextCodec } from "../text-codec.js";
import { createTextClassifier } from "./classifier.js";
import { indexExamples, type Example } from "./examples.js";
import { finetuneClassifier, finetuneRegressor, type FinetuneOptions } from "./finetune.js";
import { createExampleSource } from "./source.js";

// A made-up language: what a line is about shows in some of its words. The other language has the same words in capitals.
const TOPICS: Readonly<Record<string, readonly string[]>> = {
  sea: ["wave", "salt", "boat"],
  sky: ["star", "moon", "cloud"],
  soil: ["root", "stone", "worm"],
};
const FILLERS = ["the", "a", "of", "is", "was"];
const pick = <T>(rng: Rng, from: readonly T[]): T => from[drawInt(rng, from.length)]!;
function examplesOf(n: number, rng: Rng): Example[] {
  return Array.from({ length: n }, () => {
    const label = pick(rng, Object.keys(TOPICS));
    const words = Array.from({ length: 2 + drawInt(rng, 5) }, () => pick(rng, FILLERS));
    words[drawInt(rng, words.length)] = pick(rng, TOPICS[label]!);
    return { text: words.join(" "), label };
  });
}
const capitals = (examples: readonly Example[]): Example[] =>
  examples.map((example) => ({ ...example, text: example.text.toUpperCase() }));

const train = examplesOf(120, createRng(1));
const test = examplesOf(90, createRng(2));
const text = train.map((example) => example.text);
const codec = learnTextCodec({ aa: text, bb: text.map((line) => line.toUpperCase()) }, createRng(3), {
  ...{ merges: 200, tokenizer: "none" },
});
const fresh = (): Transformer =>
  createTransformer(
    { embDim: 16, nLayers: 1, nHeads: 2, maxLen: 32, vocabSize: codec.dictionary.size, nLangs: 2 },
    { rng: createRng(4) },
  );
const quick: FinetuneOptions = { epochs: 12, encoderOptimizer: "adam,lr=0.01", headOptimizer: "adam,lr=0.01" };
const counts = (): number => tf.memory().numTensors;

beforeAll(async () => {
  await registerWasmBackend({ threads: 1 });
  await tf.setBackend("xlm-wasm");
});

describe("finetuneClassifier", () => {
  it("learns what can be learnt, from a copy of the encoder, and leaves no tensor", async () => {
    const before = counts();
    const encoder = fresh();
    const weights = exportWeights(encoder);
    const classifier = await finetuneClassifier(
      encoder,
      codec,
      { train, valid: test, lang: "aa" },
      createRng(5),
      quick,
    );
    const { accuracy, confusion, gold, predictions } = await classifier.evaluate(test, "aa");
    expect(classifier.labels).toEqual(["sea", "sky", "soil"]);
    expect(accuracy).toBeGreaterThan(0.95);
    expect(confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(90);
    expect(confusion[0]![1]).toBe(gold.filter((label, i) => label === 0 && predictions[i] === 1).length);
    expect(classifier.epochs[classifier.chosen - 1]!.score).toBe(accuracy);
    expect(exportWeights(encoder)).toEqual(weights);

    const { classes, probabilities } = await classifier.predict([{ text: "the salt of the wave" }], "aa");
    expect(classes).toEqual(Int32Array.of(0));
    expect(probabilities.reduce((sum, value) => sum + value)).toBeCloseTo(1, 6);
    classifier.dispose();
    encoder.dispose();
    expect(counts()).toBe(before);
  });

  it("answers each passage alone: order, batches and neighbours change nothing", async () => {
    const encoder = fresh();
    const classifier = await finetuneClassifier(encoder, codec, { train, lang: "aa" }, createRng(5), {
      ...quick,
      epochs: 2,
    });
    const order = drawPermutation(createRng(6), test.length);
    const straight = await classifier.predict(test, "aa");
    const shuffled = await classifier.predict(
      Array.from(order, (i) => test[i]!),
      "aa",
      { batchSize: 7 },
    );
    order.forEach((from, to) => {
      for (let k = 0; k < 3; k++) {
        const difference = shuffled.probabilities[3 * to + k]! - straight.probabilities[3 * from + k]!;
        expect(Math.abs(difference)).toBeLessThan(1e-5); // float32 sums in another order
      }
    });

    // What is asked of one language does not depend on what was asked of another before.
    const [aa, bb] = [test, capitals(test)];
    const one = [await classifier.evaluate(aa, "aa"), await classifier.evaluate(bb, "bb")];
    const other = [await classifier.evaluate(bb, "bb"), await classifier.evaluate(aa, "aa")];
    expect(other.reverse()).toEqual(one);
    classifier.dispose();
    encoder.dispose();
  });

  it("knows nothing that is not in the labels: shuffled ones leave held-out examples at chance", async () => {
    const order = drawPermutation(createRng(7), train.length);
    const shuffled = train.map((example, i) => ({ ...example, label: train[order[i]!]!.label }));
    const rng = createRng(8); // held-out labels have nothing to do with their texts: every answer is right one time in three
    const held = examplesOf(400, rng).map((example) => ({ ...example, label: pick(rng, Object.keys(TOPICS)) }));
    const encoder = fresh();
    const options = { ...quick, epochs: 6 };
    const classifier = await finetuneClassifier(encoder, codec, { train: shuffled, lang: "aa" }, createRng(5), options);
    const { accuracy } = await classifier.evaluate(held, "aa");
    classifier.dispose();
    encoder.dispose();
    const sixSigma = 6 * Math.sqrt(((1 / 3) * (2 / 3)) / held.length); // binomial; a correct one fails once in ~10^8 draws
    expect(Math.abs(accuracy - 1 / 3)).toBeLessThan(sixSigma);
  });

  it("gives the same with the same seed, to the bit, and something else with another", async () => {
    const weightsOf = async (seed: number): Promise<Float32Array> => {
      const encoder = fresh();
      const options = { ...quick, epochs: 2, groupBySize: true, dropout: 0.1 };
      const classifier = await finetuneClassifier(encoder, codec, { train, lang: "aa" }, createRng(seed), options);
      const { data } = exportWeights(classifier.model)["head.proj.weight"]!;
      classifier.dispose();
      encoder.dispose();
      return data;
    };
    const first = await weightsOf(1);
    expect(await weightsOf(1)).toEqual(first);
    expect(await weightsOf(2)).not.toEqual(first);
  });

  it("moves the layers it is told to", async () => {
    const encoder = fresh();
    const before = exportWeights(encoder);
    const classifier = await finetuneClassifier(encoder, codec, { train, lang: "aa" }, createRng(5), {
      ...quick,
      epochs: 1,
      layers: "_1",
    });
    const after = exportWeights(classifier.model.encoder);
    expect(after["embeddings.weight"]).toEqual(before["embeddings.weight"]);
    expect(after["attentions.0.q_lin.weight"]).not.toEqual(before["attentions.0.q_lin.weight"]);
    classifier.dispose();
    encoder.dispose();
  });

  it("keeps the best epoch, ends when none is better for a while, and tells its steps", async () => {
    const encoder = fresh();
    const steps: number[] = [];
    const classifier = await finetuneClassifier(encoder, codec, { train, valid: test, lang: "aa" }, createRng(5), {
      ...{ ...quick, epochs: 40, patience: 2, epochSize: 40 },
      onStep: ({ update }) => steps.push(update),
    });
    const { epochs, chosen } = classifier;
    const scores = epochs.map(({ score }) => score!);
    expect(chosen).toBe(scores.indexOf(Math.max(...scores)) + 1);
    expect(epochs.length).toBe(chosen + 2);
    expect(steps).toEqual(Array.from({ length: epochs.length * 5 }, (_, i) => i + 1)); // 40 examples an epoch, 8 a batch
    expect((await classifier.evaluate(test, "aa")).accuracy).toBe(Math.max(...scores));
    classifier.dispose();
    encoder.dispose();
  });

  it("stops when told to, and leaves nothing behind, whatever goes wrong", async () => {
    const encoder = fresh();
    const before = counts();
    const stop = new AbortController();
    const onStep = ({ update }: { update: number }): void =>
      update === 3 ? stop.abort(new Error("enough")) : undefined;
    const run = (options: FinetuneOptions, more: object = {}) =>
      finetuneClassifier(encoder, codec, { train, lang: "aa", ...more }, createRng(5), { ...quick, ...options });
    await expect(run({ signal: stop.signal, onStep })).rejects.toThrow("enough");
    await expect(run({ headOptimizer: "adam,rate=1" })).rejects.toMatchObject({ code: "XLM_OPTION" });
    await expect(run({ layers: "5" })).rejects.toMatchObject({ code: "XLM_OPTION" });
    await expect(run({ epochs: 0 })).rejects.toMatchObject({ code: "XLM_OPTION" });
    await expect(run({ encoderOptimizer: "sgd,lr=1e30", headOptimizer: "sgd,lr=1e30" })).rejects.toMatchObject({
      code: "XLM_DIVERGED",
    });
    await expect(run({}, { train: [] })).rejects.toMatchObject({ code: "XLM_DATA" });
    await expect(run({}, { train: train.filter(({ label }) => label === "sea") })).rejects.toMatchObject({
      code: "XLM_DATA",
    });
    await expect(run({}, { valid: [{ text: "a", label: "fire" }] })).rejects.toMatchObject({ code: "XLM_DATA" });
    await expect(run({}, { lang: "cc" })).rejects.toMatchObject({ code: "XLM_OPTION" });
    await expect(run({}, { labels: ["sea"] })).rejects.toMatchObject({ code: "XLM_OPTION" });
    expect(counts()).toBe(before);
    encoder.dispose();
  });

  it("asks for the codec of its encoder", async () => {
    const encoder = createTransformer(
      { embDim: 8, nLayers: 1, nHeads: 1, vocabSize: 20, nLangs: 2 },
      { rng: createRng(1) },
    );
    await expect(finetuneClassifier(encoder, codec, { train, lang: "aa" }, createRng(1))).rejects.toMatchObject({
      code: "XLM_MISMATCH",
    });
    const head = createHead({ inputDim: 16, nOutputs: 2 }, { rng: createRng(1) });
    const model = joinModels({ encoder: fresh(), head });
    expect(() => createTextClassifier(model, codec, ["sea", "sky", "soil"])).toThrowErrorMatchingInlineSnapshot(
      `[MismatchError: the model knows 2 answers and is given 3: ids and outputs would stand for something else than it has learnt. Fix: use the codes, vocabulary and labels that it was trained with]`,
    );
    model.dispose();
    encoder.dispose();
  });
});

describe("finetuneRegressor", () => {
  it("learns a number of a pair", async () => {
    const rng = createRng(9);
    const pairs = Array.from({ length: 160 }, (): Example => {
      const [a, b] = [0, 1].map(() => pick(rng, ["salt", "star"]));
      return { text: `the ${a}`, pair: `a ${b} is`, label: (a === "salt" ? 2 : 0) + (b === "salt" ? 1 : 0) };
    });
    const encoder = fresh();
    const regressor = await finetuneRegressor(
      encoder,
      codec,
      { train: pairs.slice(0, 120), valid: pairs.slice(120), lang: "aa" },
      createRng(5),
      quick,
    );
    const { pearson, spearman, predictions } = await regressor.evaluate(pairs.slice(120), "aa");
    expect(pearson).toBeGreaterThan(0.95);
    expect(spearman).toBeGreaterThan(0.8);
    expect(predictions).toEqual(await regressor.predict(pairs.slice(120), "aa"));
    await expect(regressor.evaluate([{ text: "a", pair: "b", label: "much" }], "aa")).rejects.toMatchObject({
      code: "XLM_DATA",
    });
    regressor.dispose();
    encoder.dispose();
  });
});

describe("createExampleSource", () => {
  const set = indexExamples(train, codec, "aa", Object.keys(TOPICS));

  it("serves every example once an epoch, in batches of nearly one size", () => {
    const source = createExampleSource(set, createRng(1), { batchSize: 50 });
    expect(source.batchesPerEpoch).toBe(3);
    const epoch = (): number[][] => Array.from({ length: 3 }, () => [...(source.next().batch as LabelledBatch).ids]);
    const sizes = Array.from({ length: 3 }, () => source.next().nSentences);
    expect(sizes).toEqual([40, 40, 40]);
    expect(epoch()).not.toEqual(epoch()); // another order
    const labels = Array.from({ length: 3 }, () => [...(source.next().batch as LabelledBatch).labels]).flat();
    expect(labels.sort()).toEqual([...set.labels].sort());
  });

  it("goes on from a state as if it had never stopped", () => {
    const options = { batchSize: 16, groupBySize: true };
    const source = createExampleSource(set, createRng(1), options);
    for (let i = 0; i < 11; i++) source.next();
    const other = createExampleSource(set, createRng(99), options);
    other.restore(JSON.parse(JSON.stringify(source.state())));
    for (let i = 0; i < 20; i++) expect(other.next().batch).toEqual(source.next().batch);
  });

  it("trains by createTrainer", async () => {
    const head = createHead({ inputDim: 16, nOutputs: 3 }, { rng: createRng(1) });
    const model = joinModels({ encoder: fresh(), head });
    const trainer = createTrainer(model, createExampleSource(set, createRng(2)), createRng(3), {
      optimizer: "adam,lr=0.01",
    });
    await trainer.train(150);
    expect(trainer.counters.batches).toEqual({ "classify aa": 150 });
    expect(
      (await createTextClassifier(model, codec, Object.keys(TOPICS)).evaluate(train, "aa")).accuracy,
    ).toBeGreaterThan(0.95);
    trainer.dispose();
    model.dispose();
  });
});
