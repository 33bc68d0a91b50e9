import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { createRng, langId, type LangId } from "@xlm/core";
import { dictionaryFromCounts, indexText, type Corpus } from "@xlm/data";
import { presets, createEncoderDecoder, type EncoderDecoder } from "@xlm/transformer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createTrainer,
  createTrainingData,
  evaluate,
  evaluationBatches,
  mt,
  roundTripBleu,
  translationBleu,
  type TranslateOptions,
} from "./index.js";
import { scoreOf } from "./translation-evaluation.js";

// Not in order of length, and one word in two pieces.
const en = ["the moon and the sun", "the bird lo@@ ves the sea and the tree", "the stone sees the bird"];
const xx = ["noom dna nus", "drib sev@@ ol aes dna eert", "enots sees drib"];
const counts = new Map(
  [...en, ...xx]
    .join(" ")
    .split(" ")
    .map((word) => [word, 1]),
);
const dictionary = dictionaryFromCounts(counts);
const text = (...lines: string[]): Corpus => indexText(lines, dictionary);
const sides = [text(...en), text(...xx)] as const;
const [EN, XX] = [langId(0, 2), langId(1, 2)];
const sizes = { ...presets.tiny, vocabSize: dictionary.size, nLangs: 2 };

let learnt: EncoderDecoder;
beforeAll(async () => {
  await tf.setBackend("cpu");
  learnt = createEncoderDecoder(sizes, { rng: createRng(1) });
  const corpora = { para: [{ langs: ["en", "xx"] as const, sides }] };
  const steps = [{ objective: mt(), on: ["en-xx", "xx-en"] }];
  const data = createTrainingData(corpora, dictionary, createRng(2), { steps, batchSize: 3 });
  const trainer = createTrainer(learnt, data, createRng(3), { optimizer: "adam,lr=0.01" });
  await trainer.train(80);
  trainer.dispose();
});
afterAll(() => learnt.dispose());

/** A model that knows nothing, but prefers one word to all others. */
function stubborn(id: number): EncoderDecoder {
  const model = createEncoderDecoder(sizes, { rng: createRng(4) });
  const bias = new Float32Array(dictionary.size);
  bias[id] = 1000;
  const values = tf.tensor1d(bias);
  model.params["decoder.pred_layer.proj.bias"]!.assign(values);
  values.dispose();
  return model;
}

