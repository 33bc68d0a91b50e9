import type { LangId, PredictionBatch, TokenBatch } from "@xlm/core";
import { concatPairs, createMasker, type MaskOptions } from "@xlm/objectives";
import type { Transformer } from "@xlm/transformer";
import type { TextObjective } from "../objective.js";
import { mlm } from "./mlm.js";

/**
 * Translation language modelling: words are hidden in both sentences of a pair, and each helps to guess the other's (Lample & Conneau 2019,
 * §3.4; `--mlm_steps en-fr`).
 */
export const tlm = (options: MaskOptions = {}): TextObjective<Transformer, PredictionBatch> => ({
  ...mlm(options),
  name: "tlm",
  reads: "pairs",
  maker: ({ vocab, langs, maxLen }) => {
    const mask = createMasker(vocab, options);
    const joining = { langs: langs as [LangId, LangId], maxLen };
    return ([first, second], rng) => mask(concatPairs(first, second as TokenBatch, vocab, joining), rng);
  },
});
