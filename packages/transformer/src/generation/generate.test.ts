import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { createRng } from "@xlm/core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { randomBatch } from "../../test/batches.js";
import {
  batchOf,
  markovCausal,
  markovWriter,
  randomCausal,
  randomWriter,
  rowsOf,
  wholeLogProbs,
} from "../../test/decode-models.js";
import { continueText, generate, generateBeam, type EncoderDecoder, type Transformer } from "../index.js";

const [EOS, A, B, C] = [1, 4, 5, 6];
const chain = {
  [EOS]: { [A]: 0.6, [B]: 0.4 },
  [A]: { [C]: 0.4, [EOS]: 0.35, [B]: 0.25 },
  [B]: { [EOS]: 0.9, [C]: 0.1 },
  [C]: { [EOS]: 1 },
};
const one = batchOf([[EOS, A, EOS]]);
const many = (n: number) => batchOf(new Array<number[]>(n).fill([EOS, A, EOS]));

let writer: EncoderDecoder;
let causal: Transformer;
let bilingual: EncoderDecoder;
let tensors: number;
beforeAll(async () => {
  await tf.setBackend("cpu");
  writer = markovWriter(chain);
  causal = markovCausal(chain);
  bilingual = randomWriter(3);
});
afterAll(() => [writer, causal, bilingual].forEach((model) => model.dispose()));
beforeEach(() => void (tensors = tf.memory().numTensors));
afterEach(() => expect(tf.memory().numTensors).toBe(tensors));

describe("generate", () => {
  it("takes the likeliest word each time, until that is the end mark", async () => {
    const { batch, scores } = await generate(writer, one);
    expect(batch).toEqual(batchOf([[EOS, A, C, EOS]]));
    expect(scores[0]).toBeCloseTo(Math.log(0.6 * 0.4), 5);
  });

  it("ends a sentence at maxLen, with the end mark's own log-probability", async () => {
    const { batch, scores } = await generate(writer, one, { maxLen: 3 });
    expect(batch).toEqual(batchOf([[EOS, A, EOS]]));
    expect(scores[0]).toBeCloseTo(Math.log(0.6 * 0.35), 5);
    expect(rowsOf((await generate(writer, one, { maxLen: 2 })).batch)).toEqual([[EOS, EOS]]);
  });

  it("draws words as often as they are likely, within six sigma", async () => {
    const n = 1000;
    const { batch } = await generate(writer, many(n), { sampling: { rng: createRng(1) } });
    const texts = rowsOf(batch).map((row) => row.join());
    const share = (p: number, ...text: number[]): void => {
      const count = texts.filter((other) => other === [EOS, ...text, EOS].join()).length;
      expect(Math.abs(count - n * p)).toBeLessThan(6 * Math.sqrt(n * p * (1 - p)));
    };
    share(0.6 * 0.4, A, C);
    share(0.6 * 0.35, A);
    share(0.6 * 0.25 * 0.9, A, B);
    share(0.4 * 0.9, B);
  });

  it("draws the same text from the same seed", async () => {
    const draw = (seed: number) => generate(writer, many(30), { sampling: { rng: createRng(seed) } });
    expect(await draw(5)).toEqual(await draw(5));
    expect(await draw(5)).not.toEqual(await draw(6));
  });

  it("writes the language it is asked for, and says so", async () => {
    const source = randomBatch(1, [3, 4], 4);
    const [zero, first] = [
      await generate(bilingual, source, { lang: 0 }),
      await generate(bilingual, source, { lang: 1 }),
    ];
    expect(rowsOf(zero.batch)).not.toEqual(rowsOf(first.batch));
    expect(first.batch.langs).toEqual(new Int32Array(first.batch.ids.length).fill(1));
    expect((await generate(writer, one)).batch.langs).toBeUndefined();
  });

  it("uses another end mark", async () => {
    expect(rowsOf((await generate(writer, one, { eosId: C })).batch)).toEqual([[C, EOS, A, C]]);
  });
});

describe("continueText", () => {
  it("goes on where each prompt ends, whatever their lengths", async () => {
    const { batch, scores } = await continueText(causal, batchOf([[EOS], [EOS, B, C], [EOS, A]]));
    expect(batch).toEqual(
      batchOf([
        [EOS, A, C, EOS],
        [EOS, B, C, EOS],
        [EOS, A, C, EOS],
      ]),
    );
    [0.6 * 0.4, 1, 0.4].forEach((p, row) => expect(scores[row]).toBeCloseTo(Math.log(p), 5));
  });

  it("takes whole sentences without their end mark, and end marks inside for words", async () => {
    const { batch } = await continueText(
      causal,
      batchOf([
        [EOS, B, EOS],
        [EOS, C, EOS, EOS, B],
      ]),
    );
    expect(batch).toEqual(
      batchOf([
        [EOS, B, EOS],
        [EOS, C, EOS, EOS, B, EOS],
      ]),
    );
  });

  it("takes a decoder for a language model", async () => {
    const model = randomWriter(5);
    const { decoder } = model;
    const prompts = batchOf(
      [
        [EOS, A],
        [EOS, B, C],
      ],
      1,
    );
    const { batch, scores } = await continueText(decoder, prompts);
    const whole = wholeLogProbs(decoder, batch, undefined, [2, 3]);
    whole.forEach((logProb, row) => expect(scores[row]).toBeCloseTo(logProb, 4));
    model.dispose();
  });

  it("ends at maxLen, the prompt counted", async () => {
    const { batch } = await continueText(causal, batchOf([[EOS, B, A]]), { maxLen: 4 });
    expect(rowsOf(batch)).toEqual([[EOS, B, A, EOS]]);
  });

  it("draws for a row once its prompt is over", async () => {
    const rng = createRng(1);
    const { batch } = await continueText(
      causal,
      batchOf([
        [EOS, A],
        [EOS, B, B, A],
      ]),
      { sampling: { rng } },
    );
    const [first, second] = rowsOf(batch) as [number[], number[]];
    const [, , drawn] = rng.state();
    expect(drawn).toBe(2 * (first.length - 2 + second.length - 4)); // a uniform takes two words of the generator
  });

  it("goes on in the language of the prompt, or the one asked for", async () => {
    const model = randomCausal(4);
    const prompts = batchOf(
      [
        [EOS, A],
        [EOS, B, C],
      ],
      1,
    );
    const { batch } = await continueText(model, prompts);
    expect(batch.langs).toEqual(new Int32Array(batch.ids.length).fill(1));
    const other = await continueText(model, prompts, { lang: 0 });
    const seq = other.batch.shape[1];
    expect([...other.batch.langs!].slice(seq)).toEqual([1, 1, 1, ...new Array<number>(seq - 3).fill(0)]);
    const { langs: _, ...plain } = prompts;
    expect(await continueText(model, plain, { lang: 1 })).toEqual(await continueText(model, prompts));
    model.dispose();
  });
});

