import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { createRng, langId, type PredictionBatch } from "@xlm/core";
import { dictionaryFromCounts, indexText, type Corpus } from "@xlm/data";
import { presets, createTransformer } from "@xlm/transformer";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { tinyModel, tinyText, tinyTranslator } from "../test/tiny.js";
import {
  createTrainingData,
  createTrainer,
  embedSentences,
  evaluate,
  evaluationBatches,
  retrievalAccuracy,
  wordEnds,
  type EvaluationText,
  type Vectors,
} from "./index.js";

const { dictionary, corpora } = tinyText(12);
const corpus = corpora.mono["en"]!;
const { sides } = corpora.para[0]!;
const langs = [langId(0, 2), langId(1, 2)] as const;
const reordered = ({ ids, positions }: Corpus, rows: readonly number[]): Corpus => ({
  ids,
  positions: Int32Array.from(rows.flatMap((row) => [...positions.subarray(2 * row, 2 * row + 2)])),
});
beforeAll(() => tf.setBackend("cpu"));

describe("evaluate", () => {
  const texts: EvaluationText[] = [
    { objective: "mlm", corpus },
    { objective: "clm", corpus },
    { objective: "tlm", sides, langs },
    { objective: "clm", sides, langs },
    { objective: "mt", sides, langs },
  ];
  it.each(texts)("gives ln(vocabSize) a target to a model that knows nothing: $objective", async (text) => {
    const model = tinyTranslator(dictionary);
    for (const [name, variable] of Object.entries(model.params)) {
      if (/embeddings.weight|proj.bias/.test(name)) variable.assign(tf.zeros(variable.shape));
    }
    const batches = evaluationBatches(text, dictionary, { seqLen: 16 });
    const { nll, nTargets, perplexity, nWords, perplexityPerWord } = await evaluate(model, batches);
    expect(nll / nTargets).toBeCloseTo(Math.log(dictionary.size), 5);
    expect(perplexity).toBeCloseTo(dictionary.size, 3);
    expect(nWords).toBe(0);
    expect(perplexityPerWord).toBeNaN();
    model.dispose();
  });

  it.each(["mt", "clm"] as const)(
    "%s: does not depend on order and number of the pairs in a batch",
    async (objective) => {
      const model = tinyTranslator(dictionary);
      const whole = await evaluate(model, evaluationBatches({ objective, sides, langs }, dictionary));
      const order = fc.shuffledSubarray([...Array(12).keys()], { minLength: 12 });
      await fc.assert(
        fc.asyncProperty(order, fc.integer({ min: 1, max: 12 }), async (rows, batchSize) => {
          const [one, other] = sides.map((side) => reordered(side, rows)) as [Corpus, Corpus];
          const text = { objective, sides: [one, other], langs } as const;
          const found = await evaluate(model, evaluationBatches(text, dictionary, { batchSize }));
          expect([found.nTargets, found.nCorrect]).toEqual([whole.nTargets, whole.nCorrect]);
          expect(Math.abs(found.nll / whole.nll - 1)).toBeLessThan(1e-6); // sums of some hundred float32 losses
        }),
        { numRuns: 5 },
      );
      model.dispose();
    },
  );

  it("refuses a translation for a model that has no decoder", async () => {
    const model = tinyModel(dictionary);
    const batches = evaluationBatches({ objective: "mt", sides, langs }, dictionary);
    await expect(evaluate(model, batches)).rejects.toMatchObject({ code: "XLM_UNSUPPORTED" });
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
    const windows = batches.map(({ batch }) => batch as PredictionBatch);
    expect(windows.map(({ shape }) => shape)).toEqual([
      [1, 8],
      [1, 8],
    ]);
    const model = tinyModel(dictionary);
    await expect(evaluate(model, [])).rejects.toThrowErrorMatchingInlineSnapshot(
      `[OptionError: there is nothing to predict in the evaluation: a mean over no prediction is undefined. Fix: evaluate on more text]`,
    );
    const none = windows.map((batch) => ({
      objective: "mlm" as const,
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

describe("evaluationBatches", () => {
  const words = dictionaryFromCounts(new Map([..."abcde"].map((word) => [word, 1])));
  const text = (...lines: string[]): Corpus => indexText(lines, words);
  const [a, b, c, d] = [..."abcd"].map((word) => words.idOf(word)) as [number, number, number, number];
  const pairs = [text("a b c", "a", ""), text("b", "c d", "e")] as const;

  it("translates pairs in order of length, without those of an empty side", () => {
    const given = { objective: "mt", sides: pairs, langs } as const;
    expect([...evaluationBatches(given, words, { batchSize: 1 })].map(({ batch }) => batch)).toMatchObject([
      {
        source: { ids: Int32Array.of(1, a, 1), langs: Int32Array.of(0, 0, 0) },
        target: { ids: Int32Array.of(1, c, d, 1), langs: Int32Array.of(1, 1, 1, 1), targets: Int32Array.of(c, d, 1) },
      },
      { source: { lengths: Int32Array.of(5) }, target: { targets: Int32Array.of(b, 1) } },
    ]);
    const back = evaluationBatches({ objective: "mt", sides: [pairs[1], pairs[0]] }, words, { maxWords: 2 });
    expect([...back].map(({ batch }) => batch)).toMatchObject([{ source: { ids: Int32Array.of(1, c, d, 1) } }]);
  });

  it("reads a pair from left to right, the second sentence from position 0 again", () => {
    const [first] = evaluationBatches({ objective: "clm", sides: pairs, langs }, words, { batchSize: 1 });
    expect(first!.batch).toMatchObject({
      ids: Int32Array.of(1, a, 1, 1, c, d, 1),
      positions: Int32Array.of(0, 1, 2, 0, 1, 2, 3),
      langs: Int32Array.of(0, 0, 0, 1, 1, 1, 1),
      targets: Int32Array.of(a, 1, 1, c, d, 1),
    });
  });

  it("leaves out what the model has no positions for, and refuses to serve nothing", () => {
    const long = [text("a b c d e", "a"), text("a", "b")] as const;
    expect([...evaluationBatches({ objective: "mt", sides: long }, words, { maxLen: 6 })]).toHaveLength(1);
    expect(() => [...evaluationBatches({ objective: "mt", sides: [text(""), text("")] }, words)]).toThrow(
      expect.objectContaining({ code: "XLM_DATA" }) as Error,
    );
    expect(() => [...evaluationBatches({ objective: "mt", sides: [text("a", "b"), text("a")] }, words)]).toThrow(
      expect.objectContaining({ code: "XLM_SHAPE" }) as Error,
    );
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
