import { checkBatch, checkInt, ShapeError, type TokenBatch, type Vocab } from "@xlm/core";

/**
 * Cuts long rows to `maxLen` tokens, the last of them an end mark (original: `truncate`). A batch whose longest row fits is
 * returned as it is.
 * @param maxLen at least 2, room for both sentence marks.
 */
export function truncateBatch(batch: TokenBatch, vocab: Pick<Vocab, "eosId">, maxLen: number): TokenBatch {
  checkBatch(batch);
  checkInt("maxLen", maxLen, 2);
  const { lengths, shape } = batch;
  if (lengths.every((length) => length <= maxLen)) return batch;
  const cut = resize(batch, Int32Array.from(lengths.keys()), maxLen, maxLen, 0);
  for (let row = 0; row < shape[0]; row++) {
    if ((lengths[row] as number) <= maxLen) continue;
    cut.lengths[row] = maxLen;
    cut.ids[row * maxLen + maxLen - 1] = vocab.eosId;
  }
  return cut;
}

export interface RoundOptions {
  /** What both sides of the batch shall be multiples of. @default 8 */
  multiple?: number;
}

export interface RoundedBatch {
  readonly batch: TokenBatch;
  /** Rows of the original batch that are left, in order; absent when all are. */
  readonly rows?: Int32Array;
}

/**
 * Brings a batch to sides that are multiples of 8, the shapes tensor cores are fast at (original: `round_batch`): rows over
 * the multiple are dropped, then columns of padding are added. Positions run on over the padding, languages repeat. A batch
 * of fewer rows than the multiple is returned as it is.
 * @param order `[batch]` a permutation, such as `drawPermutation(rng, batch)`: its first entries are the rows to keep.
 *   Unused when no row is dropped.
 * @throws ShapeError (`XLM_SHAPE`) when `order` is too short or names a row that is not there.
 */
export function roundBatch(
  batch: TokenBatch,
  vocab: Pick<Vocab, "padId">,
  order: ArrayLike<number>,
  options: RoundOptions = {},
): RoundedBatch {
  checkBatch(batch);
  const { multiple = 8 } = options;
  checkInt("multiple", multiple, 1);
  const [nRows, seq] = batch.shape;
  const nKept = nRows - (nRows % multiple);
  if (nKept === 0) return { batch };
  const roundUp = (n: number): number => Math.ceil(n / multiple) * multiple;
  if (nKept === nRows) {
    const rounded = resize(batch, Int32Array.from(batch.lengths.keys()), seq, roundUp(seq), vocab.padId);
    return { batch: rounded };
  }
  const rows = Int32Array.from({ length: nKept }, (_, i) => order[i] ?? -1);
  const bad = rows.find((row) => row < 0 || row >= nRows);
  if (bad !== undefined) {
    throw new ShapeError({
      what: `the order of rows has ${order.length} entries and the batch ${nRows} rows`,
      why: `its first ${nKept} entries must be rows of the batch`,
      fix: "pass drawPermutation(rng, batch.shape[0])",
    });
  }
  const longest = rows.reduce((most, row) => Math.max(most, batch.lengths[row] as number), 0);
  return { batch: resize(batch, rows, longest, roundUp(longest), vocab.padId), rows };
}

/** The given rows, cut to `seq` columns and then padded to `width`. */
function resize(batch: TokenBatch, rows: Int32Array, seq: number, width: number, padId: number): TokenBatch {
  const stride = batch.shape[1];
  const take = (array: Int32Array, extend: (last: number, beyond: number) => number): Int32Array => {
    const out = new Int32Array(rows.length * width);
    for (const [to, from] of rows.entries()) {
      out.set(array.subarray(from * stride, from * stride + seq), to * width);
      const last = array[from * stride + seq - 1] as number;
      for (let column = seq; column < width; column++) out[to * width + column] = extend(last, column - seq + 1);
    }
    return out;
  };
  return {
    ids: take(batch.ids, () => padId),
    shape: [rows.length, width],
    lengths: rows.map((row) => batch.lengths[row] as number),
    ...(batch.positions && { positions: take(batch.positions, (last, beyond) => last + beyond) }),
    ...(batch.langs && { langs: take(batch.langs, (last) => last) }),
  };
}
