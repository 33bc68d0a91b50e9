import type { PredictionBatch, Rng, TokenBatch, Vocab } from "@xlm/core";
import type { MaskOptions } from "./options.js";
import { hideTargets, replacementChooser } from "./replace.js";
import { targetChooser } from "./targets.js";

/** Masks batch after batch with options settled once. */
export type Masker = (batch: TokenBatch, rng: Rng) => PredictionBatch;

/**
 * Hides tokens for masked language modelling (Lample & Conneau 2019, §3.3; `mask_out` of the original's trainer).
 *
 * Of the tokens of a batch 15 % are chosen; 80 % of those become `maskId`, 10 % a random id, 10 % stay. Padding and the
 * first token of a row are never chosen. When nothing is chosen, which short batches meet, `targetIndices` and
 * `targets` are empty: skip the step. Differs: the original fails there.
 * @param batch `ids` `[batch, seq]`, row-major. Left untouched.
 * @param rng The only source of chance; the call advances it.
 * @returns `ids` `[batch, seq]`, tokens hidden; `targetIndices` `[n]`, flat and ascending; `targets` `[n]`, what stood there.
 * @throws OptionError (`XLM_OPTION`) for options that cannot be used, ShapeError (`XLM_SHAPE`) for arrays that do not belong
 * together, DataError (`XLM_DATA`) and MismatchError (`XLM_MISMATCH`) for `sampleAlpha` with counts absent or of another vocabulary.
 * @example
 * const { ids, targetIndices, targets } = maskTokens(batch, vocab, createRng(42));
 */
export function maskTokens(batch: TokenBatch, vocab: Vocab, rng: Rng, options: MaskOptions = {}): PredictionBatch {
  return createMasker(vocab, options)(batch, rng);
}

/**
 * `maskTokens` for many batches: the options are checked once, and the table of weights that `sampleAlpha` needs is
 * made once. The same generator gives the same masks as `maskTokens`.
 */
export function createMasker(vocab: Vocab, options: MaskOptions = {}): Masker {
  const choose = targetChooser(vocab, options);
  const replace = replacementChooser(vocab, options);
  return (batch, rng) => {
    const targetIndices = choose(batch, rng);
    return hideTargets(batch, vocab.maskId, targetIndices, replace(targetIndices.length, rng));
  };
}
