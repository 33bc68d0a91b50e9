import type { LangId, TokenBatch } from "@xlm/core";
import { concatPairs, pcBatch } from "@xlm/objectives";
import { encode, pairLoss, type Transformer } from "@xlm/transformer";
import { encoderOf, type LabelledBatch, type TextObjective } from "../objective.js";

/**
 * Parallel classification: is the second sentence the translation of the first? (`--pc_steps en-fr`; not in the paper.) It names no
 * loss of chance: telling pairs apart is hard, and chance for a long time no sign of trouble.
 */
export const pc = (): TextObjective<Transformer, LabelledBatch> => ({
  name: "pc",
  options: {},
  modelOf: encoderOf,
  loss: (model, batch, options) => pairLoss(model, encode(model, batch, options), batch.labels as Int32Array),
  reads: "pairs",
  maker: ({ vocab, langs, maxLen }) => {
    const joining = { langs: langs as [LangId, LangId], maxLen };
    return ([first, second], rng) => {
      if (first.shape[0] >= 2) return pcBatch(first, second as TokenBatch, vocab, rng, joining);
      // One pair alone has no wrong partner: a batch without a question, which a step passes over.
      const joined = concatPairs(first, second as TokenBatch, vocab, { ...joining, resetPositions: false });
      return { ...joined, labels: new Int32Array() };
    };
  },
});
