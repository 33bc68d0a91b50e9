import * as tf from "@tensorflow/tfjs-core";
import { registerWasmBackend } from "@xlm/backend-wasm";
import { createRng, drawPermutation } from "@xlm/core";
import { createEncoderDecoder, presets, type EncoderDecoder } from "@xlm/transformer";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { learnTextCodec } from "../text-codec.js";
import { scoreTranslations } from "./score.js";
import { trainTestOverlap } from "./sentence-pairs.js";
import { translate } from "./translate.js";

const WORDS = ["sun", "moon", "sea", "tree", "bird", "stone", "calls", "finds"];
const all = [WORDS.join(" ")];
const codec = learnTextCodec({ en: all, xx: all }, createRng(1), { merges: 100 });
const sentence = fc.array(fc.constantFrom(...WORDS), { maxLength: 12 }).map((words) => words.join(" "));
const text = fc.array(sentence, { minLength: 1, maxLength: 8 });
const direction = { from: "en", to: "xx" } as const;

let model: EncoderDecoder;
beforeAll(async () => {
  await registerWasmBackend({ threads: 1 });
  await tf.setBackend("xlm-wasm");
  // Wide scores, so that rounding changes no word.
  const sizes = { ...presets.tiny, nLayers: 1, vocabSize: codec.dictionary.size, nLangs: 2 };
  model = createEncoderDecoder(sizes, { rng: createRng(1) });
});
afterAll(() => model.dispose());

describe("translate", () => {
  it("gives every line its own translation, whatever the batch and the order", async () => {
    const before = tf.memory().numTensors;
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 9 }), fc.nat(1000), async (lines, batchSize, seed) => {
        const whole = await translate(model, codec, lines, direction);
        expect(whole).toHaveLength(lines.length);
        const order = [...drawPermutation(createRng(seed), lines.length)];
        const turned = await translate(
          model,
          codec,
          order.map((i) => lines[i]!),
          { ...direction, batchSize },
        );
        expect(turned).toEqual(order.map((i) => whole[i]));
        lines.forEach((line, i) => line === "" && expect(whole[i]).toBe(""));
      }),
      { numRuns: 15 },
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  it("does so in a beam search too", async () => {
    await fc.assert(
      fc.asyncProperty(text, async (lines) => {
        const options = { ...direction, beamSize: 2 };
        const whole = await translate(model, codec, lines, options);
        expect(await translate(model, codec, lines, { ...options, batchSize: 1 })).toEqual(whole);
      }),
      { numRuns: 5 },
    );
  });
});

describe("scoreTranslations", () => {
  it("gives a copy 100, and permuted lines the same", () => {
    const long = fc.array(fc.constantFrom(...WORDS), { minLength: 4, maxLength: 12 }).map((words) => words.join(" "));
    const pairs = fc.array(fc.tuple(long, long), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(pairs, fc.nat(1000), (lines, seed) => {
        const [source, target] = [lines.map(([a]) => a), lines.map(([, b]) => b)];
        expect(scoreTranslations(source, source).bleu.score).toBeCloseTo(100, 8);
        const order = [...drawPermutation(createRng(seed), lines.length)];
        const turned = scoreTranslations(
          order.map((i) => source[i]!),
          order.map((i) => target[i]!),
        );
        expect(turned.bleu.score).toBeCloseTo(scoreTranslations(source, target).bleu.score, 8);
      }),
    );
  });
});

describe("trainTestOverlap", () => {
  it("leaves no line that occurs in training, and takes nothing else", () => {
    fc.assert(
      fc.property(text, text, (test, train) => {
        const target = test.map((_, i) => `line ${i}`);
        fc.pre(test.some((line) => !train.includes(line)));
        const { kept, dropped } = trainTestOverlap({ source: test, target }, { source: train, target: [] });
        expect(kept.source.some((line) => train.includes(line))).toBe(false);
        expect(dropped.every((i) => train.includes(test[i]!))).toBe(true);
        expect(kept.target).toEqual(target.filter((_, i) => !dropped.includes(i)));
      }),
    );
  });
});