describe("refusals", () => {
  const source = randomBatch(1, [3, 4], 4);
  const message = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => "nothing was refused",
      (error: Error) => error.message,
    );

  it("say what is wrong, why, and what to do", async () => {
    const options = [
      {},
      { lang: 2 },
      { lang: 0, maxLen: 1 },
      { lang: 0, maxLen: 17 },
      { lang: 0, eosId: 12 },
      { lang: 0, sampling: { rng: createRng(0), temperature: 0 } },
      { lang: 0, sampling: { rng: createRng(0), topK: 0 } },
      { lang: 0, sampling: { rng: createRng(0), topP: 0 } },
    ];
    const messages = options.map((given) => message(generate(bilingual, source, given)));
    expect(await Promise.all(messages)).toMatchInlineSnapshot(`
      [
        "lang is missing and the model has 2 languages: its language embedding is added to every word that is written. Fix: give lang, a number from 0 to 1",
        "lang is 2: it must be a whole number from 0 to 1. Fix: give lang such a value",
        "maxLen is 1: it must be a whole number from 2 to 16. Fix: give maxLen such a value",
        "maxLen is 17: it must be a whole number from 2 to 16. Fix: give maxLen such a value",
        "eosId is 12: it must be a whole number from 0 to 11. Fix: give eosId such a value",
        "temperature is 0: it divides the scores. Fix: use a number above 0; without sampling the likeliest word is taken",
        "topK is 0: it must be a whole number of at least 1. Fix: give topK such a value",
        "topP is 0: it is the probability that the words to draw from have together. Fix: use a number above 0 and up to 1",
      ]
    `);
  });

  it("of beam search", async () => {
    const options = [
      { beamSize: 0 },
      { beamSize: 3, nBest: 4 },
      { lengthPenalty: Infinity },
      { compat: "XLM" as "xlm" },
    ];
    const messages = options.map((given) => message(generateBeam(bilingual, source, { lang: 0, ...given })));
    expect(await Promise.all(messages)).toMatchInlineSnapshot(`
      [
        "beamSize is 0: it must be a whole number of at least 1. Fix: give beamSize such a value",
        "nBest is 4: it must be a whole number from 1 to 3. Fix: give nBest such a value",
        "lengthPenalty is Infinity: it is an exponent. Fix: use a finite number",
        "compat is "XLM": there is no such choice. Fix: use "xlm", or leave it out",
      ]
    `);
  });

  it("of prompts", async () => {
    const messages = [
      continueText(causal, batchOf([[EOS, A, B, C]]), { maxLen: 4 }),
      continueText(causal, { ...batchOf([[EOS, A]]), positions: Int32Array.of(0, 1) }),
    ].map(message);
    expect(await Promise.all(messages)).toMatchInlineSnapshot(`
      [
        "prompt 0 has 4 tokens and maxLen is 4: there is no place for a word or the end mark. Fix: cut the prompt at its beginning, or raise maxLen",
        "the prompts have positions: what is written goes on counting from the beginning of its row. Fix: leave positions out",
      ]
    `);
  });

  it("of a source that is wider than the encoder", async () => {
    const wide = randomBatch(1, [17], 17);
    await expect(generate(bilingual, wide, { lang: 0 })).rejects.toMatchObject({ code: "XLM_OPTION" });
    await expect(generateBeam(bilingual, wide, { lang: 0 })).rejects.toMatchObject({ code: "XLM_OPTION" });
  });

  it("of scores that are not numbers", async () => {
    const broken = markovWriter({ ...chain, [A]: { [C]: NaN } });
    await expect(generate(broken, one)).rejects.toMatchObject({ code: "XLM_DIVERGED" });
    await expect(generate(broken, one, { sampling: { rng: createRng(0) } })).rejects.toMatchObject({
      code: "XLM_DIVERGED",
    });
    await expect(generate(broken, one, { maxLen: 2 })).rejects.toMatchObject({ code: "XLM_DIVERGED" });
    await expect(generateBeam(broken, one)).rejects.toMatchObject({ code: "XLM_DIVERGED" });
    broken.dispose();
  });

  it("stop when the signal says so, and free everything", async () => {
    const endless = markovWriter({ [EOS]: { [A]: 1 }, [A]: { [A]: 1 } });
    for (const run of [generate, generateBeam]) {
      await expect(run(endless, one, { signal: AbortSignal.abort("not now") })).rejects.toBe("not now");
      const controller = new AbortController();
      setTimeout(() => controller.abort("enough"));
      await expect(run(endless, one, { signal: controller.signal })).rejects.toBe("enough");
    }
    endless.dispose();
  });
});
