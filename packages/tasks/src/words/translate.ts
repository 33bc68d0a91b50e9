import { checkInt, OptionError } from "@xlm/core";
import type { Vectors } from "@xlm/trainer";
import { checkVectors } from "../projection/check-vectors.js";
import { checkSameWidth, dotsInto, unitRows } from "./rows.js";

export interface TranslateWordsOptions {
  /**
   * What is near: `"cosine"`; or `"csls"`, twice the cosine less how near each of the two is to the other side anyway, so that words near to
   * everything are not everybody's translation (Conneau et al. 2017, §2.3). @default "csls"
   */
  readonly method?: "cosine" | "csls";
  /** Neighbours that say how near a word is to the other side. @default 10 */
  readonly k?: number;
  /** Translations of each row, no more than there are targets. @default 5 */
  readonly top?: number;
  /** The vectors that a target's neighbours are sought among; better than a few words is the vocabulary. @default source */
  readonly sourceVocabulary?: Vectors;
}

/** The nearest targets of each source row, best first. */
export interface WordNeighbours {
  /** `[n, top]` rows of the target. */
  readonly rows: Int32Array;
  /** `[n, top]`: cosine, or CSLS. */
  readonly scores: Float64Array;
  readonly shape: readonly [n: number, top: number];
}

/**
 * Translates words by nearest neighbours. Of equally near targets the first counts.
 * @param source `[n, dim]` in the target's space.
 * @param target `[m, dim]`, all that may be answered.
 * @throws ShapeError (`XLM_SHAPE`) for two widths or no rows; DataError (`XLM_DATA`) for NaN or infinity; OptionError (`XLM_OPTION`).
 */
export function translateWords(source: Vectors, target: Vectors, options: TranslateWordsOptions = {}): WordNeighbours {
  const { method = "csls", k = 10, sourceVocabulary = source } = options;
  checkVectors("the source vectors", source);
  checkVectors("the target vectors", target);
  checkVectors("the source vocabulary", sourceVocabulary);
  checkSameWidth(source, target);
  checkSameWidth(sourceVocabulary, target);
  checkInt("k", k, 1);
  checkInt("top", options.top ?? 5, 1);
  if (method !== "cosine" && method !== "csls") {
    throw new OptionError({
      what: `method is ${JSON.stringify(method)}`,
      why: "it says which words are near",
      fix: 'use "cosine" or "csls"',
    });
  }
  const [n, dim] = source.shape;
  const m = target.shape[0];
  const top = Math.min(options.top ?? 5, m);
  const [a, b] = [unitRows(source), unitRows(target)];
  const nearness =
    method === "csls" ? meanNearest(b, m, unitRows(sourceVocabulary), sourceVocabulary.shape[0], dim, k) : undefined;
  const rows = new Int32Array(n * top);
  const scores = new Float64Array(n * top);
  const values = new Float64Array(m);
  for (let i = 0; i < n; i++) {
    dotsInto(values, a, i, b, dim);
    if (nearness) {
      const own = mean(largest(values, k).map((j) => values[j] as number));
      for (let j = 0; j < m; j++) values[j] = 2 * (values[j] as number) - own - (nearness[j] as number);
    }
    largest(values, top).forEach((j, at) => {
      rows[i * top + at] = j;
      scores[i * top + at] = values[j] as number;
    });
  }
  return { rows, scores, shape: [n, top] };
}

/** For each of `m` rows of `b` the mean cosine of its `k` nearest among the `n` of `a`. */
function meanNearest(b: Float64Array, m: number, a: Float64Array, n: number, dim: number, k: number): Float64Array {
  const cosines = new Float64Array(n); // of one target at a time: all at once would be n * m
  return Float64Array.from({ length: m }, (_, j) => {
    dotsInto(cosines, b, j, a, dim);
    return mean(largest(cosines, k).map((i) => cosines[i] as number));
  });
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Places of the `count` largest values, largest first, of equal ones the first. */
function largest(values: Float64Array, count: number): number[] {
  const best: number[] = [];
  for (let j = 0; j < values.length; j++) {
    const value = values[j] as number;
    if (best.length === count && value <= (values[best[count - 1]!] as number)) continue;
    let at = best.length;
    while (at > 0 && value > (values[best[at - 1]!] as number)) at--;
    best.splice(at, 0, j);
    if (best.length > count) best.pop();
  }
  return best;
}
