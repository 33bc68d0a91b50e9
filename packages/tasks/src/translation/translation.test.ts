import * as tf from "@tensorflow/tfjs-core";
import { registerWasmBackend } from "@xlm/backend-wasm";
import { createRng } from "@xlm/core";
import { mt, createTrainer, createTrainingData } from "@xlm/trainer";
import { createEncoderDecoder, presets, type EncoderDecoder } from "@xlm/transformer";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { learnTextCodec } from "../text-codec.js";
import { scoreTranslations } from "./score.js";
import { checkPairs, trainTestOverlap } from "./sentence-pairs.js";
import { translationAttention } from "./attention.js";
import { translate } from "./translate.js";

// A language and its mirror image.
const en = ["The sun sees the sea.", "The moon sees the sun.", "The sea calls the moon.", "The moon calls the sea."];
const xx = en.map((line) => line.replaceAll(/[A-Za-z]+/g, (word) => [...word.toLowerCase()].reverse().join("")));
const codec = learnTextCodec({ en, xx }, createRng(1), { merges: 200 });
const toXx = { from: "en", to: "xx" } as const;

const messageOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing was refused";
};

let model: EncoderDecoder;
let tensors: number;
beforeAll(async () => {
  await registerWasmBackend({ threads: 1 });
  await tf.setBackend("xlm-wasm");
  const size = { vocabSize: codec.dictionary.size, nLangs: 2 };
  model = createEncoderDecoder({ ...presets.tiny, ...size }, { rng: createRng(1) });
  const para = [{ langs: ["en", "xx"] as const, sides: [codec.corpus(en, "en"), codec.corpus(xx, "xx")] as const }];
  const data = createTrainingData({ para }, codec.dictionary, createRng(2), {
    steps: [{ objective: mt(), on: ["en-xx"] }],
    batchSize: 4,
    maxLen: 32,
  });
  const trainer = createTrainer(model, data, createRng(3), { optimizer: "adam,lr=0.01" });
  await trainer.train(60);
  trainer.dispose();
});
afterAll(() => model.dispose());
beforeEach(() => void (tensors = tf.memory().numTensors));
afterEach(() => expect(tf.memory().numTensors).toBe(tensors));

describe("translate", () => {
  it("takes raw text to raw text", async () => {
    expect(await translate(model, codec, en, toXx)).toEqual(xx);
  });

  it("searches when asked to", async () => {
    expect(await translate(model, codec, en, { ...toXx, beamSize: 3, lengthPenalty: 0.5 })).toEqual(xx);
  });

  it("leaves empty lines empty, and tells how far it is", async () => {
    const told: [number, number][] = [];
    const lines = ["", en[0]!, "  ", en[1]!];
    const onProgress = (done: number, total: number): void => void told.push([done, total]);
    expect(await translate(model, codec, lines, { ...toXx, batchSize: 1, onProgress })).toEqual(["", xx[0], "", xx[1]]);
    expect(told).toEqual([
      [3, 4],
      [4, 4],
    ]);
    expect(await translate(model, codec, [""], toXx)).toEqual([""]);
  });

  it("stops when told to", async () => {
    const signal = AbortSignal.abort("not now");
    await expect(translate(model, codec, en, { ...toXx, signal })).rejects.toBe("not now");
    const controller = new AbortController();
    const stopping = translate(model, codec, en, {
      ...toXx,
      batchSize: 1,
      signal: controller.signal,
      onProgress: () => controller.abort("enough"),
    });
    await expect(stopping).rejects.toBe("enough");
  });

  it("says what it cannot do", async () => {
    const tries = [
      translate(model, codec, en, { from: "en", to: "en" }),
      translate(model, codec, en, { from: "en", to: "fr" }),
      translate(model, codec, [], toXx),
      translate(model, codec, [en[0]!, en.join(" ").repeat(3)], toXx),
      translate(model, codec, en, { ...toXx, batchSize: 0 }),
    ].map((promise) => promise.catch((error: Error) => error.message));
    expect(await Promise.all(tries)).toMatchInlineSnapshot(`
      [
        "the text is in "en" and is to be translated into it: the model would be asked to repeat what it reads. Fix: translate into another of its languages: xx",
        "there is text in "fr" and the model has en, xx: it has learnt nothing of another language. Fix: name one of its languages, or pretrain with this one",
        "there are no lines: there is nothing to translate. Fix: pass at least one line of text",
        "line 2: the text has 76 tokens with its sentence marks and the model 32 positions: a line is read as one sentence. Fix: cut the line into sentences, one a line",
        "batchSize is 0: it must be a whole number of at least 1. Fix: give batchSize such a value",
      ]
    `);
  });
});

