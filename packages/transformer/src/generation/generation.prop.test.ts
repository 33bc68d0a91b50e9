import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { createRng, type TokenBatch } from "@xlm/core";
import fc from "fast-check";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { randomBatch, widen } from "../../test/batches.js";
import { batchOf, pickRows, randomCausal, randomWriter, rowsOf, wholeLogProbs } from "../../test/decode-models.js";
import {
  continueText,
  generate,
  generateBeam,
  type BeamOptions,
  type EncoderDecoder,
  type Hypothesis,
} from "../index.js";

const EOS = 1;
const PAD = 2;
const SEQ = 6;
/** Of sums of some ten log-probabilities of size 1 to 10, each off by a few units in the last place of float32. */
const ROUNDING = 2e-5;
const runs = { numRuns: 8 };
const seeds = fc.nat(0xffff);
const someLengths = fc.array(fc.integer({ min: 1, max: SEQ }), { minLength: 1, maxLength: 4 });
const someMaxLen = fc.integer({ min: 2, max: 12 });
const searches = fc.record({
  beamSize: fc.integer({ min: 1, max: 5 }),
  lengthPenalty: fc.constantFrom(-0.5, 0, 0.6, 1, 1.4),
  earlyStopping: fc.boolean(),
  maxLen: someMaxLen,
});

let tensors: number;
beforeAll(async () => {
  await tf.setBackend("cpu");
});
beforeEach(() => void (tensors = tf.memory().numTensors));
afterEach(() => expect(tf.memory().numTensors, "tensors left behind").toBe(tensors));

async function withWriter(seed: number, use: (model: EncoderDecoder) => Promise<void>): Promise<void> {
  // One in three with an adaptive softmax.
  const model = randomWriter(
    seed % 40,
    seed % 3 === 0 ? { output: "adaptive", adaptiveCutoffs: [5, 9], adaptiveDivValue: 2 } : {},
  );
  try {
    await use(model);
  } finally {
    model.dispose();
  }
}

/** Everything a beam search found. */
const allOf = async (
  model: EncoderDecoder,
  source: TokenBatch,
  options: BeamOptions,
): Promise<readonly (readonly Hypothesis[])[]> =>
  (await generateBeam(model, source, { lang: 1, nBest: options.beamSize ?? 4, ...options })).hypotheses;

/** A hypothesis with both marks. */
const ended = ({ tokens }: Hypothesis): number[] => [...tokens, EOS];

function expectNear(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; i++) {
    expect(Math.abs((actual[i] as number) - (expected[i] as number))).toBeLessThanOrEqual(ROUNDING);
  }
}

describe("generate", () => {
  it("writes sentences that begin and end with a mark, with none inside, and stay as they ended", async () => {
    await fc.assert(
      fc.asyncProperty(seeds, someLengths, someMaxLen, fc.boolean(), (seed, lengths, maxLen, draws) =>
        withWriter(seed, async (model) => {
          const sampling = draws ? { sampling: { rng: createRng(seed) } } : {};
          const { batch } = await generate(model, randomBatch(seed, lengths, SEQ), { lang: 1, maxLen, ...sampling });
          const [rows, seq] = batch.shape;
          expect([rows, seq]).toEqual([lengths.length, Math.max(...batch.lengths)]);
          expect(seq).toBeLessThanOrEqual(maxLen);
          rowsOf(batch).forEach((tokens, row) => {
            expect(tokens.flatMap((id, at) => (id === EOS ? [at] : []))).toEqual([0, tokens.length - 1]);
            expect(batch.ids.subarray(row * seq + tokens.length, (row + 1) * seq).every((id) => id === PAD)).toBe(true);
          });
        }),
      ),
      runs,
    );
  });

  it("scores what it writes as the model does that reads it at once", async () => {
    await fc.assert(
      fc.asyncProperty(seeds, someLengths, someMaxLen, fc.boolean(), (seed, lengths, maxLen, draws) =>
        withWriter(seed, async (model) => {
          const source = randomBatch(seed, lengths, SEQ);
          const sampling = draws ? { sampling: { rng: createRng(seed), temperature: 2 } } : {};
          const { batch, scores } = await generate(model, source, { lang: 1, maxLen, ...sampling });
          expectNear(scores, wholeLogProbs(model, batch, source));
        }),
      ),
      runs,
    );
  });

  it("draws one uniform for each word, the last place not counted", async () => {
    await fc.assert(
      fc.asyncProperty(seeds, someLengths, someMaxLen, (seed, lengths, maxLen) =>
        withWriter(seed, async (model) => {
          const rng = createRng(seed);
          const { batch } = await generate(model, randomBatch(seed, lengths, SEQ), {
            lang: 1,
            maxLen,
            sampling: { rng },
          });
          const chosen = [...batch.lengths].map((length) => Math.min(length - 1, maxLen - 2));
          const [, , drawn] = rng.state();
          expect(drawn).toBe(2 * chosen.reduce((a, b) => a + b)); // a uniform takes two words of the generator
        }),
      ),
      runs,
    );
  });

  it("drawing from one word, or at temperatures near 0, is taking the likeliest", async () => {
    await fc.assert(
      fc.asyncProperty(seeds, someLengths, (seed, lengths) =>
        withWriter(seed, async (model) => {
          const source = randomBatch(seed, lengths, SEQ);
          const greedy = await generate(model, source, { lang: 1 });
          for (const how of [{ topK: 1 }, { topP: 1e-6 }, { temperature: 1e-9 }]) {
            const { batch, scores } = await generate(model, source, {
              lang: 1,
              sampling: { rng: createRng(seed), ...how },
            });
            expect(batch).toEqual(greedy.batch);
            expectNear(scores, greedy.scores);
          }
        }),
      ),
      runs,
    );
  });
});

