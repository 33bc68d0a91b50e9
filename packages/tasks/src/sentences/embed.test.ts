import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { createRng, DataError, OptionError, ShapeError } from "@xlm/core";
import { planBatches, sentenceBatch, sentenceLengths } from "@xlm/data";
import { embedSentences as embedBatches, type Vectors } from "@xlm/trainer";
import { createTransformer, encode, presets, type Transformer } from "@xlm/transformer";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { learnTextCodec } from "../text-codec.js";
import { embedSentences, type EmbedOptions } from "./embed.js";
import { idfWeights } from "./idf.js";

const en = ["the sun sees the sea", "the moon", "the sea calls the moon and the sun", "a bird", "the sun"];
const es = ["el sol ve el mar", "la luna", "el mar llama a la luna y al sol", "un pájaro", "el sol"];
const codec = learnTextCodec({ en, es }, createRng(1), { merges: 40 });
const { dictionary } = codec;
const config = { ...presets.tiny, vocabSize: dictionary.size, nLangs: 2, maxLen: 24 };
let model: Transformer;

beforeAll(async () => {
  await tf.setBackend("cpu");
  model = createTransformer(config, { rng: createRng(2) });
});
afterAll(() => model.dispose());

const expectClose = (actual: Vectors, expected: Vectors): void => {
  expect(actual.shape).toEqual(expected.shape);
  actual.data.forEach((value, at) => expect(Math.abs(value - expected.data[at]!)).toBeLessThan(1e-5));
};
const embed = (lines: readonly string[], options: Partial<EmbedOptions> = {}): Promise<Vectors> =>
  embedSentences(model, codec, lines, { lang: "en", ...options });

describe("embedSentences", () => {
  it("gives the mean of the last states, in the order of the lines, and leaves no tensor behind", async () => {
    const before = tf.memory().numTensors;
    const found = await embed(en, { batchSize: 2 });
    const corpus = codec.corpus(en, "en");
    const batches = planBatches(sentenceLengths([corpus]), { batchSize: 1 }).map((rows) =>
      sentenceBatch(corpus, rows, dictionary, { lang: codec.langId("en") }),
    );
    expectClose(found, await embedBatches(model, batches));
    expect(tf.memory().numTensors).toBe(before);
  });

  it("gives the first state, and those of lower layers", async () => {
    const corpus = codec.corpus(en, "en");
    const batch = sentenceBatch(corpus, Int32Array.of(0, 1, 2, 3, 4), dictionary, { lang: codec.langId("en") });
    const states: Record<string, Float32Array> = {};
    encode(model, batch, { onState: (name, state) => (states[name] = state.dataSync<"float32">().slice()) }).dispose();
    const firstOf = (name: string): Vectors => {
      const stride = batch.shape[1] * config.embDim;
      const rows = en.map((_, row) => [...states[name]!.subarray(row * stride, row * stride + config.embDim)]);
      return { data: Float32Array.from(rows.flat()), shape: [5, config.embDim] };
    };
    expectClose(await embed(en, { pooling: "first" }), firstOf("layer1"));
    expectClose(await embed(en, { pooling: "first", layer: 2 }), firstOf("layer1"));
    expectClose(await embed(en, { pooling: "first", layer: 1 }), firstOf("layer0"));
    expectClose(await embed(en, { pooling: "first", layer: 0 }), firstOf("emb"));
  });

  it("reads the language, empty lines, and lines that are too long", async () => {
    expect(await embed(["el sol"], { lang: "es" })).not.toEqual(await embed(["el sol"]));
    const long = "the sea ".repeat(40);
    const { data, shape } = await embed(["", "the sun", long, `${long} moon`]);
    expect(shape).toEqual([4, 16]);
    expect(data.every(Number.isFinite)).toBe(true);
    expect(data.subarray(32, 48)).toEqual(data.subarray(48, 64)); // cut before they differ
  });

  it("weighs words: with all weight on one word, a line is that state", async () => {
    const weights = new Float64Array(dictionary.size);
    const moon = dictionary.idOf("moon");
    weights[moon] = 3;
    const corpus = codec.corpus(["the moon"], "en");
    const batch = sentenceBatch(corpus, Int32Array.of(0), dictionary, { lang: codec.langId("en") });
    const hidden = encode(model, batch);
    const states = hidden.dataSync<"float32">().slice();
    hidden.dispose();
    const at = batch.ids.indexOf(moon) * config.embDim;
    expect(at).toBeGreaterThan(0);
    const expected: Vectors = { data: states.subarray(at, at + config.embDim), shape: [1, config.embDim] };
    expectClose(await embed(["the moon"], { weights }), expected);
    await expect(embed(["the moon", "the sun"], { weights })).rejects.toThrowErrorMatchingInlineSnapshot(
      `[DataError: line 2: the words of the line weigh 0 together: there is nothing to take the mean of. Fix: give its words or the sentence marks a weight, or leave the line out]`,
    );
  });

  it("tells how far it is, and stops when told to", async () => {
    const seen: number[][] = [];
    await embed(en, { batchSize: 2, onProgress: (done, total) => seen.push([done, total]) });
    expect(seen).toEqual([[2, 5], [4, 5], [5, 5]]); // prettier-ignore
    const stop = new AbortController();
    const before = tf.memory().numTensors;
    const stopped = embed(en, { batchSize: 1, signal: stop.signal, onProgress: () => stop.abort(new Error("enough")) });
    await expect(stopped).rejects.toThrow("enough");
    expect(tf.memory().numTensors).toBe(before);
  });

  it("refuses what it cannot do", async () => {
    await expect(embed([])).rejects.toThrow(DataError);
    await expect(embed(en, { lang: "fr" })).rejects.toThrow(OptionError);
    await expect(embed(en, { layer: 3 })).rejects.toThrow(OptionError);
    await expect(embed(en, { batchSize: 0 })).rejects.toThrow(OptionError);
    await expect(embed(en, { pooling: "max" as "mean" })).rejects.toThrow(OptionError);
    await expect(embed(en, { weights: new Float64Array(3) })).rejects.toThrow(ShapeError);
    await expect(embed(en, { weights: new Float64Array(dictionary.size).fill(-1) })).rejects.toThrow(OptionError);
    const weights = new Float64Array(dictionary.size).fill(1);
    await expect(embed(en, { weights, pooling: "first" })).rejects.toThrowErrorMatchingInlineSnapshot(
      `[OptionError: pooling is "first" and there are weights: only a mean can be weighted. Fix: use "mean", or leave the weights out]`,
    );
  });
});

