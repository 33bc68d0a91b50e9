import { ShapeError, checkInt, checkSize, drawInt } from "@xlm/core";
import type { Rng, TokenBatch, Vocab } from "@xlm/core";
import { checkPair, concatPairs, type PairOptions } from "./pairs.js";

/** What parallel classification draws for each row. */
export interface PairDraws {
  /** `[batch]`: 1 when the second sentence is the translation of the first, 0 when it is another row's. */
  readonly labels: Int32Array;
  /** `[batch]`: the row of the second batch that is put behind row i of the first. */
  readonly partners: Int32Array;
}

/** Sentence pairs to be told apart: translations or not. */
export interface PairBatch extends TokenBatch {
  readonly labels: Int32Array;
}

/**
 * Draws fair labels, and for every 0 a wrong partner: row `(i + k) mod batch` with `k` uniform in `1..batch-1`
 * (`pc_step` of the original).
 * @param rows number of pairs, at least 2.
 * @throws ShapeError (`XLM_SHAPE`) for fewer: one pair has no wrong partner. Skip such a batch, as the original does.
 */
export function drawPairs(rows: number, rng: Rng): PairDraws {
  checkInt("rows", rows, 0);
  if (rows < 2) {
    throw new ShapeError({
      what: `the batch has ${rows} sentence pairs`,
      why: "a wrong partner comes from another row",
      fix: "skip batches of fewer than two pairs",
    });
  }
  const labels = new Int32Array(rows);
  const partners = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    labels[i] = rng.uint32() >>> 31;
    const other = (i + 1 + drawInt(rng, rows - 1)) % rows;
    partners[i] = labels[i] === 1 ? i : other;
  }
  return { labels, partners };
}

/**
 * Puts row `partners[i]` of the second batch behind row i of the first, joined on one mark.
 * @throws ShapeError (`XLM_SHAPE`) for draws of another size or a partner that is no row, and what `concatPairs` throws.
 */
export function applyPairs(
  first: TokenBatch,
  second: TokenBatch,
  vocab: Vocab,
  draws: PairDraws,
  options: Omit<PairOptions, "resetPositions"> = {},
): PairBatch {
  const rows = checkPair(first, second);
  checkSize("labels", draws.labels, [rows]);
  checkSize("partners", draws.partners, [rows]);
  const seq = second.shape[1];
  const ids = new Int32Array(rows * seq);
  const lengths = new Int32Array(rows);
  draws.partners.forEach((partner, row) => {
    if (partner < 0 || partner >= rows) {
      throw new ShapeError({
        what: `the partner of row ${row} is ${partner} and there are ${rows} rows`,
        why: "a partner is a row of the second batch",
        fix: `use 0 to ${rows - 1}`,
      });
    }
    ids.set(second.ids.subarray(partner * seq, (partner + 1) * seq), row * seq);
    lengths[row] = second.lengths[partner] as number;
  });
  const joined = concatPairs(first, { ids, shape: second.shape, lengths }, vocab, {
    ...options,
    resetPositions: false,
  });
  return { ...joined, labels: draws.labels };
}

/**
 * A batch of parallel classification (`--pc_steps`; not in the paper): half the pairs are translations, the model says which.
 * @returns `ids`, `positions` and, where given, `langs` `[batch, seq]`; `labels` `[batch]`.
 */
export function pcBatch(
  first: TokenBatch,
  second: TokenBatch,
  vocab: Vocab,
  rng: Rng,
  options: Omit<PairOptions, "resetPositions"> = {},
): PairBatch {
  return applyPairs(first, second, vocab, drawPairs(checkPair(first, second), rng), options);
}
