import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { batchOf, markovWriter } from "../../test/decode-models.js";
import { generateBeam, type BeamOptions, type EncoderDecoder } from "../index.js";
import { completeBeamOptions } from "./options.js";
import { advance, startSearch } from "./search.js";

const [EOS, A, B, C] = [1, 4, 5, 6];
const chain = {
  [EOS]: { [A]: 0.6, [B]: 0.4 },
  [A]: { [C]: 0.4, [EOS]: 0.35, [B]: 0.25 },
  [B]: { [EOS]: 0.9, [C]: 0.1 },
  [C]: { [EOS]: 1 },
};
const one = batchOf([[EOS, A, EOS]]);

let writer: EncoderDecoder;
let tensors: number;
beforeAll(async () => {
  await tf.setBackend("cpu");
  writer = markovWriter(chain);
});
afterAll(() => writer.dispose());
beforeEach(() => void (tensors = tf.memory().numTensors));
afterEach(() => expect(tf.memory().numTensors).toBe(tensors));

/** Tokens, probability and score, rounded. */
async function found(options: BeamOptions, model = writer): Promise<[tokens: number[], p: number, score: number][]> {
  const { hypotheses } = await generateBeam(model, one, { nBest: options.beamSize ?? 4, ...options });
  return hypotheses[0]!.map(({ tokens, sumLogProbs, score }) => [
    [...tokens],
    Number(Math.exp(sumLogProbs).toFixed(4)),
    Number(score.toFixed(4)),
  ]);
}
const score = (p: number, divisor: number): number => Number((Math.log(p) / divisor).toFixed(4));

describe("generateBeam", () => {
  it("finds a likelier sentence than the likeliest words make", async () => {
    // Greedy writes A C, of probability 0.6 * 0.4.
    expect(await found({ beamSize: 2, lengthPenalty: 0 })).toEqual([
      [[EOS, B], 0.36, score(0.36, 1)],
      [[EOS, A, C], 0.24, score(0.24, 1)],
    ]);
    const { batch } = await generateBeam(writer, one, { beamSize: 2, lengthPenalty: 0 });
    expect(batch).toEqual(batchOf([[EOS, B, EOS]]));
  });

  it("divides by a power of the length, first mark counted, last mark not", async () => {
    expect(await found({ beamSize: 2, lengthPenalty: 1 })).toEqual([
      [[EOS, A, C], 0.24, score(0.24, 3)],
      [[EOS, B], 0.36, score(0.36, 2)],
    ]);
    expect((await found({ beamSize: 2, lengthPenalty: 0.5 }))[0]).toEqual([[EOS, B], 0.36, score(0.36, Math.SQRT2)]);
  });

  it("with early stopping takes the first that are found", async () => {
    expect(await found({ beamSize: 2, earlyStopping: true })).toEqual([
      [[EOS, B], 0.36, score(0.36, 2)],
      [[EOS, A], 0.21, score(0.21, 2)],
    ]);
  });

  it("returns nBest, or as many as there are", async () => {
    expect(await found({ beamSize: 3, nBest: 1 })).toHaveLength(1);
    expect(await found({ beamSize: 3, nBest: 3 })).toHaveLength(3);
    expect(await found({ beamSize: 4, nBest: 4, maxLen: 2 })).toEqual([[[EOS], 0, expect.anything()]]); // there is but one
  });

  it("ends at maxLen what is open there, with the end mark's own log-probability", async () => {
    expect(await found({ beamSize: 2, maxLen: 3 })).toEqual([
      [[EOS, B], 0.36, score(0.36, 2)],
      [[EOS, A], 0.21, score(0.21, 2)], // 0.6 * 0.35
    ]);
  });

  it('under compat "xlm" keeps it at maxLen with the log-probability of a word that is not there', async () => {
    expect(await found({ beamSize: 2, maxLen: 3, compat: "xlm" })).toEqual([
      [[EOS, B], 0.36, score(0.36, 2)],
      [[EOS, A], 0.24, score(0.24, 2)], // that of A C
    ]);
    // And the same sentence once more.
    expect((await found({ beamSize: 3, maxLen: 3, compat: "xlm" })).map(([tokens]) => tokens)).toEqual([
      [EOS, B],
      [EOS, A],
      [EOS, A],
    ]);
  });

  it("with a negative length penalty goes on as long as a better one may come", async () => {
    const late = markovWriter({
      [EOS]: { [A]: 0.8, [EOS]: 0.11, [B]: 0.09 },
      [A]: { [C]: 0.95, [EOS]: 0.05 },
      [B]: { [EOS]: 0.9, [C]: 0.1 },
      [C]: { [EOS]: 1 },
    });
    const options: BeamOptions = { beamSize: 2, lengthPenalty: -1, maxLen: 20 };
    // Two are found, nothing and B, before A C; that is the best, as it is likely enough for its length of 3.
    expect((await found(options, late))[0]).toEqual([[EOS, A, C], 0.76, score(0.76, 1 / 3)]);
    // The original thinks of the score that A C would have at the length of 19, and stops.
    expect((await found({ ...options, compat: "xlm" }, late))[0]).toEqual([[EOS], 0.11, score(0.11, 1)]);
    late.dispose();
  });
});

describe("a search", () => {
  const candidates = [
    { from: 0, word: EOS, sum: -1 },
    { from: 0, word: A, sum: -2 },
  ];
  const beamsAfter = (options: BeamOptions): number[][] => {
    const settings = completeBeamOptions(writer.decoder.config, { beamSize: 1, maxLen: 5, ...options });
    return advance(startSearch(0, EOS), candidates, settings).beams.map(({ tokens }) => [...tokens]);
  };

  it("ends as soon as no beam can become better than what was found", () => {
    expect(beamsAfter({ lengthPenalty: 1 })).toEqual([[EOS, A]]); // -2 / 4 would be better than -1 / 1
    expect(beamsAfter({ lengthPenalty: 0.5 })).toEqual([]); // -2 / 2 would not
    expect(beamsAfter({ lengthPenalty: 1, earlyStopping: true })).toEqual([]);
  });
});