describe("continueText", () => {
  it("goes on from any part of what it wrote as it did, whatever is beside it", async () => {
    await fc.assert(
      fc.asyncProperty(seeds, fc.array(fc.nat(10), { minLength: 1, maxLength: 4 }), async (seed, cuts) => {
        const model = randomCausal(seed % 40);
        const whole = await continueText(model, batchOf([[EOS]], 1));
        const [text] = rowsOf(whole.batch) as [number[]];
        const parts = cuts.map((cut) => text.slice(0, 1 + (cut % (text.length - 1))));
        const { batch, scores } = await continueText(model, batchOf(parts, 1));
        expect(rowsOf(batch)).toEqual(parts.map(() => text));
        expectNear(
          scores,
          wholeLogProbs(
            model,
            batch,
            undefined,
            parts.map((part) => part.length),
          ),
        );
        model.dispose();
      }),
      runs,
    );
  });
});

describe("generateBeam", () => {
  it("lists different sentences, best first, scored as the model does that reads them at once", async () => {
    await fc.assert(
      fc.asyncProperty(seeds, someLengths, searches, (seed, lengths, options) =>
        withWriter(seed, async (model) => {
          const source = randomBatch(seed, lengths, SEQ);
          const lists = await allOf(model, source, options);
          lists.forEach((list, row) => {
            expect(list.length).toBeGreaterThanOrEqual(1);
            expect(list.length).toBeLessThanOrEqual(options.beamSize);
            expect(new Set(list.map(({ tokens }) => tokens.join())).size).toBe(list.length);
            const scores = list.map(({ score }) => score);
            expect(scores).toEqual([...scores].sort((a, b) => b - a));
            for (const { tokens, sumLogProbs, score } of list) {
              expect(tokens.indexOf(EOS, 1)).toBe(-1);
              expect(tokens.length).toBeLessThan(options.maxLen);
              expect(score).toBe(sumLogProbs / tokens.length ** options.lengthPenalty);
            }
            const sources = pickRows(
              source,
              list.map(() => row),
            );
            expectNear(
              list.map(({ sumLogProbs }) => sumLogProbs),
              wholeLogProbs(model, batchOf(list.map(ended), 1), sources),
            );
          });
        }),
      ),
      runs,
    );
  });

  it("returns the best of each list as a batch", async () => {
    await fc.assert(
      fc.asyncProperty(seeds, someLengths, searches, (seed, lengths, options) =>
        withWriter(seed, async (model) => {
          const { batch, hypotheses } = await generateBeam(model, randomBatch(seed, lengths, SEQ), {
            lang: 1,
            ...options,
          });
          expect(batch).toEqual(
            batchOf(
              hypotheses.map(([best]) => ended(best!)),
              1,
            ),
          );
        }),
      ),
      runs,
    );
  });

  // Without early stopping, a beam of 1 goes on behind the end mark with the second best word.
  it("with one beam and early stopping writes what greedy does", async () => {
    await fc.assert(
      fc.asyncProperty(seeds, someLengths, someMaxLen, (seed, lengths, maxLen) =>
        withWriter(seed, async (model) => {
          const source = randomBatch(seed, lengths, SEQ);
          const greedy = await generate(model, source, { lang: 1, maxLen });
          const beam = await generateBeam(model, source, { lang: 1, maxLen, beamSize: 1, earlyStopping: true });
          expect(beam.batch).toEqual(greedy.batch);
          expectNear(
            beam.hypotheses.map(([best]) => best!.sumLogProbs),
            greedy.scores,
          );
        }),
      ),
      runs,
    );
  });

  it("finds the best of all sentences, when nothing falls off the beam", async () => {
    const vocabSize = 5;
    const words = [0, 2, 3, 4];
    // All sentences of up to two words.
    const all = [[], ...words.map((a) => [a]), ...words.flatMap((a) => words.map((b) => [a, b]))].map((text) => [
      EOS,
      ...text,
      EOS,
    ]);
    await fc.assert(
      fc.asyncProperty(seeds, fc.constantFrom(-0.5, 0, 0.6, 1, 1.4), async (seed, lengthPenalty) => {
        const model = randomWriter(seed % 40, { vocabSize });
        const source = randomBatch(seed, [3], 3, model.encoder.config);
        const logProbs = wholeLogProbs(
          model,
          batchOf(all, 1),
          pickRows(
            source,
            all.map(() => 0),
          ),
        );
        const scores = all.map((text, i) => (logProbs[i] as number) / (text.length - 1) ** lengthPenalty);
        const best = all[scores.indexOf(Math.max(...scores))];
        const beamSize = words.length ** 2; // more than the sentences of one word, all those of two
        const [list] = await allOf(model, source, { beamSize, lengthPenalty, maxLen: 4 });
        expect(ended(list![0]!)).toEqual(best);
        model.dispose();
      }),
      { numRuns: 20 },
    );
  });

  it("with more beams than words finds what there is", async () => {
    await fc.assert(
      fc.asyncProperty(
        seeds,
        fc.integer({ min: 3, max: 9 }),
        fc.constantFrom(undefined, "xlm" as const),
        async (seed, beamSize, compat) => {
          const model = randomWriter(seed % 40, { vocabSize: 3 });
          const source = randomBatch(seed, [3, 5], 5, model.encoder.config);
          const lists = await allOf(model, source, { beamSize, maxLen: 6, ...(compat && { compat }) });
          for (const list of lists) {
            expect(list.length).toBeGreaterThanOrEqual(1);
            expect(list.every(({ sumLogProbs }) => sumLogProbs > -1000)).toBe(true);
          }
          model.dispose();
        },
      ),
      runs,
    );
  });
});

