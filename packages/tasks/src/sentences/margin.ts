import { checkInt, OptionError } from "@xlm/core";
import type { Vectors } from "@xlm/trainer";
import { nearestRows, type Neighbours } from "./nearest.js";

/**
 * What a pair scores (Artetxe & Schwenk 2019), where m is the mean of the cosines of both rows with their k nearest of the other side:
 * `"ratio"` cosine / m, `"distance"` cosine - m, `"absolute"` the cosine alone.
 */
export type Margin = "ratio" | "distance" | "absolute";

export interface MarginOptions {
  /** Nearest rows that a row's surroundings are judged by, and that are candidates; with fewer rows, all of them. @default 4 */
  readonly k?: number;
  /** Take each side's mean vector off first, so that what tells the languages apart does not tell the sentences apart. @default false */
  readonly center?: boolean;
}

const LEAST = 1e-6;

/**
 * The score of a pair from its cosine and the mean cosines of both rows with their neighbours. Surroundings that are not near at all, of a
 * mean of 0 or less, would turn a ratio round: they count as just above 0.
 */
export function marginScore(margin: Margin, cosine: number, sourceMean: number, targetMean: number): number {
  const surroundings = (sourceMean + targetMean) / 2;
  if (margin === "absolute") return cosine;
  return margin === "distance" ? cosine - surroundings : cosine / Math.max(surroundings, LEAST);
}

/**
 * The `k` nearest rows of the other side by cosine, both ways, scored by margin and best first.
 * @throws OptionError (`XLM_OPTION`) for another margin, or `k` below 1; otherwise as `nearestRows`.
 */
export function scoredRows(
  source: Vectors,
  target: Vectors,
  margin: Margin,
  options: MarginOptions,
): { forward: Neighbours; backward: Neighbours } {
  const { k = 4, center = false } = options;
  checkInt("k", k, 1);
  if (!["ratio", "distance", "absolute"].includes(margin)) {
    throw new OptionError({
      what: `margin is ${JSON.stringify(margin)}`,
      why: "no score has that name",
      fix: 'use "ratio", "distance" or "absolute"',
    });
  }
  const { forward, backward } = nearestRows(source, target, k, center);
  if (margin === "absolute") return { forward, backward };
  const [sourceMeans, targetMeans] = [rowMeans(forward), rowMeans(backward)];
  const rescore = (rows: Neighbours, own: Float64Array, other: Float64Array): Neighbours =>
    sortRows(rows, (row, index, cosine) => marginScore(margin, cosine, own[row] as number, other[index] as number));
  return { forward: rescore(forward, sourceMeans, targetMeans), backward: rescore(backward, targetMeans, sourceMeans) };
}

function rowMeans({ scores, shape: [n, k] }: Neighbours): Float64Array {
  return Float64Array.from({ length: n }, (_, row) => {
    const own = scores.subarray(row * k, (row + 1) * k);
    return own.reduce((sum, score) => sum + score, 0) / k;
  });
}

/** The same rows with other scores, sorted anew; of equal ones the first row counts. */
function sortRows(
  { indices, scores, shape }: Neighbours,
  scoreOf: (row: number, index: number, cosine: number) => number,
): Neighbours {
  const [n, k] = shape;
  const sorted = { indices: new Int32Array(n * k), scores: new Float64Array(n * k), shape };
  for (let row = 0; row < n; row++) {
    const own = Array.from({ length: k }, (_, i) => {
      const index = indices[row * k + i] as number;
      return { index, score: scoreOf(row, index, scores[row * k + i] as number) };
    }).sort((a, b) => b.score - a.score || a.index - b.index);
    own.forEach(({ index, score }, i) => {
      sorted.indices[row * k + i] = index;
      sorted.scores[row * k + i] = score;
    });
  }
  return sorted;
}
