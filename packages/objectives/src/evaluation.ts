import { checkBatch, checkProb } from "@xlm/core";
import type { PredictionBatch, TokenBatch, Vocab } from "@xlm/core";
import type { NumpyRng } from "./numpy-rng.js";
import { hideTargets } from "./replace.js";

export interface EvaluationOptions {
  /** Share of tokens predicted (`--word_pred`). @default 0.15 */
  predictProb?: number;
}

/**
 * Hides tokens for evaluation (`mask_out` of the original's evaluator): always behind `maskId`, never the first or the
 * last token of a row, and at least one of every sentence. Keep one generator over the batches of an evaluation and
 * start the next evaluation afresh: `createNumpyRng(0)` gives the original's masks, and every evaluation the same ones.
 * @param batch `ids` `[batch, seq]`. Left untouched.
 * @param rng draws in this order: `rand` for every place, `[seq, batch]`, padding included, so the masks depend on the width
 * of the batch; then `randint` for each sentence without a target.
 * @returns `ids` `[batch, seq]`; `targetIndices` and `targets` `[n]`. A row without words (length 2 or less) has no target, so `n`
 * may be 0. Differs: the original fails on such a row.
 * @throws OptionError (`XLM_OPTION`), ShapeError (`XLM_SHAPE`).
 */
export function evaluationMask(
  batch: TokenBatch,
  vocab: Vocab,
  rng: Pick<NumpyRng, "rand" | "randint">,
  options: EvaluationOptions = {},
): PredictionBatch {
  return hideTargets(batch, vocab.maskId, chooseEvaluationTargets(batch, rng, options));
}

/** The places `evaluationMask` hides, `[n]`, flat and ascending. Recorded draws are fed as a generator that replays them. */
export function chooseEvaluationTargets(
  batch: TokenBatch,
  rng: Pick<NumpyRng, "rand" | "randint">,
  options: EvaluationOptions = {},
): Int32Array {
  const { predictProb = 0.15 } = options;
  checkBatch(batch);
  checkProb("predictProb", predictProb);
  const [rows, seq] = batch.shape;
  const chosen = new Uint8Array(rows * seq);
  for (let t = 0; t < seq; t++) {
    for (let row = 0; row < rows; row++) {
      const picked = rng.rand() <= predictProb;
      if (picked && t > 0 && t < (batch.lengths[row] as number) - 1) chosen[row * seq + t] = 1;
    }
  }
  batch.lengths.forEach((length, row) => {
    const at = row * seq;
    if (length > 2 && !chosen.subarray(at, at + length).includes(1)) chosen[at + rng.randint(1, length - 1)] = 1;
  });
  const targets = new Int32Array(rows * seq);
  let n = 0;
  chosen.forEach((flag, place) => {
    if (flag) targets[n++] = place;
  });
  return targets.slice(0, n);
}
