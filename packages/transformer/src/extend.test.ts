import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { createRng, drawInt, drawPermutation, type TensorData, type TokenBatch, type XlmError } from "@xlm/core";
import fc from "fast-check";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { randomBatch, randomSource, smallOptions } from "../test/batches.js";
import {
  completeConfig,
  createTransformer,
  decode,
  encode,
  extendWeights,
  initWeights,
  matchNames,
  predictionScores,
  type Transformer,
  type TransformerOptions,
} from "./index.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
});
afterEach(() => expect(tf.memory().numTensors).toBe(0));

const rowsOf = ({ shape, data }: TensorData<"F32">): Float32Array[] => {
  const width = data.length / (shape[0] as number);
  return Array.from({ length: shape[0] as number }, (_, row) => data.slice(row * width, (row + 1) * width));
};

describe("matchNames", () => {
  it("says where each name stood", () => {
    expect(matchNames(["en", "fr"], ["de", "en", "fr"])).toEqual(Int32Array.of(-1, 0, 1));
    expect(matchNames([], ["en"])).toEqual(Int32Array.of(-1));
    expect(matchNames(["en"], [])).toEqual(new Int32Array(0));
  });

  it("refuses a name that stands twice", () => {
    expect(() => matchNames(["a", "b", "a"], ["a"])).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: "a" stands twice in a list of names: a name has one row. Fix: leave out the second]`,
    );
    expect(() => matchNames(["a"], ["b", "b"])).toThrow('"b" stands twice');
  });
});

describe("extendWeights", () => {
  const config = completeConfig({ ...smallOptions, nLangs: 1 });
  const weights = initWeights(config, createRng(1));
  const appended = (size: number, more: number): Int32Array =>
    Int32Array.from({ length: size + more }, (_, id) => (id < size ? id : -1));

  it("adds words", () => {
    const { config: larger, weights: grown } = extendWeights(
      config,
      weights,
      { tokens: appended(12, 2) },
      createRng(2),
    );
    expect(larger).toEqual({ ...config, vocabSize: 14 });
    const table = rowsOf(grown["embeddings.weight"] as TensorData<"F32">);
    expect(table.slice(0, 12)).toEqual(rowsOf(weights["embeddings.weight"] as TensorData<"F32">));
    expect(table[12]?.every((value) => value !== 0)).toBe(true);
    expect(table[13]).not.toEqual(table[12]);
    expect(grown["pred_layer.proj.bias"]?.data.subarray(0, 12)).toEqual(weights["pred_layer.proj.bias"]?.data);
    expect(grown["attentions.0.q_lin.weight"]).toBe(weights["attentions.0.q_lin.weight"]);
  });

  it("gives a model of one language a second: the first one's row is zero", () => {
    const { config: larger, weights: grown } = extendWeights(
      config,
      weights,
      { langs: Int32Array.of(0, -1) },
      createRng(2),
    );
    expect(larger).toEqual({ ...config, nLangs: 2 });
    const [old, fresh] = rowsOf(grown["lang_embeddings.weight"] as TensorData<"F32">);
    expect(old).toEqual(new Float32Array(8));
    expect(fresh?.every((value) => value !== 0)).toBe(true);
    expect(grown["embeddings.weight"]).toEqual(weights["embeddings.weight"]);
  });

  it("counts languages without a table too", () => {
    const bare = { ...config, useLangEmb: false };
    const { config: larger, weights: grown } = extendWeights(
      bare,
      weights,
      { langs: Int32Array.of(0, -1) },
      createRng(2),
    );
    expect(larger.nLangs).toBe(2);
    expect(Object.keys(grown)).toEqual(Object.keys(weights));
  });

  it("takes words out, too", () => {
    const tokens = Int32Array.of(0, 1, 2, 3, 9, 5);
    const { weights: cut } = extendWeights(config, weights, { tokens }, createRng(2));
    const table = rowsOf(weights["embeddings.weight"] as TensorData<"F32">);
    expect(rowsOf(cut["embeddings.weight"] as TensorData<"F32">)).toEqual([...tokens].map((id) => table[id]));
  });

  it("refuses what it cannot do", () => {
    const message = (extension: object, change: Partial<TransformerOptions> = {}): string => {
      const own = completeConfig({ ...smallOptions, ...change });
      try {
        extendWeights(own, initWeights(own, createRng(1)), extension, createRng(2));
      } catch (error) {
        return `${(error as XlmError).code} ${(error as Error).message}`;
      }
      return "accepted";
    };
    const moved = (at: number, id: number): Int32Array => appended(12, 1).map((old, i) => (i === at ? id : old));
    expect(message({ tokens: moved(4, 12) })).toMatchInlineSnapshot(
      `"XLM_OPTION tokens[4] is 12 and the model has 12: a new row is an old one, or drawn. Fix: use numbers from 0 to 11, or -1 for a row to draw"`,
    );
    expect(message({ langs: Int32Array.of(0, -2) })).toContain("XLM_OPTION langs[1] is -2");
    expect(message({ tokens: moved(2, 5) })).toMatchInlineSnapshot(
      `"XLM_OPTION the padding token 2 would be the old 5: its embedding is held at zero, and batches are padded with its id. Fix: keep the special tokens in front, where they were"`,
    );
    expect(message({ tokens: moved(2, -1) })).toContain("the padding token 2 would be drawn");
    expect(message({ tokens: new Int32Array(0) })).toContain("XLM_OPTION vocabSize is 0");
    expect(message({ langs: Int32Array.of(1) })).toMatchInlineSnapshot(
      `"XLM_UNSUPPORTED 2 languages would become one: a model of one language has no language embeddings, and the one it was trained with would be lost. Fix: keep a second language, used or not"`,
    );
    const adaptive = { output: "adaptive", adaptiveCutoffs: [4, 8], adaptiveDivValue: 2 } as const;
    expect(message({ tokens: moved(12, 9) }, adaptive)).toBe("accepted");
    expect(message({ tokens: moved(12, 7) }, adaptive)).toMatchInlineSnapshot(
      `"XLM_UNSUPPORTED the old id 7 would get 12, in another cluster of the adaptive softmax: each cluster scores its words from states of its own width. Fix: add new words behind the old ones"`,
    );
    expect(() => extendWeights(config, {}, {}, createRng(1))).toThrow("missing: position_embeddings.weight");
  });
});

describe("what was learned stays", () => {
  const outputs: Record<string, Partial<TransformerOptions>> = {
    tied: { output: "tied" },
    untied: { output: "untied" },
    adaptive: { output: "adaptive", adaptiveCutoffs: [5, 8], adaptiveDivValue: 2 },
    "tied, as a decoder": { crossAttention: true },
  };
  const cases = fc.record({
    seed: fc.nat(0xffff),
    oldLangs: fc.integer({ min: 1, max: 3 }),
    moreTokens: fc.integer({ min: 0, max: 5 }),
    moreLangs: fc.integer({ min: 0, max: 2 }),
  });

  /** The old ids, and new ones among them, in an order of chance: `keep` stay where they were. */
  const shuffled = (seed: number, size: number, more: number, keep: number): Int32Array => {
    const order = drawPermutation(createRng(seed), size + more - keep);
    const rest = Array.from(order, (at) => (at + keep < size ? at + keep : -1));
    return Int32Array.of(...Array(keep).keys(), ...rest);
  };

  it.each(Object.entries(outputs))("with an output that is %s", (name, output) => {
    const isAdaptive = name === "adaptive";
    fc.assert(
      fc.property(cases, ({ seed, oldLangs, moreTokens, moreLangs }) => {
        const config = completeConfig({ ...smallOptions, ...output, nLangs: oldLangs });
        const weights = initWeights(config, createRng(seed));
        const before = structuredClone(weights);
        // Under adaptive softmax only the end of the vocabulary may change its order.
        const tokens = shuffled(seed, config.vocabSize, moreTokens, isAdaptive ? 8 : 3);
        const langs = shuffled(seed, oldLangs, moreLangs, 0);
        const larger = extendWeights(config, weights, { tokens, langs }, createRng(seed + 1));
        expect(weights).toEqual(before);

        const fresh = initWeights(larger.config, createRng(seed + 1));
        expect(Object.keys(larger.weights).sort()).toEqual(Object.keys(fresh).sort());
        for (const [array, { shape, data }] of Object.entries(larger.weights)) {
          expect(shape).toEqual(fresh[array]?.shape);
          const isTable = /embeddings.weight|pred_layer/.test(array) && !/position|tail.\d.0/.test(array);
          if (!isTable) expect(data).toEqual(weights[array]?.data);
        }
        const table = rowsOf(larger.weights["embeddings.weight"] as TensorData<"F32">);
        const drawn = rowsOf(fresh["embeddings.weight"] as TensorData<"F32">);
        const old = rowsOf(weights["embeddings.weight"] as TensorData<"F32">);
        expect(table).toEqual(Array.from(tokens, (from, to) => (from < 0 ? drawn[to] : old[from])));

        const models = [createTransformer(config, { weights }), createTransformer(larger.config, larger)] as const;
        const batch = randomBatch(seed, [4, 2], 4, config);
        const renamed = {
          ...batch,
          ids: batch.ids.map((id) => tokens.indexOf(id)),
          langs: (batch.langs as Int32Array).map((lang) => langs.indexOf(lang)),
        };
        tf.tidy(() => {
          const source = randomSource(seed, [3, 1], 3, config.embDim);
          const read = (model: Transformer, input: TokenBatch): tf.Tensor3D =>
            config.crossAttention ? decode(model, input, source) : encode(model, input);
          const [small, large] = [read(models[0], batch), read(models[1], renamed)];
          expect(large.dataSync()).toEqual(small.dataSync());
          const at = Int32Array.of(drawInt(createRng(seed), 4));
          const [was, is] = [predictionScores(models[0], small, at), predictionScores(models[1], large, at)];
          const ids = [...Array(isAdaptive ? 8 : config.vocabSize).keys()];
          const scores = is.dataSync();
          expect(ids.map((id) => scores[tokens.indexOf(id)])).toEqual(ids.map((id) => was.dataSync()[id]));
        });
        models.forEach((model) => model.dispose());
      }),
      { numRuns: 15 },
    );
  });
});
