import type { LangId, TranslationBatch } from "@xlm/core";
import { clmTargets } from "@xlm/objectives";
import { generate, type EncoderDecoder } from "@xlm/transformer";
import type { TextObjective } from "../objective.js";
import { translating } from "./mt.js";

/** Sentences to translate there and back. */
export interface BackTranslationBatch extends TranslationBatch {
  /** The language between; the source is still the target's own sentences, or, once translated, sentences of this language. */
  readonly through: LangId;
  readonly eosId: number;
}

/**
 * Online back-translation: the model translates sentences into another language as it can, greedily and without dropout, and
 * learns to write the originals from that (§5.2; `--bt_steps en-fr-en`). A translation has at most 1.3 times the tokens of the batch's longest
 * sentence, and five.
 * `Differs:` that bound ends at the model's positions; the original fails there.
 */
export const bt = (): TextObjective<EncoderDecoder, BackTranslationBatch> => ({
  ...translating,
  name: "bt",
  options: {},
  reads: "roundTrip",
  maker:
    ({ vocab, langs: [, through] }) =>
    ([sentences]) => ({
      source: sentences,
      target: clmTargets(sentences),
      through: through as LangId,
      eosId: vocab.eosId,
    }),
  prepare: async (model, batch) => {
    const { source, through, eosId } = batch;
    const longest = source.lengths.reduce((most, length) => Math.max(most, length), 0);
    const maxLen = Math.min(Math.floor(1.3 * longest + 5), model.decoder.config.maxLen, model.encoder.config.maxLen);
    const translated = await generate(model, source, { lang: through, maxLen, eosId });
    return { ...batch, source: translated.batch };
  },
});
