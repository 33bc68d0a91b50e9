import type { SamplingOptions } from "./options.js";

/**
 * Draws a word by its probability (the original's `sample_temperature`; top-k, Fan et al. 2018; nucleus, Holtzman et al. 2020).
 * @param scores `[vocabSize]` logits or log-probabilities.
 * @param u uniform in `[0, 1)`: the word is the one whose share of the running sum of probabilities, words in order, `u` falls into.
 */
export function sampleWord(
  scores: Float32Array,
  u: number,
  { temperature = 1, topK = scores.length, topP = 1 }: Omit<SamplingOptions, "rng">,
): number {
  const peak = greatest(scores);
  const weights = Float64Array.from(scores, (score) => Math.exp((score - peak) / temperature));
  if (topK < weights.length || topP < 1) truncate(weights, topK, topP);
  const total = sum(weights);
  let word = -1;
  let passed = 0;
  for (let i = 0; i < weights.length && !(passed > u * total); i++) {
    const weight = weights[i] as number;
    if (weight === 0) continue;
    word = i; // the last one with any weight, if rounding keeps the sum below the total
    passed += weight;
  }
  return word;
}

/** The log-probability of a word, in nats, under a row of scores. */
export function logProb(scores: Float32Array, word: number): number {
  const peak = greatest(scores);
  let total = 0;
  for (const score of scores) total += Math.exp(score - peak);
  return (scores[word] as number) - peak - Math.log(total);
}

/** Sets to 0 all weights but the `topK` greatest, and of these all but the fewest greatest whose share of their sum reaches `topP`. */
function truncate(weights: Float64Array, topK: number, topP: number): void {
  const sorted = weights.slice().sort().reverse().subarray(0, topK);
  const wanted = topP * sum(sorted);
  let kept = 0;
  for (let passed = 0; kept < sorted.length && !(kept > 0 && passed >= wanted); kept++)
    passed += sorted[kept] as number;
  const least = sorted[kept - 1] as number;
  // Of equal weights at the edge, those of the first words stay.
  let equals = kept - sorted.indexOf(least);
  weights.forEach((weight, i) => {
    const stays = weight > least || (weight === least && equals-- > 0);
    if (!stays) weights[i] = 0;
  });
}

const greatest = (values: Float32Array): number => values.reduce((a, b) => Math.max(a, b), -Infinity);
const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