describe("scoreTranslations", () => {
  it("gives a copy 100, and says how it was scored", () => {
    const { bleu, chrf } = scoreTranslations(en, en);
    expect([bleu.score, chrf.score].map(Math.round)).toEqual([100, 100]);
    expect(bleu.signature).toBe("nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp");
    expect(chrf.signature).toBe("nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no");
  });

  it("ignores case when asked to, and says so", () => {
    const shouted = en.map((line) => line.toUpperCase());
    const { bleu, chrf } = scoreTranslations(shouted, en, { lowercase: true });
    expect([bleu.score, chrf.score].map(Math.round)).toEqual([100, 100]);
    expect(bleu.signature).toContain("case:lc");
    expect(chrf.signature).toContain("case:lc");
    expect(scoreTranslations(shouted, en).bleu.score).toBeLessThan(10);
  });

  it("refuses no lines, and lines without a reference", () => {
    expect([messageOf(() => scoreTranslations([], [])), messageOf(() => scoreTranslations(en, xx.slice(1)))])
      .toMatchInlineSnapshot(`
        [
          "there are no lines: a corpus is scored as a whole. Fix: pass at least one line of text",
          "lines of hypotheses and references: 4 and 3: they are compared one by one. Fix: pass lists of the same length, in the same order",
        ]
      `);
  });
});

describe("translationAttention", () => {
  it("says for every written subword where the decoder looks", () => {
    const { source, target, weights } = translationAttention(model, codec, en[0]!, xx[0]!, toXx);
    expect(source).toEqual(["</s>", "the", "sun", "sees", "the", "sea", ".", "</s>"]);
    expect(target).toEqual(["eht", "nus", "sees", "eht", "aes", ".", "</s>"]);
    expect(weights.map((row) => row.length)).toEqual(target.map(() => source.length));
    for (const row of weights) expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
  });

  it("refuses what translate refuses", () => {
    const tries = [
      { from: "xx", to: "xx" },
      { from: "en", to: "fr" },
    ].map((direction) => messageOf(() => translationAttention(model, codec, en[0]!, xx[0]!, direction)));
    expect(tries[0]).toContain("is to be translated into it");
    expect(tries[1]).toContain('"fr"');
    expect(messageOf(() => translationAttention(model, codec, en.join(" ").repeat(3), "", toXx))).toContain(
      "positions",
    );
  });
});

describe("checkPairs", () => {
  it("takes two texts of the same length, and nothing else", () => {
    checkPairs({ source: en, target: xx });
    checkPairs({ source: ["a", "b"], target: ["a", "c"] });
    const bad = [
      { source: en, target: xx.slice(1) },
      { source: [], target: [] },
      { source: en, target: [...en] },
    ];
    expect(bad.map((pairs) => messageOf(() => checkPairs(pairs)))).toMatchInlineSnapshot(`
      [
        "there are 4 source lines and 3 target lines: line i of one is the translation of line i of the other. Fix: align the texts line by line",
        "there are no sentence pairs: there is nothing to learn from or to compare with. Fix: pass at least one line a side",
        "the two sides are the same text: a model would learn to copy, and any score would be a perfect one. Fix: pass the text of each language on its own side",
      ]
    `);
  });
});

describe("trainTestOverlap", () => {
  it("drops pairs of which one side was learnt from", () => {
    const test = { source: ["one", "two", "Three", "four"], target: ["eno", "owt", "eerht", "ruof"] };
    const train = { source: ["three ", "six"], target: ["eno"] };
    expect(trainTestOverlap(test, train)).toEqual({
      kept: { source: ["two", "four"], target: ["owt", "ruof"] },
      dropped: [0, 2],
    });
  });

  it("keeps everything of another text, and refuses to keep nothing", () => {
    const test = { source: en, target: xx };
    expect(trainTestOverlap(test, { source: [], target: [] })).toEqual({ kept: test, dropped: [] });
    expect(messageOf(() => trainTestOverlap(test, test))).toMatchInlineSnapshot(
      `"all 4 test pairs occur in training: what is left is scored, and nothing is. Fix: test on other text"`,
    );
  });
});
