import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { createRng, langId } from "@xlm/core";
import { presets, createTransformer } from "@xlm/transformer";
import { beforeAll, describe, expect, it } from "vitest";
import { tinyModel, tinyText } from "../test/tiny.js";
import {
  createTrainingData,
  createTrainer,
  embedSentences,
  evaluate,
  evaluationBatches,
  retrievalAccuracy,
  wordEnds,
  type Vectors,
} from "./index.js";

const { dictionary, corpora } = tinyText(12);
const corpus = corpora.mono["en"]!;
const { sides } = corpora.para[0]!;
beforeAll(() => tf.setBackend("cpu"));

describe("evaluate", () => {
  it("gives ln(vocabSize) a target to a model that knows nothing", async () => {
    const model = tinyModel(dictionary);
    for (const name of ["embeddings.weight", "pred_layer.proj.bias"]) {
      model.params[name]!.assign(tf.zeros(model.params[name]!.shape));
    }
    for (const objective of ["mlm", "clm"] as const) {
      const batches = evaluationBatches({ objective, corpus }, dictionary, { seqLen: 16 });
      const { nll, nTargets, perplexity, nWords, perplexityPerWord } = await evaluate(model, batches);
      expect(nll / nTargets).toBeCloseTo(Math.log(dictionary.size), 5);
      expect(perplexity).toBeCloseTo(dictionary.size, 3);
      expect(nWords).toBe(0);
      expect(perplexityPerWord).toBeNaN();
    }
    model.dispose();
  });

  it("counts words by the pieces that end them", async () => {
    const model = tinyModel(dictionary);
    const endsWord = wordEnds(dictionary);
    expect(endsWord(dictionary.idOf("lo@@"))).toBe(false);
    expect(endsWord(dictionary.idOf("ves"))).toBe(true);
    expect(endsWord(dictionary.eosId)).toBe(true);
    const text = { objective: "clm", corpus, lang: langId(0, 2) } as const;
    const found = await evaluate(model, evaluationBatches(text, dictionary, { seqLen: 16 }), { endsWord });
    expect(found.nWords).toBeLessThan(found.nTargets);
    expect(found.perplexityPerWord).toBeCloseTo(found.perplexity ** (found.nTargets / found.nWords), 6);
    model.dispose();
  });

  it("does not depend on how many targets are scored at a time, leaves no tensor, and repeats itself", async () => {
    const model = tinyModel(dictionary, 0.5);
    const before = tf.memory().numTensors;
    const langs = [langId(0, 2), langId(1, 2)] as const;
    const run = (chunk: number): ReturnType<typeof evaluate> =>
      evaluate(model, evaluationBatches({ objective: "tlm", sides, langs }, dictionary, { batchSize: 5 }), { chunk });
    const [one, two] = [await run(3), await run(500)];
    expect(one.nTargets).toBe(two.nTargets);
    expect(one.nCorrect).toBe(two.nCorrect);
    expect(Math.abs(one.nll / two.nll - 1)).toBeLessThan(1e-6);
    expect(await run(500)).toEqual(two);
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });

  it("stops after as many batches as are asked for, and refuses to average nothing", async () => {
    const batches = [...evaluationBatches({ objective: "mlm", corpus }, dictionary, { seqLen: 8, maxBatches: 2 })];
    expect(batches.map(({ batch }) => batch.shape)).toEqual([
      [1, 8],
      [1, 8],
    ]);
    const model = tinyModel(dictionary);
    await expect(evaluate(model, [])).rejects.toThrowErrorMatchingInlineSnapshot(
      `[OptionError: there is nothing to predict in the evaluation: a mean over no prediction is undefined. Fix: evaluate on more text]`,
    );
    const none = batches.map(({ objective, batch }) => ({
      objective,
      batch: { ...batch, targets: new Int32Array(), targetIndices: new Int32Array() },
    }));
    await expect(evaluate(model, none)).rejects.toMatchObject({ code: "XLM_OPTION" });
    model.dispose();
  });

  it("sees a model get better with training", async () => {
    const model = tinyModel(dictionary);
    const data = createTrainingData(corpora, dictionary, createRng(1), { batchSize: 4, seqLen: 12, maxLen: 32 });
    const trainer = createTrainer(model, data, createRng(2), { optimizer: "adam,lr=0.02" });
    const score = async (): Promise<number> =>
      (await evaluate(model, evaluationBatches({ objective: "mlm", corpus }, dictionary, { seqLen: 12 }))).perplexity;
    const before = await score();
    await trainer.train(40);
    expect(await score()).toBeLessThan(before / 2);
    trainer.dispose();
    model.dispose();
  });
});

describe("retrievalAccuracy", () => {
  const vectors = (...rows: number[][]): Vectors => ({
    data: Float32Array.from(rows.flat()),
    shape: [rows.length, rows[0]?.length ?? 0],
  });

  it("looks for the nearest direction, whatever the lengths", () => {
    const first = vectors([1, 0], [0, 1], [1, 1]);
    const second = vectors([9, 1], [0, 0.1], [2, 2]);
    expect(retrievalAccuracy(first, second)).toEqual({ forward: 1, backward: 1, chance: 1 / 3 });
  });

  it("counts each direction by itself", () => {
    // Every row of the first is nearest to the second's first; that one is nearest to the first's first.
    const found = retrievalAccuracy(vectors([1, 0], [1, 0.1]), vectors([1, 0.04], [0, 1]));
    expect(found).toEqual({ forward: 0.5, backward: 1, chance: 0.5 });
  });

  it("centres away what is common to a language", () => {
    const first = vectors([10, 1, 0], [10, 0, 1]);
    const second = vectors([0, 9, 8], [0, 8, 9]);
    expect(retrievalAccuracy(first, second, { center: true })).toMatchObject({ forward: 1, backward: 1 });
    expect(retrievalAccuracy(vectors([0, 0], [1, 1]), vectors([0, 0], [1, 1])).backward).toBe(1);
  });

  it("refuses sides that do not belong together", () => {
    expect(() => retrievalAccuracy(vectors([1, 0]), vectors([1, 0], [0, 1]))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: the vectors are [1, 2] and [2, 2]: row i of the one is the translation of row i of the other. Fix: pass both sides of the same sentence pairs, at least one]`,
    );
    const bad = { data: new Float32Array(3), shape: [2, 2] as const };
    expect(() => retrievalAccuracy(bad, bad)).toThrow(/first vectors has 3 elements/);
  });

  it("embeds rows as means over their own tokens, whatever the padding", async () => {
    const model = createTransformer({ ...presets.tiny, vocabSize: 20 }, { rng: createRng(1) });
    const before = tf.memory().numTensors;
    const short = { ids: Int32Array.of(1, 15, 1), shape: [1, 3] as const, lengths: Int32Array.of(3) };
    const padded = {
      ids: Int32Array.of(1, 15, 1, 2, 1, 16, 17, 1),
      shape: [2, 4] as const,
      lengths: Int32Array.of(3, 4),
    };
    const { data, shape } = await embedSentences(model, [short, padded]);
    expect(shape).toEqual([3, 16]);
    for (let k = 0; k < 16; k++) expect(data[k]).toBeCloseTo(data[16 + k]!, 5);
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });
});
