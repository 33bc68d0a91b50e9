import type { TokenBatch, TranslationBatch } from "@xlm/core";
import { clmTargets } from "@xlm/objectives";
import { translationLoss, type EncoderDecoder } from "@xlm/transformer";
import { translatorOf, type TextObjective } from "../objective.js";

/** What the objectives that translate have in common. */
export const translating: Pick<TextObjective<EncoderDecoder, TranslationBatch>, "modelOf" | "loss" | "chanceLoss"> = {
  modelOf: translatorOf,
  loss: translationLoss,
  chanceLoss: ({ decoder }) => Math.log(decoder.config.vocabSize),
};

/** Supervised translation of the first language of a pair into the second (§5.3; `--mt_steps en-fr`). */
export const mt = (): TextObjective<EncoderDecoder, TranslationBatch> => ({
  ...translating,
  name: "mt",
  options: {},
  reads: "pairs",
  maker:
    () =>
    ([source, target]) => ({ source, target: clmTargets(target as TokenBatch) }),
});