describe("idfWeights", () => {
  it("weighs words by how few sentences have them", () => {
    const corpora = [codec.corpus(["the sun", "the moon the moon"], "en"), codec.corpus(["", "the sun"], "en")];
    const weights = idfWeights(corpora, dictionary);
    const of = (word: string): number => weights[dictionary.idOf(word)]!;
    expect(weights).toHaveLength(dictionary.size);
    expect(of("the")).toBeCloseTo(Math.log(5 / 4) + 1, 12); // 3 of 4 sentences
    expect(of("sun")).toBeCloseTo(Math.log(5 / 3) + 1, 12);
    expect(of("moon")).toBeCloseTo(Math.log(5 / 2) + 1, 12); // twice in one sentence
    expect(of("sol")).toBeCloseTo(Math.log(5) + 1, 12);
    expect(weights[dictionary.eosId]).toBe(1);
  });

  it("refuses ids of another vocabulary", () => {
    const corpus = { ids: Int32Array.of(dictionary.size, 1), positions: Int32Array.of(0, 1) };
    expect(() => idfWeights([corpus], dictionary)).toThrowErrorMatchingInlineSnapshot(
      `[MismatchError: a sentence has id 34 and the dictionary 34 words: a weight is given to each word of the dictionary. Fix: use the dictionary that the text was indexed with]`,
    );
  });
});

describe("laws of sentence vectors", () => {
  const words = fc.constantFrom("the", "sun", "moon", "sea", "calls", "bird", "zebra");
  const someLines = fc.array(
    fc.array(words, { maxLength: 8 }).map((line) => line.join(" ")),
    { minLength: 1, maxLength: 9 },
  );
  const runs = { numRuns: 15 };

  it("do not depend on the batch, nor on the other lines", async () => {
    const weights = idfWeights([codec.corpus(en, "en")], dictionary);
    const options = fc.constantFrom<Partial<EmbedOptions>>({}, { pooling: "first" }, { weights }, { layer: 1 });
    await fc.assert(
      fc.asyncProperty(someLines, fc.integer({ min: 1, max: 9 }), options, async (lines, batchSize, more) => {
        const one = await embed(lines, { ...more, batchSize });
        expectClose(await embed(lines, { ...more, batchSize: 32 }), one);
        const last = await embed(lines.slice(-1), more);
        expectClose(last, { data: one.data.subarray(-config.embDim), shape: [1, config.embDim] });
      }),
      runs,
    );
  });

  it("weighted all alike are plain means", async () => {
    await fc.assert(
      fc.asyncProperty(someLines, fc.double({ min: 1e-3, max: 1e3, noNaN: true }), async (lines, weight) => {
        const weights = new Float64Array(dictionary.size).fill(weight);
        expectClose(await embed(lines, { weights }), await embed(lines));
      }),
      runs,
    );
  });
});
