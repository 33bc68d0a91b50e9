import { OptionError, ShapeError } from "@xlm/core";
import { retrievalAccuracy, type Retrieval, type Vectors } from "@xlm/trainer";
import { scoredRows, type MarginOptions } from "./margin.js";
import { checkSides, type Neighbours } from "./nearest.js";

export interface RetrieveOptions extends MarginOptions {
  /**
   * `"cosine"`, or `"margin"`: the cosine over that of both rows with their nearest, so that a row that is near to everything wins less
   * often (Artetxe & Schwenk 2019, the ratio). Candidates are the `k` nearest by cosine. @default "cosine"
   */
  readonly score?: "cosine" | "margin";
}

/**
 * For every source row the nearest rows of the target. Exact and in blocks: 10,000 by 10,000 rows of 256 numbers take half a minute and little
 * memory.
 * @param source `[n, dim]`. @param target `[m, dim]`, of the same model.
 * @returns `[n, k]` rows of the target and their scores, best first; of equal ones the first counts. `k` is at most `m`.
 * @throws ShapeError (`XLM_SHAPE`) for rows of different lengths, or none; DataError (`XLM_DATA`) for NaN or infinity; OptionError
 *   (`XLM_OPTION`) for `k` below 1 or another score.
 */
export function retrieveSentences(source: Vectors, target: Vectors, options: RetrieveOptions = {}): Neighbours {
  return scoredRows(source, target, marginOf(options), options).forward;
}

/** How often a sentence's best row is its translation, both ways. */
export interface RetrievalScore extends Retrieval {
  /** Share of wrong ones, both ways together, 0 to 1: the similarity error on Tatoeba (Artetxe & Schwenk 2019b) is its hundredfold. */
  readonly error: number;
}

/**
 * How often the best row is the translation.
 * @param source, target `[n, dim]`; row `i` of each belong together.
 * @throws as `retrieveSentences`, and ShapeError (`XLM_SHAPE`) for different numbers of rows.
 */
export function scoreRetrieval(source: Vectors, target: Vectors, options: RetrieveOptions = {}): RetrievalScore {
  checkSides(source, target);
  const [n] = source.shape;
  if (target.shape[0] !== n) {
    throw new ShapeError({
      what: `there are ${n} source rows and ${target.shape[0]} target rows`,
      why: "row i of the one is the translation of row i of the other",
      fix: "pass both sides of the same sentence pairs",
    });
  }
  if (marginOf(options) === "absolute") return withError(retrievalAccuracy(source, target, options));
  const { forward, backward } = scoredRows(source, target, "ratio", options);
  return withError({ forward: hits(forward), backward: hits(backward), chance: 1 / n });
}

const withError = (found: Retrieval): RetrievalScore => ({ ...found, error: 1 - (found.forward + found.backward) / 2 });

/** Share of rows whose best is their own. */
function hits({ indices, shape: [n, k] }: Neighbours): number {
  let count = 0;
  for (let row = 0; row < n; row++) if (indices[row * k] === row) count++;
  return count / n;
}

function marginOf({ score = "cosine" }: RetrieveOptions): "absolute" | "ratio" {
  if (score === "cosine") return "absolute";
  if (score === "margin") return "ratio";
  throw new OptionError({
    what: `score is ${JSON.stringify(score)}`,
    why: "no score has that name",
    fix: 'use "cosine" or "margin"',
  });
}
