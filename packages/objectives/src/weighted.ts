import { DataError, MismatchError, ShapeError, checkSize } from "@xlm/core";
import type { TokenBatch, Vocab } from "@xlm/core";

/**
 * How much each token of the vocabulary wants to be a target: `count ^ -alpha`, and 0 for padding and for tokens that
 * never occurred (`mask_scores` of the original). Batches are masked with it by `createMasker`.
 * @param vocab with `counts` `[size]`.
 * @param alpha above 0. At 0.5 the table has the same bits on every engine; other powers may differ in the last one.
 * @returns `[size]` weights, not scaled.
 * @throws DataError (`XLM_DATA`) when the vocabulary has no counts or all of them are 0.
 */
export function maskScores(vocab: Vocab, alpha: number): Float64Array {
  const counts = vocab.counts;
  if (!counts) {
    throw new DataError({
      what: `sampleAlpha is ${alpha} and the vocabulary has no counts`,
      why: "frequency-weighted masking weighs a token by how often it occurs",
      fix: "pass a vocabulary with counts, or use sampleAlpha 0",
    });
  }
  checkSize("counts of the vocabulary", counts, [vocab.size]);
  const scores = new Float64Array(vocab.size);
  let usable = false;
  for (let id = 0; id < scores.length; id++) {
    const count = counts[id] as number;
    if (!(count > 0) || id === vocab.padId) continue;
    scores[id] = alpha === 0.5 ? 1 / Math.sqrt(count) : Math.pow(count, -alpha);
    usable = true;
  }
  if (!usable) {
    throw new DataError({
      what: `all ${vocab.size} counts of the vocabulary are 0`,
      why: "a token that never occurs is never a target of frequency-weighted masking",
      fix: "count the tokens of the training text, or use sampleAlpha 0",
    });
  }
  return scores;
}

/**
 * Draws `n` different places in proportion to their weights, the way NumPy's `RandomState.choice` does without
 * replacement: in rounds of as many numbers as are still missing, each looked up in the running sums of the weights not
 * found before the round; of a place met twice in a round the first time counts.
 * @param weights `[places]`, 0 or more; need not add up to 1. Left untouched.
 * @param n how many places, at most the number of positive weights.
 * @param next uniform draws in `[0, 1)`: `rng.next`, or recorded numbers one after the other.
 * @returns `[n]` places in order of drawing.
 * @throws ShapeError (`XLM_SHAPE`) when fewer than `n` weights are positive.
 */
export function drawPlaces(weights: ArrayLike<number>, n: number, next: () => number): Int32Array {
  const left = new Float64Array(weights);
  const positive = left.filter((weight) => weight > 0).length;
  if (n > positive) {
    throw new ShapeError({
      what: `${n} different places are asked for and ${positive} weights are positive`,
      why: "a place is drawn at most once",
      fix: `draw ${positive} or fewer`,
    });
  }
  return drawRounds(left, n, next);
}

/** `drawPlaces` for weights that suffice; sets those it draws to 0. */
export function drawRounds(left: Float64Array, n: number, next: () => number): Int32Array {
  const sums = new Float64Array(left.length);
  const found = new Int32Array(n);
  let count = 0;
  while (count < n) {
    let sum = 0;
    for (let i = 0; i < left.length; i++) {
      sum += left[i] as number;
      sums[i] = sum;
    }
    // starts[b] is the first place whose share of the sum is above b / buckets: a search begins there and ends within a
    // few places. A power of two, so that the products are exact.
    const buckets = 2 ** Math.ceil(Math.log2(2 * (n - count)));
    const starts = new Int32Array(buckets);
    let bucket = 0;
    for (let i = 0; i < sums.length; i++) {
      const share = (sums[i] as number) / sum;
      sums[i] = share;
      while (bucket < share * buckets) starts[bucket++] = i;
    }
    for (let missing = n - count; missing > 0; missing--) {
      const draw = next();
      let place = starts[Math.floor(draw * buckets)] as number;
      while ((sums[place] as number) <= draw) place++;
      if (left[place] === 0) continue; // met before in this round
      left[place] = 0;
      found[count++] = place;
    }
  }
  return found;
}

/** The weights of the places of a batch, `[batch, seq]`, and how many are positive. Padding weighs nothing. */
export function placeWeights(batch: TokenBatch, scores: Float64Array): { weights: Float64Array; positive: number } {
  const [rows, seq] = batch.shape;
  const weights = new Float64Array(rows * seq);
  let positive = 0;
  for (let row = 0; row < rows; row++) {
    const end = row * seq + (batch.lengths[row] as number);
    for (let i = row * seq; i < end; i++) {
      const weight = scores[batch.ids[i] as number];
      if (weight === undefined) throw outsideVocabulary(batch, i, scores.length);
      weights[i] = weight;
      if (weight > 0) positive++;
    }
  }
  return { weights, positive };
}

function outsideVocabulary(batch: TokenBatch, place: number, size: number): MismatchError {
  const seq = batch.shape[1];
  return new MismatchError({
    what: `token ${place % seq} of row ${Math.floor(place / seq)} has id ${batch.ids[place]} and the vocabulary has ${size} ids`,
    why: "masking looks every token up in the counts of its vocabulary",
    fix: "use the vocabulary the batch was indexed with",
  });
}
