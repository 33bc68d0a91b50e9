import { checkInt, DataError, drawPermutation, type Rng } from "@xlm/core";

export interface PlanOptions {
  /** Which sentences, in which order. @default 0, 1, 2, ... all of them */
  order?: ArrayLike<number>;
  /** About how many sentences a batch has: `ceil(n / batchSize)` batches of equal size, give or take one. @default 32 */
  batchSize?: number;
  /** About how many tokens a batch has, instead of `batchSize`; a batch may go over it. @default batchSize decides */
  tokensPerBatch?: number;
  /** Whether to sort by length first, keeping `order` among equals, so that little is padded. @default false */
  groupBySize?: boolean;
}

/**
 * Which sentences go into which batch, in order (original: `Dataset.get_iterator` up to its shuffle). Every sentence of
 * `order` is in exactly one batch.
 * `Differs:` the original refuses to sort sentences that are not shuffled (pairs it does sort).
 * @param lengths `[sentences]`, from `sentenceLengths`.
 * @returns for each batch, the indices of its sentences.
 * @throws DataError (`XLM_DATA`) when there is no sentence; OptionError (`XLM_OPTION`) for sizes below 1 and for indices in
 *   `order` that no sentence has.
 */
export function planBatches(lengths: Int32Array, options: PlanOptions = {}): Int32Array[] {
  const { order, batchSize = 32, tokensPerBatch, groupBySize = false } = options;
  checkInt("batchSize", batchSize, 1);
  if (tokensPerBatch !== undefined) checkInt("tokensPerBatch", tokensPerBatch, 1);
  const indices = order ? Int32Array.from(order) : Int32Array.from(lengths.keys());
  for (const index of indices) checkInt("sentence index", index, 0, lengths.length - 1);
  if (indices.length === 0) {
    throw new DataError({
      what: "there is no sentence to batch",
      why: "training would wait for ever",
      fix: "give a longer text, or raise maxLen",
    });
  }
  const lengthOf = (index: number): number => lengths[index] as number;
  if (groupBySize) indices.sort((a, b) => lengthOf(a) - lengthOf(b)); // stable, as the original's mergesort
  return tokensPerBatch === undefined
    ? splitEvenly(indices, Math.ceil(indices.length / batchSize))
    : splitByTokens(indices, lengthOf, tokensPerBatch);
}

/** `parts` runs of equal length, the first ones longer by one where it does not divide (NumPy's `array_split`). */
function splitEvenly(indices: Int32Array, parts: number): Int32Array[] {
  const size = Math.floor(indices.length / parts);
  const longer = indices.length % parts;
  return Array.from({ length: parts }, (_, part) => {
    const start = part * size + Math.min(part, longer);
    return indices.subarray(start, start + size + (part < longer ? 1 : 0));
  });
}

/** A batch ends before the sentence whose tokens reach the next multiple of `tokensPerBatch`. */
function splitByTokens(indices: Int32Array, lengthOf: (index: number) => number, tokensPerBatch: number): Int32Array[] {
  const batches: Int32Array[] = [];
  let start = 0;
  let tokens = 0;
  let batchId = -1;
  for (const [i, index] of indices.entries()) {
    tokens += lengthOf(index);
    const id = Math.floor(tokens / tokensPerBatch);
    if (id !== batchId && i > 0) {
      batches.push(indices.subarray(start, i));
      start = i;
    }
    batchId = id;
  }
  batches.push(indices.subarray(start));
  return batches;
}

export interface DrawOptions extends Omit<PlanOptions, "order"> {
  /** How many sentences to draw. @default all */
  nSentences?: number;
  /** Most sentences of a batch: of a larger one, this many are drawn and the rest is left out this time. @default no limit */
  maxBatchSize?: number;
}

/**
 * The batches of one epoch in random order: sentences are shuffled, planned, and the batches shuffled. Each sentence is
 * served once, except what `nSentences` and `maxBatchSize` leave out.
 * @param lengths `[sentences]`, from `sentenceLengths`.
 * @param rng advanced by the draws of two permutations, and one for each batch over `maxBatchSize`.
 * @param options as for `planBatches`, but `groupBySize` is true by default (as the original's `--group_by_size`).
 */
export function drawBatches(lengths: Int32Array, rng: Rng, options: DrawOptions = {}): Int32Array[] {
  const { nSentences = lengths.length, maxBatchSize = Infinity, groupBySize = true, ...sizes } = options;
  checkInt("nSentences", nSentences, 0, lengths.length);
  if (maxBatchSize !== Infinity) checkInt("maxBatchSize", maxBatchSize, 1);
  const order = drawPermutation(rng, lengths.length).subarray(0, nSentences);
  const batches = planBatches(lengths, { ...sizes, groupBySize, order });
  return Array.from(drawPermutation(rng, batches.length), (index) => {
    const batch = batches[index] as Int32Array;
    if (batch.length <= maxBatchSize) return batch;
    return drawPermutation(rng, batch.length)
      .subarray(0, maxBatchSize)
      .map((i) => batch[i] as number);
  });
}
