import { checkPaired } from "./checks.js";

/**
 * Pearson's correlation, -1..1 (SciPy's `pearsonr`, as called in `glue.py`; times 100 there). NaN when either list is constant
 * or holds NaN: the coefficient is then not defined.
 * @param x `[n]`, n from 2.
 * @param y `[n]`.
 * @throws ShapeError (`XLM_SHAPE`) for lists of different lengths, DataError (`XLM_DATA`) for fewer than two pairs.
 */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): number {
  checkPaired("values to correlate", x, y, 2);
  const [u, v] = [unit(x), unit(y)];
  let product = 0;
  for (let i = 0; i < u.length; i++) product += (u[i] as number) * (v[i] as number);
  return Math.max(-1, Math.min(1, product)); // rounding may leave 1.0000000000000002
}

/**
 * Spearman's rank correlation, -1..1 (SciPy's `spearmanr`, as called in `glue.py`; times 100 there): Pearson's of the ranks, equal
 * values sharing the mean of theirs. NaN as for `pearson`.
 * @param x `[n]`, n from 2.
 * @param y `[n]`.
 * @throws as `pearson`.
 */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number {
  checkPaired("values to correlate", x, y, 2);
  return pearson(ranks(x), ranks(y));
}

/** Deviations from the mean, scaled to length 1; NaN for a constant list. */
function unit(values: ArrayLike<number>): Float64Array {
  const deviations = Float64Array.from(values);
  if (deviations.every((value) => value === deviations[0])) return deviations.fill(NaN);
  const scale = deviations.reduce((most, value) => Math.max(most, Math.abs(value)), 0); // squares must not overflow
  const mean = deviations.reduce((sum, value) => sum + value / scale, 0) / deviations.length;
  let squares = 0;
  for (let i = 0; i < deviations.length; i++) {
    const deviation = (deviations[i] as number) / scale - mean;
    deviations[i] = deviation;
    squares += deviation * deviation;
  }
  const length = Math.sqrt(squares);
  return deviations.map((deviation) => deviation / length);
}

/** Ranks from 1; equal values share the mean of theirs; all NaN when one is. */
function ranks(values: ArrayLike<number>): Float64Array {
  const sorted = Float64Array.from(values).sort();
  const n = sorted.length;
  if (Number.isNaN(sorted[n - 1])) return sorted.fill(NaN); // the sort puts NaN last
  const rankOf = new Map<number, number>();
  for (let begin = 0, end = 0; begin < n; begin = end) {
    while (end < n && sorted[end] === sorted[begin]) end++;
    rankOf.set(sorted[begin] as number, (begin + 1 + end) / 2);
  }
  return Float64Array.from(values, (value) => rankOf.get(value) as number);
}
