import { OptionError, ShapeError } from "./errors.js";
import type { Rng } from "./rng.js";

const TWO_32 = 4294967296;

/**
 * A whole number, uniform in `0..bound-1`, without bias (words above the last multiple of `bound` are drawn again).
 * @param bound from 1 to 2^53-1.
 */
export function drawInt(rng: Rng, bound: number): number {
  if (!Number.isSafeInteger(bound) || bound < 1) {
    throw new OptionError({
      what: `bound is ${bound}`,
      why: "a whole number is drawn from 0 to bound - 1",
      fix: "use an integer from 1 to 2^53-1",
    });
  }
  if (bound <= TWO_32) return drawBelow(rng, bound);
  const span = 2 ** 53;
  const limit = span - (span % bound);
  for (;;) {
    const word = rng.next() * span;
    if (word < limit) return word % bound;
  }
}

/** `drawInt` for a bound of at most 2^32. Below that size the quotient is exact, and far cheaper than `%` on doubles. */
function drawBelow(rng: Rng, bound: number): number {
  const limit = Math.floor(TWO_32 / bound) * bound;
  for (;;) {
    const word = rng.uint32();
    if (word < limit) return word - Math.floor(word / bound) * bound;
  }
}

/** A random order of `0..n-1`, every order equally likely (Fisher-Yates). */
export function drawPermutation(rng: Rng, n: number): Int32Array {
  if (!Number.isInteger(n) || n < 0 || n > 0x7fffffff) {
    throw new OptionError({
      what: `n is ${n}`,
      why: "a permutation has a whole number of places",
      fix: "use 0 to 2^31-1",
    });
  }
  const order = new Int32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  for (let i = n - 1; i > 0; i--) {
    const j = drawBelow(rng, i + 1);
    const kept = order[i] as number;
    order[i] = order[j] as number;
    order[j] = kept;
  }
  return order;
}

/**
 * Running sums of weights, divided by the last: what `pickCumulative` looks draws up in.
 * @throws OptionError when a weight is negative or not finite, or none is positive.
 */
export function cumulative(weights: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(weights.length);
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] as number;
    if (!(weight >= 0) || weight === Infinity) {
      throw new OptionError({
        what: `weight ${i} is ${weight}`,
        why: "weights are shares of a whole",
        fix: "use finite weights of 0 or more",
      });
    }
    sum += weight;
    sums[i] = sum;
  }
  if (!(sum > 0)) {
    throw new OptionError({
      what: `${weights.length} weights add up to ${sum}`,
      why: "there is nothing to draw",
      fix: "give at least one positive weight",
    });
  }
  for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) / sum;
  return sums;
}

/** How many running sums are at or below `u`: the index whose share `u` falls into (NumPy's right-sided search). */
export function pickCumulative(sums: ArrayLike<number>, u: number): number {
  let low = 0;
  let high = sums.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sums[middle] as number) <= u) low = middle + 1;
    else high = middle;
  }
  return low;
}

export interface MultinomialOptions {
  /** Whether an index may be drawn twice. @default true */
  replace?: boolean;
}

/**
 * Indices drawn in proportion to their weights.
 * @param weights `[k]`, 0 or more, not necessarily adding up to 1.
 * @param n how many to draw.
 * @returns `[n]` indices in order of drawing.
 * @throws ShapeError without replacement, when fewer than `n` weights are positive.
 */
export function drawMultinomial(
  rng: Rng,
  weights: ArrayLike<number>,
  n: number,
  options: MultinomialOptions = {},
): Int32Array {
  const drawn = new Int32Array(n);
  if (n === 0) return drawn;
  if (options.replace ?? true) {
    const sums = cumulative(weights);
    for (let i = 0; i < n; i++) drawn[i] = pickCumulative(sums, rng.next());
    return drawn;
  }
  // Exponential races: the n smallest of E_i / w_i are a weighted draw without replacement (Efraimidis & Spirakis 2006).
  const races: { time: number; index: number }[] = [];
  for (let index = 0; index < weights.length; index++) {
    const weight = weights[index] as number;
    if (weight > 0) races.push({ time: -Math.log(1 - rng.next()) / weight, index });
  }
  if (races.length < n) {
    throw new ShapeError({
      what: `${n} different indices are asked for and ${races.length} weights are positive`,
      why: "an index is drawn at most once",
      fix: "draw fewer, or draw with replacement",
    });
  }
  races.sort((a, b) => a.time - b.time || a.index - b.index);
  for (let i = 0; i < n; i++) drawn[i] = (races[i] as { index: number }).index;
  return drawn;
}

/** Fills `out` with normal draws (Box-Muller, two uniforms a pair). */
export function fillNormal(rng: Rng, out: Float32Array | Float64Array, mean = 0, std = 1): void {
  for (let i = 0; i < out.length; i += 2) {
    const radius = std * Math.sqrt(-2 * Math.log(1 - rng.next()));
    const angle = 2 * Math.PI * rng.next();
    out[i] = mean + radius * Math.cos(angle);
    if (i + 1 < out.length) out[i + 1] = mean + radius * Math.sin(angle);
  }
}

/** Fills `out` with uniform draws from `[low, high)`. */
export function fillUniform(rng: Rng, out: Float32Array | Float64Array, low = 0, high = 1): void {
  for (let i = 0; i < out.length; i++) out[i] = low + (high - low) * rng.next();
}
