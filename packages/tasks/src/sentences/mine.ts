import { OptionError } from "@xlm/core";
import type { Vectors } from "@xlm/trainer";
import { scoredRows, type Margin, type MarginOptions } from "./margin.js";
import type { Neighbours } from "./nearest.js";

/** Two sentences that may be translations of each other. */
export interface MinedPair {
  /** Row of the source. */
  readonly source: number;
  /** Row of the target. */
  readonly target: number;
  readonly score: number;
}

export interface MineOptions extends MarginOptions {
  /** @default "ratio" */
  readonly margin?: Margin;
  /** Least score of a pair. Good ratios lie a little above 1; `bitextF1` finds the best one where pairs are known. @default no limit */
  readonly threshold?: number;
  /**
   * Which pairs (Artetxe & Schwenk 2019, candidate generation): `"forward"`, each source row with its best target row; `"backward"`, the reverse;
   * `"intersect"`, those of both; `"max"`, of all those the best, each row once. @default "max"
   */
  readonly retrieval?: "max" | "intersect" | "forward" | "backward";
}

/**
 * Finds translations among sentences of two languages by margin (Artetxe & Schwenk 2019; LASER's `mine_bitexts.py`). Candidates are the `k`
 * nearest by cosine.
 * @param source `[n, dim]`. @param target `[m, dim]`, of the same model.
 * @returns pairs, best first; equal ones by their rows.
 * @throws ShapeError (`XLM_SHAPE`) for rows of different lengths, or none; DataError (`XLM_DATA`) for NaN or infinity; OptionError
 *   (`XLM_OPTION`) for `k` below 1, a threshold that is no number, or a choice of another name.
 */
export function mineBitext(source: Vectors, target: Vectors, options: MineOptions = {}): MinedPair[] {
  const { margin = "ratio", threshold = -Infinity, retrieval = "max" } = options;
  if (Number.isNaN(threshold)) {
    throw new OptionError({ what: "threshold is NaN", why: "no score is above it or below", fix: "use a number" });
  }
  const { forward, backward } = scoredRows(source, target, margin, options);
  const found = choose(bestPairs(forward), bestPairs(backward).map(reversed), retrieval);
  return found.filter(({ score }) => score >= threshold);
}

/** Each row with its best, as if the rows were of the source. */
const bestPairs = ({ indices, scores, shape: [n, k] }: Neighbours): MinedPair[] =>
  Array.from({ length: n }, (_, row) => ({
    source: row,
    target: indices[row * k] as number,
    score: scores[row * k] as number,
  }));

const reversed = ({ source, target, score }: MinedPair): MinedPair => ({ source: target, target: source, score });

/** Best first; equal ones by their rows. */
export const byScore = (a: MinedPair, b: MinedPair): number =>
  b.score - a.score || a.source - b.source || a.target - b.target;

function choose(
  forward: readonly MinedPair[],
  backward: readonly MinedPair[],
  retrieval: NonNullable<MineOptions["retrieval"]>,
): MinedPair[] {
  switch (retrieval) {
    case "forward":
      return [...forward].sort(byScore);
    case "backward":
      return [...backward].sort(byScore);
    case "intersect":
      return forward.filter(({ source, target }) => backward[target]?.source === source).sort(byScore);
    case "max": {
      const [sources, targets] = [new Set<number>(), new Set<number>()];
      return [...forward, ...backward].sort(byScore).filter(({ source, target }) => {
        if (sources.has(source) || targets.has(target)) return false;
        sources.add(source);
        targets.add(target);
        return true;
      });
    }
    default:
      throw new OptionError({
        what: `retrieval is ${JSON.stringify(retrieval)}`,
        why: "no choice of pairs has that name",
        fix: 'use "max", "intersect", "forward" or "backward"',
      });
  }
}
