import type { PredictionBatch } from "@xlm/core";
import { createMasker, type MaskOptions } from "@xlm/objectives";
import { batchLoss, type Transformer } from "@xlm/transformer";
import { encoderOf, type TextObjective } from "../objective.js";

/** Masked language modelling on the text of a language (Lample & Conneau 2019, §3.3; `--mlm_steps en`). */
export const mlm = (options: MaskOptions = {}): TextObjective<Transformer, PredictionBatch> => ({
  name: "mlm",
  options: { ...options },
  modelOf: encoderOf,
  loss: batchLoss,
  chanceLoss: ({ config }) => Math.log(config.vocabSize),
  reads: "stream",
  maker: ({ vocab }) => {
    const mask = createMasker(vocab, options);
    return ([window], rng) => mask(window, rng);
  },
});
