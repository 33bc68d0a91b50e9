import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { createRng, langId, type TokenBatch } from "@xlm/core";
import { sentenceBatch } from "@xlm/data";
import { exportWeights, type EncoderDecoder } from "@xlm/transformer";
import { beforeAll, describe, expect, it } from "vitest";
import { tinyModel, tinyText, tinyTranslator } from "../../test/tiny.js";
import {
  ae,
  bt,
  createTensorOptimizer,
  mt,
  parseOptimizer,
  trainStep,
  type BackTranslationBatch,
  type TextObjective,
} from "../index.js";

const { dictionary, corpora } = tinyText(8);
const [EN, XX] = [langId(0, 2), langId(1, 2)];
const context = { vocab: dictionary, langs: [EN, XX, EN], maxLen: 32 };
const [en, xx] = corpora.para[0]!.sides.map((side, lang) =>
  sentenceBatch(side, Int32Array.of(0, 1, 2, 3), dictionary, { lang: langId(lang, 2) }),
) as [TokenBatch, TokenBatch];
beforeAll(() => tf.setBackend("cpu"));

const backTranslation = (): BackTranslationBatch => bt().maker(context)([en], createRng(1));

describe("mt", () => {
  it("reads the one side and predicts every word of the other, and its end", () => {
    const { source, target } = mt().maker(context)([en, xx], createRng(1));
    expect(source).toEqual(en);
    expect(target.ids).toEqual(xx.ids);
    expect(target.targets).toHaveLength(xx.lengths.reduce((sum, length) => sum + length - 1, 0));
  });
});

describe("ae", () => {
  it("spoils what is read and not what is to be written, each time in another way", () => {
    const make = ae().maker(context);
    const rng = createRng(1);
    const [one, two] = [make([en], rng), make([en], rng)];
    for (const { source, target } of [one, two]) {
      expect(target.ids).toEqual(en.ids);
      expect([...source.ids]).not.toEqual([...en.ids]);
    }
    expect([...one.source.ids]).not.toEqual([...two.source.ids]);
    expect(make([en], createRng(1))).toEqual(one);
  });

  it("leaves out the noise that is set to 0", () => {
    const { source } = ae({ wordShuffle: 0, wordDropout: 0, wordBlank: 0 }).maker(context)([en], createRng(1));
    expect(source.ids).toEqual(en.ids);
  });
});

describe("bt", () => {
  const sourceOf = async (model: EncoderDecoder): Promise<TokenBatch> =>
    (await bt().prepare!(model, backTranslation())).source;

  it("reads what the model wrote in the other language, and predicts the originals", async () => {
    const model = tinyTranslator(dictionary);
    const before = tf.memory().numTensors;
    const { source, target } = await bt().prepare!(model, backTranslation());
    expect(tf.memory().numTensors).toBe(before);
    expect(new Set(source.langs)).toEqual(new Set([XX]));
    expect(new Set(target.langs)).toEqual(new Set([EN]));
    expect(target.ids).toEqual(en.ids);
    expect(source.shape[0]).toBe(4);
    expect([...source.ids].filter((_, at) => at % source.shape[1] === 0)).toEqual(Array(4).fill(dictionary.eosId));
    model.dispose();
  });

  it("writes at most 1.3 times the longest sentence and 5 tokens, and no more than there are positions", async () => {
    const model = tinyTranslator(dictionary);
    const word = new Float32Array(dictionary.size);
    word[dictionary.idOf("sun")] = 1000;
    const bias = tf.tensor1d(word);
    model.decoder.params["pred_layer.proj.bias"]!.assign(bias); // it never ends by itself
    bias.dispose();
    expect((await sourceOf(model)).shape[1]).toBe(Math.floor(1.3 * en.shape[1] + 5));
    const long = sentenceBatch(
      { ids: new Int32Array(31).fill(dictionary.idOf("sun")), positions: Int32Array.of(0, 30) },
      Int32Array.of(0),
      dictionary,
      { lang: EN },
    );
    const batch = bt().maker(context)([long], createRng(1));
    expect((await bt().prepare!(model, batch)).source.shape[1]).toBe(model.decoder.config.maxLen);
    model.dispose();
  });

  it("writes without dropout, whether or not it trains with it", async () => {
    const written: TokenBatch[] = [];
    const watched: TextObjective<EncoderDecoder, BackTranslationBatch> = {
      ...bt(),
      prepare: async (model, batch) => {
        const prepared = await bt().prepare!(model, batch);
        written.push(prepared.source);
        return prepared;
      },
    };
    const losses: number[] = [];
    for (const [rate, options] of [
      [0, {}],
      [0.5, {}],
      [0.5, { dropoutRng: createRng(1) }],
      [0.5, { dropoutRng: createRng(2) }],
    ] as const) {
      const model = tinyTranslator(dictionary, rate);
      const optimizer = createTensorOptimizer(parseOptimizer("sgd,lr=0"), model.params);
      const part = { objective: watched, batch: backTranslation() };
      losses.push((await trainStep(model, optimizer, [part], options)).loss);
      optimizer.dispose();
      model.dispose();
    }
    expect(written).toEqual(Array(4).fill(written[0]));
    expect(losses[1]).toBe(losses[0]);
    expect(new Set(losses).size).toBe(3);
  });

  it("moves no weight while it writes", async () => {
    const model = tinyTranslator(dictionary);
    const before = exportWeights(model);
    await sourceOf(model);
    expect(exportWeights(model)).toEqual(before);
    model.dispose();
  });
});

describe.each([mt(), ae(), bt()])("$name", ({ modelOf }) => {
  it("asks for an encoder and a decoder", () => {
    const [both, one] = [tinyTranslator(dictionary), tinyModel(dictionary)];
    expect(modelOf(both)).toBe(both);
    expect(() => modelOf(one)).toThrow(expect.objectContaining({ code: "XLM_UNSUPPORTED" }) as Error);
    both.dispose();
    one.dispose();
  });
});
