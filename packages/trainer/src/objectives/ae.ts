import type { TranslationBatch } from "@xlm/core";
import { addNoise, clmTargets, type NoiseOptions } from "@xlm/objectives";
import type { EncoderDecoder } from "@xlm/transformer";
import type { TextObjective } from "../objective.js";
import { translating } from "./mt.js";

/** What unsupervised translation is usually trained with (the original's README: `--word_shuffle 3 --word_dropout 0.1 --word_blank 0.1`). */
const NOISE = { wordShuffle: 3, wordDropout: 0.1, wordBlank: 0.1 } as const;

/**
 * Denoising: a sentence is written from a spoilt copy of itself (§5.2; `--ae_steps en`).
 * `Differs:` noise is on by default; the original's flags default to none.
 */
export const ae = (options: NoiseOptions = {}): TextObjective<EncoderDecoder, TranslationBatch> => {
  const noise = { ...NOISE, ...options };
  return {
    ...translating,
    name: "ae",
    options: noise,
    reads: "sentences",
    maker:
      ({ vocab }) =>
      ([sentences], rng) => ({
        source: addNoise(sentences, vocab, rng, noise),
        target: clmTargets(sentences),
      }),
  };
};
