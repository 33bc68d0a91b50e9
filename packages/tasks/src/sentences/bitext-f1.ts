import { DataError } from "@xlm/core";
import { byScore, type MinedPair } from "./mine.js";

/** How well mined pairs agree with known ones; all 0 to 1. */
export interface F1 {
  /** Share of mined pairs that are known; 0 when there are none. */
  readonly precision: number;
  /** Share of known pairs that were mined. */
  readonly recall: number;
  /** Their harmonic mean; 0 when no pair is right. */
  readonly f1: number;
}

export interface BitextF1 extends F1 {
  /** The same with pairs from `threshold` on alone, where F1 is best; of equally good ones the highest. Infinity when no pair is right. */
  readonly best: F1 & { readonly threshold: number };
}

/**
 * Precision, recall and F1 of mined pairs (BUCC's shared task; LASER's `bucc.py`). The best threshold is to be found on other text than it is
 * judged by. `Differs:` it is the score of the last pair taken; LASER's lies half-way to the next.
 * @param mined in any order; of a pair that comes twice the higher score counts.
 * @param gold the known pairs, `[source row, target row]`, at least one.
 * @throws DataError (`XLM_DATA`) for no known pairs, or a score of NaN.
 */
export function bitextF1(mined: readonly MinedPair[], gold: readonly (readonly [number, number])[]): BitextF1 {
  if (gold.length === 0) {
    throw new DataError({
      what: "there are no known pairs",
      why: "mined pairs are compared with them",
      fix: "pass at least one",
    });
  }
  const bad = mined.find(({ score }) => Number.isNaN(score));
  if (bad) {
    throw new DataError({
      what: `the pair of rows ${bad.source} and ${bad.target} scores NaN`,
      why: "it has no place in the order",
      fix: "leave such pairs out",
    });
  }
  const known = new Set(gold.map(([source, target]) => `${source} ${target}`));
  const seen = new Set<string>();
  let right = 0;
  let best = { ...f1Of(0, 0, known.size), threshold: Infinity };
  const sorted = [...mined].sort(byScore);
  sorted.forEach(({ source, target, score }, i) => {
    const pair = `${source} ${target}`;
    if (!seen.has(pair) && known.has(pair)) right++;
    seen.add(pair);
    if (sorted[i + 1]?.score === score) return; // a threshold takes both or neither
    const found = f1Of(right, seen.size, known.size);
    if (found.f1 > best.f1) best = { ...found, threshold: score };
  });
  return { ...f1Of(right, seen.size, known.size), best };
}

const f1Of = (right: number, mined: number, known: number): F1 => ({
  precision: mined === 0 ? 0 : right / mined,
  recall: right / known,
  f1: (2 * right) / (mined + known),
});