describe("translationBleu", () => {
  it("is 100 for translations learnt by heart, in the order of the source, subwords joined", async () => {
    const { score, hypotheses, references } = await translationBleu(learnt, sides, dictionary, { langs: [EN, XX] });
    expect(references).toEqual(["noom dna nus", "drib sevol aes dna eert", "enots sees drib"]);
    expect(hypotheses).toEqual(references);
    expect(score).toBe(100);
    const batches = evaluationBatches({ objective: "mt", sides, langs: [EN, XX] }, dictionary);
    expect((await evaluate(learnt, batches)).accuracy).toBe(1);
  });

  it.each<TranslateOptions>([
    { batchSize: 1 },
    { batchSize: 2 },
    { beamSize: 3 },
    { beamSize: 2, lengthPenalty: 0.6, earlyStopping: true, compat: "xlm" },
  ])("is the same however it is found: %o", async (options) => {
    const before = tf.memory().numTensors;
    const back = [sides[1], sides[0]] as const;
    const { score, hypotheses } = await translationBleu(learnt, back, dictionary, { ...options, langs: [XX, EN] });
    expect(hypotheses[1]).toBe("the bird loves the sea and the tree");
    expect(score).toBe(100);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("leaves out pairs with an empty side, and what is too long", async () => {
    const some = [text(en[0]!, "", en[1]!, en[2]!), text(xx[0]!, xx[1]!, xx[1]!, "")] as const;
    const found = await translationBleu(learnt, some, dictionary, { langs: [EN, XX], maxWords: 6 });
    expect(found.references).toEqual([xx[0]]);
    expect(found.hypotheses).toEqual([xx[0]]);
  });

  it("writes at most 1.5 times the longest sentence and 10 tokens, and no more than there are positions", async () => {
    const word = dictionary.idOf("moon");
    const endless = stubborn(word);
    const line = (n: number): Corpus => text(Array(n).fill("sun").join(" "));
    const writtenFor = async (n: number): Promise<number> => {
      const { hypotheses } = await translationBleu(endless, [line(n), line(1)], dictionary, { langs: [EN, XX] });
      return hypotheses[0]!.split(" ").length + 2; // with its marks
    };
    expect(await writtenFor(4)).toBe(1.5 * 6 + 10);
    expect(await writtenFor(5)).toBe(Math.floor(1.5 * 7 + 10));
    expect(await writtenFor(30)).toBe(presets.tiny.maxLen);
    endless.dispose();
  });

  it("is -1 when nothing is written, as the original's", async () => {
    const silent = stubborn(dictionary.eosId);
    const found = await translationBleu(silent, sides, dictionary, { langs: [EN, XX] });
    expect(found).toMatchObject({ score: -1, hypotheses: ["", "", ""] });
    silent.dispose();
  });

  it("counts no unknown word as found", () => {
    const same = ["a b c d e", "f g <unk> i j"];
    const { score, references } = scoreOf(same, same);
    expect(references).toEqual(["a b c d e", "f g <<unk>> i j"]);
    expect(score).toBeLessThan(100);
    expect(scoreOf(same.slice(0, 1), same.slice(0, 1)).score).toBe(100);
  });

  it("refuses what cannot be translated, before any work", async () => {
    const nothing = text("");
    const bad: [Parameters<typeof translationBleu>[1], Parameters<typeof translationBleu>[3], string][] = [
      [[nothing, nothing], { langs: [EN, XX] }, "XLM_DATA"],
      [sides, { langs: [EN, XX], maxWords: 1 }, "XLM_DATA"],
      [[sides[0], text("noom")], { langs: [EN, XX] }, "XLM_SHAPE"],
      [sides, {}, "XLM_OPTION"],
      [sides, { langs: [EN, 2 as LangId] }, "XLM_OPTION"],
      [sides, { langs: [2 as LangId, XX] }, "XLM_OPTION"],
      [sides, { langs: [EN, XX], beamSize: 0 }, "XLM_OPTION"],
      [sides, { langs: [EN, XX], batchSize: 0 }, "XLM_OPTION"],
    ];
    const before = tf.memory().numTensors;
    for (const [pairs, options, code] of bad) {
      await expect(translationBleu(learnt, pairs, dictionary, options)).rejects.toMatchObject({ code });
    }
    expect(tf.memory().numTensors).toBe(before);
    await expect(
      translationBleu(learnt, [nothing, nothing], dictionary, { langs: [EN, XX] }),
    ).rejects.toThrowErrorMatchingInlineSnapshot(
      `[DataError: no pair has 1 to 30 words: there is nothing to translate. Fix: raise maxWords, or give other text]`,
    );
  });

  it("stops when told to", async () => {
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    await expect(translationBleu(learnt, sides, dictionary, { langs: [EN, XX], signal })).rejects.toBe(reason);
  });
});

describe("roundTripBleu", () => {
  it("is 100 where both ways are learnt by heart, from either language", async () => {
    const before = tf.memory().numTensors;
    const there = await roundTripBleu(learnt, sides[0], dictionary, { langs: [EN, XX] });
    expect(there.hypotheses).toEqual([
      "the moon and the sun",
      "the bird loves the sea and the tree",
      "the stone sees the bird",
    ]);
    expect(there.references).toEqual(there.hypotheses);
    expect(there.score).toBe(100);
    expect((await roundTripBleu(learnt, sides[1], dictionary, { langs: [XX, EN], beamSize: 2 })).score).toBe(100);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("is low for a model that has learnt nothing, and -1 for one that is silent", async () => {
    const fresh = createEncoderDecoder(sizes, { rng: createRng(5) });
    const silent = stubborn(dictionary.eosId);
    expect((await roundTripBleu(fresh, sides[0], dictionary, { langs: [EN, XX] })).score).toBeLessThan(5);
    expect((await roundTripBleu(silent, sides[0], dictionary, { langs: [EN, XX] })).score).toBe(-1);
    fresh.dispose();
    silent.dispose();
  });

  it("refuses text without a sentence, and languages that the model lacks", async () => {
    const trip = (corpus: Corpus, langs: readonly [LangId, LangId]): Promise<unknown> =>
      roundTripBleu(learnt, corpus, dictionary, { langs });
    await expect(trip(text("", ""), [EN, XX])).rejects.toMatchObject({ code: "XLM_DATA" });
    await expect(trip(sides[0], [EN, 7 as LangId])).rejects.toMatchObject({ code: "XLM_OPTION" });
  });
});
