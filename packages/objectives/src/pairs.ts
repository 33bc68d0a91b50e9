import { ShapeError, checkBatch, checkInt } from "@xlm/core";
import type { LangId, PredictionBatch, Rng, TokenBatch, Vocab } from "@xlm/core";
import { maskTokens } from "./mask.js";
import type { MaskOptions } from "./options.js";

export interface PairOptions {
  /**
   * True: both sentences keep their marks and the second starts again at position 0, as translation language modelling
   * wants. False: the second sentence begins on the last mark of the first and positions run on, as parallel
   * classification wants. @default true
   */
  resetPositions?: boolean;
  /** Languages of the first and the second sentences. Absent: the result has no `langs`. */
  langs?: readonly [LangId, LangId];
  /** Positions the model has; a pair whose tokens need more is refused. @default 512 */
  maxLen?: number;
}

/**
 * Puts the sentences of two batches behind one another, row by row (`concat_batches` of the original).
 *
 * Everything after the first sentence of a row, its padding included, has the second language and the second's
 * positions. The result is as wide as its longest row.
 * @param first, second `ids` `[batch, seq1]` and `[batch, seq2]`, each row a sentence with its marks. Left untouched; their
 * own `positions` and `langs` are not read.
 * @returns `[batch, seq]` with `positions`, and `langs` where given. A row has `length1 + length2` tokens, one fewer without
 * `resetPositions`.
 * @throws ShapeError (`XLM_SHAPE`) when the batches differ in rows, a sentence has no mark to join on, or a token needs a
 * position past `maxLen`. Differs: the original fails later, inside its embedding; there positions of padding can be the
 * cause, here they end at `maxLen - 1`.
 */
export function concatPairs(
  first: TokenBatch,
  second: TokenBatch,
  vocab: Vocab,
  options: PairOptions = {},
): TokenBatch & { readonly positions: Int32Array } {
  const { resetPositions = true, langs, maxLen = 512 } = options;
  checkInt("maxLen", maxLen, 1);
  const rows = checkPair(first, second);
  const overlap = resetPositions ? 0 : 1;
  const lengths = first.lengths.map((length, row) => length + (second.lengths[row] as number) - overlap);
  const seq = lengths.reduce((longest, length) => Math.max(longest, length), 0);
  const ids = new Int32Array(rows * seq).fill(vocab.padId);
  const positions = new Int32Array(rows * seq);
  const langIds = langs ? new Int32Array(rows * seq) : undefined;
  for (let row = 0; row < rows; row++) {
    const at = row * seq;
    const cut = (first.lengths[row] as number) - overlap; // where the second sentence begins
    checkJoin(first, second, row, resetPositions, maxLen);
    const copy = ({ ids: from, shape }: TokenBatch, n: number, to: number): void =>
      ids.set(from.subarray(row * shape[1], row * shape[1] + n), to);
    copy(first, cut, at);
    copy(second, second.lengths[row] as number, at + cut);
    for (let t = 0; t < seq; t++) {
      positions[at + t] = Math.min(resetPositions && t >= cut ? t - cut : t, maxLen - 1);
    }
    if (langs) langIds?.fill(langs[0], at, at + cut).fill(langs[1], at + cut, at + seq);
  }
  return { ids, shape: [rows, seq], lengths, positions, ...(langIds && { langs: langIds }) };
}

/**
 * A batch of translation language modelling: sentence pairs behind one another, then masked like any batch, so that a hidden
 * token can be guessed from the other language (Lample & Conneau 2019, §3.4).
 * @returns `ids`, `positions` and, where given, `langs` `[batch, seq]`; `targetIndices` and `targets` `[n]`.
 * @throws what `concatPairs` and `maskTokens` throw.
 */
export function tlmBatch(
  first: TokenBatch,
  second: TokenBatch,
  vocab: Vocab,
  rng: Rng,
  options: PairOptions & MaskOptions = {},
): PredictionBatch {
  return maskTokens(concatPairs(first, second, vocab, options), vocab, rng, options);
}

/** Number of rows of both. */
export function checkPair(first: TokenBatch, second: TokenBatch): number {
  checkBatch(first);
  checkBatch(second);
  const [rows] = first.shape;
  if (second.shape[0] !== rows) {
    throw new ShapeError({
      what: `the first batch has ${rows} rows and the second ${second.shape[0]}`,
      why: "row i of the one goes with row i of the other",
      fix: "pass the two sides of the same sentence pairs",
    });
  }
  return rows;
}

function checkJoin(first: TokenBatch, second: TokenBatch, row: number, resetPositions: boolean, maxLen: number): void {
  const length1 = first.lengths[row] as number;
  const length2 = second.lengths[row] as number;
  if (!resetPositions && length1 === 0) {
    throw new ShapeError({
      what: `row ${row} of the first batch has length 0`,
      why: "without resetPositions the second sentence begins on the last mark of the first",
      fix: "frame sentences with their marks; an empty one has length 2",
    });
  }
  const needed = resetPositions ? Math.max(length1, length2) : length1 + length2 - 1;
  if (needed > maxLen) {
    throw new ShapeError({
      what: `row ${row} joins sentences of ${length1} and ${length2} tokens, which takes ${needed} positions of ${maxLen}`,
      why: "a position past the model's table has no embedding",
      fix: `cut each side to ${resetPositions ? maxLen : Math.floor((maxLen + 1) / 2)} tokens, or train with a larger maxLen`,
    });
  }
}
