import type { PredictionBatch } from "@xlm/core";
import { clmTargets, concatPairs, type ClmOptions } from "@xlm/objectives";
import { batchLoss, type Transformer } from "@xlm/transformer";
import { writerOf, type TextObjective } from "../objective.js";

const causal: Pick<TextObjective<Transformer, PredictionBatch>, "modelOf" | "loss" | "chanceLoss"> = {
  modelOf: writerOf,
  loss: (model, batch, options) => batchLoss(model, batch, { ...options, attention: "causal" }),
  chanceLoss: ({ config }) => Math.log(config.vocabSize),
};

/**
 * Causal language modelling on the text of a language (Lample & Conneau 2019, §3.2; `--clm_steps en`). Of an encoder and a decoder it trains
 * the decoder, as the original does.
 */
export const clm = (options: ClmOptions = {}): TextObjective<Transformer, PredictionBatch> => ({
  ...causal,
  name: "clm",
  options: { ...options },
  reads: "stream",
  maker:
    () =>
    ([window]) =>
      clmTargets(window, options),
});

export interface PairClmOptions extends ClmOptions {
  /** `"xlm"`: positions run on through both sentences, as the original trains (it evaluates with restarted ones). */
  compat?: "xlm";
}

/**
 * Causal language modelling on sentence pairs, one behind the other (`--clm_steps en-fr`).
 * `Differs:` positions of the second sentence restart in training as they do in evaluation; the original restarts them in evaluation alone.
 */
export const pairClm = (options: PairClmOptions = {}): TextObjective<Transformer, PredictionBatch> => ({
  ...causal,
  name: "clm",
  options: { ...options },
  reads: "pairs",
  maker:
    ({ vocab, langs: [first, second], maxLen }) =>
    ([one, other]) => {
      const langs = [first as NonNullable<typeof first>, second as NonNullable<typeof second>] as const;
      const { positions, ...joined } = concatPairs(one, other as typeof one, vocab, { langs, maxLen });
      return clmTargets(options.compat === "xlm" ? joined : { ...joined, positions }, options);
    },
});
