import { checkInt, OptionError } from "@xlm/core";
import { checkLines } from "./checks.js";
import { countNgrams, matchNgrams, splitWords } from "./words.js";

export interface ChrfOptions {
  /** The longest n-gram of characters. @default 6 */
  charOrder?: number;
  /** How many times recall counts as much as precision. @default 2 */
  beta?: number;
  /** @default false */
  lowercase?: boolean;
}

export interface ChrfScore {
  /** 0..100. */
  readonly score: number;
  /** What the score was computed with, as sacreBLEU writes it, without its version. */
  readonly signature: string;
}

/** N-grams of the hypothesis, of the reference, and in both, for each order. */
type Figures = readonly { readonly hyp: number; readonly ref: number; readonly match: number }[];

/**
 * chrF of a corpus (Popović 2015), as sacreBLEU 2.6.0 computes it: an F-score over n-grams of characters, white space left out;
 * of several references the one that suits a line best counts.
 * @param hypotheses `[n]` lines, detokenised.
 * @param references `[nRefs][n]`: one list a reference, not one a line.
 * @throws ShapeError (`XLM_SHAPE`), DataError (`XLM_DATA`) as `corpusBleu`; OptionError (`XLM_OPTION`) for a bad order or beta.
 */
export function chrf(
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
  options: ChrfOptions = {},
): ChrfScore {
  const { charOrder = 6, beta = 2, lowercase = false } = options;
  checkLines(hypotheses, references);
  checkInt("charOrder", charOrder, 1);
  if (!(beta > 0 && beta < Infinity)) {
    throw new OptionError({ what: `beta is ${beta}`, why: "it weighs recall", fix: "use a positive number" });
  }
  const ngramsOf = (line: string): Map<string, number>[] =>
    countNgrams([...splitWords(lowercase ? line.toLowerCase() : line).join("")], charOrder, "");
  let sums: Figures = Array.from({ length: charOrder }, () => ({ hyp: 0, ref: 0, match: 0 }));
  hypotheses.forEach((line, i) => {
    const ngrams = ngramsOf(line);
    const candidates = references.map((lines) => compare(ngrams, ngramsOf(lines[i] as string)));
    const best = candidates.reduce((a, b) => (fScore(b, beta) > fScore(a, beta) ? b : a));
    sums = sums.map(({ hyp, ref, match }, order) => {
      const more = best[order] as Figures[number];
      return { hyp: hyp + more.hyp, ref: ref + more.ref, match: match + more.match };
    });
  });
  const signature = `nrefs:${references.length}|case:${lowercase ? "lc" : "mixed"}|eff:yes|nc:${charOrder}|nw:0|space:no`;
  return { score: fScore(sums, beta), signature };
}

function compare(hypothesis: readonly Map<string, number>[], reference: readonly Map<string, number>[]): Figures {
  return hypothesis.map((ngrams, order) => {
    const expected = reference[order] as Map<string, number>;
    const { total, match } = matchNgrams(ngrams, expected);
    const ref = [...expected.values()].reduce((sum, count) => sum + count, 0);
    return { hyp: ref === 0 ? 0 : total, ref, match }; // a reference too short for an order says nothing of it
  });
}

/** F of the mean precision and recall over the orders that both sides have. */
function fScore(figures: Figures, beta: number): number {
  const orders = figures.filter(({ hyp, ref }) => hyp > 0 && ref > 0);
  const mean = (ratio: (figure: Figures[number]) => number): number =>
    orders.reduce((sum, figure) => sum + ratio(figure), 0) / orders.length;
  const precision = mean(({ match, hyp }) => match / hyp);
  const recall = mean(({ match, ref }) => match / ref);
  if (!(precision + recall > 0)) return 0;
  const weight = beta ** 2;
  return (100 * ((1 + weight) * precision * recall)) / (weight * precision + recall);
}
