import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { createRng } from "@xlm/core";
import type { Vectors } from "@xlm/trainer";
import { createTransformer, presets } from "@xlm/transformer";
import { beforeAll, describe, expect, it } from "vitest";
import { learnTextCodec } from "../text-codec.js";
import { wordVectors } from "./index.js";

const texts = { en: ["the house", "the house", "the hat"], es: ["la casa", "la casa", "la hora"] };
const codec = learnTextCodec(texts, createRng(1), { merges: 6, tokenizer: "none" });
const size = codec.dictionary.size;
/** Row `id` is `[id, 1]`. */
const table: Vectors = {
  data: Float32Array.from({ length: 2 * size }, (_, i) => (i % 2 ? 1 : i / 2)),
  shape: [size, 2],
};
const idOf = (token: string): number => codec.dictionary.idOf(token);

describe("wordVectors", () => {
  beforeAll(async () => void (await tf.setBackend("cpu")));

  it("gives a word its row of the table", () => {
    expect(wordVectors(table, codec, ["the"], "en").vectors).toEqual({
      data: Float32Array.of(idOf("the"), 1),
      shape: [1, 2],
    });
  });

  it("gives a word in several subwords their mean, or nothing", () => {
    const subwords = Array.from(codec.corpus(["hat"], "en").ids.subarray(0, -1));
    expect(subwords.length).toBeGreaterThan(1);
    const mean = subwords.reduce((sum, id) => sum + id, 0) / subwords.length;
    expect(wordVectors(table, codec, ["hat"], "en").vectors.data[0]).toBeCloseTo(mean, 5);
    expect(wordVectors(table, codec, ["hat", "the"], "en", { split: "skip" }).words).toEqual(["the"]);
  });

  it("leaves out unknown words and takes each once", () => {
    const { words, vectors } = wordVectors(table, codec, ["zzz", "the", "", "the", "casa"], "es");
    expect(words).toEqual(["the", "casa"]);
    expect(vectors.shape).toEqual([2, 2]);
    expect(wordVectors(table, codec, [], "es").vectors.shape).toEqual([0, 2]);
  });

  it("reads the lookup table of a model", () => {
    const model = createTransformer({ ...presets.tiny, vocabSize: size, nLangs: 2 }, { rng: createRng(2) });
    const weights = model.params["embeddings.weight"]!.dataSync<"float32">();
    const dim = presets.tiny.embDim;
    const row = weights.slice(idOf("the") * dim, (idOf("the") + 1) * dim);
    expect(wordVectors(model, codec, ["the"], "en").vectors).toEqual({ data: row, shape: [1, dim] });
    model.dispose();
  });

  it("refuses a table of another vocabulary, and a language it does not know", () => {
    const small: Vectors = { data: new Float32Array(4), shape: [2, 2] };
    expect(() => wordVectors(small, codec, ["the"], "en")).toThrow(/has 2 rows and the dictionary/);
    expect(() => wordVectors(table, codec, ["the"], "de")).toThrow(
      expect.objectContaining({ code: "XLM_OPTION" }) as Error,
    );
  });
});