describe("a sentence is translated alike", () => {
  /** What greedy and beam search write for each row. */
  const textsOf = async (model: EncoderDecoder, source: TokenBatch): Promise<number[][][]> => {
    const greedy = rowsOf((await generate(model, source, { lang: 1, maxLen: 10 })).batch);
    const lists = await allOf(model, source, { beamSize: 3, maxLen: 10 });
    return greedy.map((text, row) => [text, ...(lists[row] as Hypothesis[]).map(ended)]);
  };

  it("whatever is in its batch, and in whatever order", async () => {
    await fc.assert(
      fc.asyncProperty(
        seeds,
        someLengths,
        fc.array(fc.nat(3), { minLength: 1, maxLength: 5 }),
        (seed, lengths, picks) =>
          withWriter(seed, async (model) => {
            const source = randomBatch(seed, lengths, SEQ);
            const order = picks.map((pick) => pick % lengths.length);
            const straight = await textsOf(model, source);
            expect(await textsOf(model, pickRows(source, order))).toEqual(order.map((row) => straight[row]));
          }),
      ),
      runs,
    );
  });

  it("however its source is padded", async () => {
    await fc.assert(
      fc.asyncProperty(seeds, someLengths, fc.integer({ min: 1, max: 3 }), (seed, lengths, more) =>
        withWriter(seed, async (model) => {
          const source = randomBatch(seed, lengths, SEQ);
          expect(await textsOf(model, widen(source, SEQ + more))).toEqual(await textsOf(model, source));
        }),
      ),
      runs,
    );
  });
});
