import type { Vectors } from "@xlm/trainer";

const TOLERANCE = 1e-7; // of the entropy, in nats
const MOST_STEPS = 200; // of a bisection in float64; equal distances never reach another perplexity

/** `[n, n]` squared distances of rows, in float64. */
export function squaredDistances({ data, shape: [n, dim] }: Vectors): Float64Array {
  const distances = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      let sum = 0;
      for (let k = 0; k < dim; k++) {
        const difference = (data[i * dim + k] as number) - (data[j * dim + k] as number);
        sum += difference * difference;
      }
      distances[i * n + j] = distances[j * n + i] = sum;
    }
  }
  return distances;
}

/**
 * How likely row i would pick each other row as its neighbour (van der Maaten & Hinton 2008, eq. 1): Gaussians around row i, as wide as it takes
 * for `2 ** entropy` to be the perplexity.
 * @param distances `[n, n]` squared. @param perplexity from 1 to n - 1.
 * @returns `[n, n]`, each row adds up to 1, 0 on the diagonal.
 */
export function neighbourProbabilities(distances: Float64Array, n: number, perplexity: number): Float64Array {
  const probabilities = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const own = distances.subarray(i * n, (i + 1) * n);
    const out = probabilities.subarray(i * n, (i + 1) * n);
    let [low, high] = [0, Infinity]; // of the precision, 1 / (2 sigma ** 2)
    let precision = 1;
    for (let step = 0; step < MOST_STEPS; step++) {
      const excess = fillGaussian(out, own, i, precision) - Math.log(perplexity);
      if (Math.abs(excess) < TOLERANCE) break;
      if (excess > 0) low = precision;
      else high = precision;
      precision = high === Infinity ? precision * 2 : (low + high) / 2;
    }
  }
  return probabilities;
}

/** Fills the probabilities of one row. @returns their entropy in nats. */
function fillGaussian(out: Float64Array, distances: Float64Array, self: number, precision: number): number {
  let nearest = Infinity; // subtracted, so that not every exponential is 0
  for (let j = 0; j < out.length; j++) if (j !== self) nearest = Math.min(nearest, distances[j] as number);
  let sum = 0;
  let weighted = 0;
  for (let j = 0; j < out.length; j++) {
    const farther = (distances[j] as number) - nearest;
    const value = j === self ? 0 : Math.exp(-farther * precision);
    out[j] = value;
    sum += value;
    weighted += value * (j === self ? 0 : farther);
  }
  for (let j = 0; j < out.length; j++) out[j] = (out[j] as number) / sum;
  return Math.log(sum) + (precision * weighted) / sum;
}

/** `[n, n]` p_ij = (p_j|i + p_i|j) / 2n: adds up to 1 as a whole. */
export function jointProbabilities(vectors: Vectors, perplexity: number): Float64Array {
  const [n] = vectors.shape;
  const given = neighbourProbabilities(squaredDistances(vectors), n, perplexity);
  const joint = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++)
      joint[i * n + j] = ((given[i * n + j] as number) + (given[j * n + i] as number)) / (2 * n);
  }
  return joint;
}
