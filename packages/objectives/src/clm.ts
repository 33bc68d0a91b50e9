import { checkBatch, checkInt } from "@xlm/core";
import type { PredictionBatch, TokenBatch } from "@xlm/core";

export interface ClmOptions {
  /** Tokens at the start of each row that are read and not predicted from (`--context_size`). @default 0 */
  contextSize?: number;
}

/**
 * Targets of causal language modelling: every token but the last of its row predicts the one after it
 * (Lample & Conneau 2019, §3.2).
 * @param batch `ids` `[batch, seq]`; the result shares its arrays.
 * @returns `targetIndices` `[n]`, where a prediction is made; `targets` `[n]`, the ids one place to the right. `n` is 0 when no
 * row is longer than `contextSize + 1`: skip the step.
 * @throws OptionError (`XLM_OPTION`) unless `contextSize` is a whole number of 0 or more; ShapeError (`XLM_SHAPE`).
 */
export function clmTargets(batch: TokenBatch, options: ClmOptions = {}): PredictionBatch {
  const { contextSize = 0 } = options;
  checkBatch(batch);
  checkInt("contextSize", contextSize, 0);
  const seq = batch.shape[1];
  let n = 0;
  for (const length of batch.lengths) n += Math.max(0, length - 1 - contextSize);
  const targetIndices = new Int32Array(n);
  const targets = new Int32Array(n);
  let at = 0;
  batch.lengths.forEach((length, row) => {
    for (let t = contextSize; t < length - 1; t++, at++) {
      targetIndices[at] = row * seq + t;
      targets[at] = batch.ids[row * seq + t + 1] as number;
    }
  });
  return { ...batch, targetIndices, targets };
}
