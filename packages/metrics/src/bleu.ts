import { OptionError } from "@xlm/core";
import { checkChoice, checkLines } from "./checks.js";
import { tokenize, type Tokenizer } from "./tokenizers.js";
import { countNgrams, matchNgrams, mergeNgrams, stripEnd } from "./words.js";

const MAX_ORDER = 4;

/**
 * What stands for the precision of an order without a match (Chen & Cherry 2014): `"exp"` halves it from order to order, `"floor"` puts
 * a small count, `"add-k"` adds to matches and totals of all orders above 1, `"none"` leaves 0, and with it the score.
 */
export type Smoothing = "exp" | "floor" | "add-k" | "none";

export interface BleuOptions {
  /** @default "13a" */
  tokenizer?: Tokenizer;
  /** @default "exp" */
  smoothing?: Smoothing;
  /** The count of `"floor"`, the k of `"add-k"`. @default 0.1 and 1 */
  smoothValue?: number;
  /** Whether case is ignored. @default false */
  lowercase?: boolean;
  /** Whether orders longer than every hypothesis are left out. @default false for a corpus, true for a sentence */
  effectiveOrder?: boolean;
}

export interface BleuScore {
  /** 0..100. */
  readonly score: number;
  /** `[4]`, 0..100, after smoothing. */
  readonly precisions: readonly number[];
  readonly brevityPenalty: number;
  /** Words of the hypotheses, and of the closest references. */
  readonly hypLength: number;
  readonly refLength: number;
  /** `[4]` matching n-grams, and n-grams of the hypotheses; `"add-k"` has added to them. */
  readonly counts: readonly number[];
  readonly totals: readonly number[];
  /** What the score was computed with, as sacreBLEU writes it, without its version. */
  readonly signature: string;
}

/**
 * BLEU of a corpus (Papineni et al. 2002), as sacreBLEU 2.6.0 computes it.
 * @param hypotheses `[n]` lines, detokenised unless the tokenizer is `"none"`.
 * @param references `[nRefs][n]`: one list a reference, not one a line.
 * @throws ShapeError (`XLM_SHAPE`) when a list of references is not as long as the hypotheses (`Differs:` sacreBLEU cuts them);
 * DataError (`XLM_DATA`) without lines or references; OptionError (`XLM_OPTION`) for options that are none.
 * @example
 * corpusBleu(["the cat sat on the mat"], [["the cat sat on a mat"]]).score; // 53.7
 */
export function corpusBleu(
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
  options: BleuOptions = {},
): BleuScore {
  const { tokenizer = "13a", lowercase = false, smoothing = "exp", smoothValue = 0 } = options;
  checkLines(hypotheses, references);
  checkChoice("smoothing", smoothing, Object.keys(DEFAULT_VALUES));
  if (!(smoothValue >= 0 && smoothValue < Infinity)) {
    throw new OptionError({
      what: `smoothValue is ${smoothValue}`,
      why: "it is added to counts",
      fix: "use a finite number of 0 or more",
    });
  }
  const wordsOf = (line: string): string[] => tokenize(stripEnd(lowercase ? line.toLowerCase() : line), tokenizer);
  const counts = new Array<number>(MAX_ORDER).fill(0);
  const totals = new Array<number>(MAX_ORDER).fill(0);
  let hypLength = 0;
  let refLength = 0;
  hypotheses.forEach((line, i) => {
    const words = wordsOf(line);
    const refs = references.map((lines) => wordsOf(lines[i] as string));
    const allowed = mergeNgrams(refs.map((ref) => countNgrams(ref, MAX_ORDER, " ")));
    countNgrams(words, MAX_ORDER, " ").forEach((ngrams, order) => {
      const { match, total } = matchNgrams(ngrams, allowed[order] as Map<string, number>);
      counts[order]! += match;
      totals[order]! += total;
    });
    hypLength += words.length;
    refLength += closest(
      words.length,
      refs.map((ref) => ref.length),
    );
  });
  return score(counts, totals, hypLength, refLength, references.length, options);
}

/**
 * BLEU of one line: as `corpusBleu`, with `effectiveOrder` unless told otherwise.
 * @param references `[nRefs]` lines.
 * @throws as `corpusBleu`.
 */
export function sentenceBleu(hypothesis: string, references: readonly string[], options: BleuOptions = {}): BleuScore {
  return corpusBleu(
    [hypothesis],
    references.map((line) => [line]),
    { effectiveOrder: true, ...options },
  );
}

/** Of the lengths, the one nearest to `length`; of two as near, the shorter. */
function closest(length: number, lengths: readonly number[]): number {
  return lengths.reduce((best, other) => {
    const nearer = Math.abs(length - other) - Math.abs(length - best);
    return nearer < 0 || (nearer === 0 && other < best) ? other : best;
  });
}

const DEFAULT_VALUES: Readonly<Record<Smoothing, number | undefined>> = {
  exp: undefined,
  floor: 0.1,
  "add-k": 1,
  none: undefined,
};

function score(
  matches: readonly number[],
  ngrams: readonly number[],
  hypLength: number,
  refLength: number,
  nRefs: number,
  options: BleuOptions,
): BleuScore {
  const { tokenizer = "13a", smoothing = "exp", lowercase = false, effectiveOrder = false } = options;
  const value = options.smoothValue ?? DEFAULT_VALUES[smoothing] ?? 0;
  const brevityPenalty = hypLength >= refLength ? 1 : hypLength === 0 ? 0 : Math.exp(1 - refLength / hypLength);
  const suffix = DEFAULT_VALUES[smoothing] === undefined ? "" : `[${value.toFixed(2)}]`;
  const signature =
    `nrefs:${nRefs}|case:${lowercase ? "lc" : "mixed"}|eff:${effectiveOrder ? "yes" : "no"}` +
    `|tok:${tokenizer}|smooth:${smoothing}${suffix}`;
  const counts = [...matches];
  const totals = [...ngrams];
  const precisions = counts.map(() => 0);
  const result = { precisions, brevityPenalty, hypLength, refLength, counts, totals, signature };
  if (counts.every((count) => count === 0)) return { score: 0, ...result }; // no smoothing makes something of nothing

  let orders = MAX_ORDER;
  let halving = 1;
  for (let i = 0; i < MAX_ORDER; i++) {
    const added = smoothing === "add-k" && i > 0 ? value : 0;
    const count = (counts[i]! += added);
    const total = (totals[i]! += added);
    if (total === 0) break;
    if (effectiveOrder) orders = i + 1;
    if (count > 0) precisions[i] = (100 * count) / total;
    else if (smoothing === "exp") precisions[i] = 100 / ((halving *= 2) * total);
    else if (smoothing === "floor") precisions[i] = (100 * value) / total;
  }
  const logs = precisions.slice(0, orders).reduce((sum, precision) => sum + Math.log(precision), 0);
  return { score: brevityPenalty * Math.exp(logs / orders), ...result };
}
