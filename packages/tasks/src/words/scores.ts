import { pearson } from "@xlm/metrics";
import { DataError } from "@xlm/core";
import { knownPairs, type WordPair } from "./pairs.js";
import { checkSameWidth, checkWordVectors, dot, placesOf, rowsOf, unitRows, type WordVectors } from "./rows.js";
import { translateWords, type TranslateWordsOptions } from "./translate.js";

/** How often a word's translation is found. */
export interface TranslationPrecision {
  /** Share of words whose nearest target is a translation, 0 to 1. */
  readonly at1: number;
  /** Share of words with a translation among the five nearest. */
  readonly at5: number;
  /** Words translated. */
  readonly words: number;
  /** Their share of the dictionary's words: those with a vector, and a translation with one. */
  readonly coverage: number;
}

/**
 * Translates the words of a dictionary and counts the right answers (Conneau et al. 2017, §3.2). Any translation of a word is right.
 * @param source in the target's space; all of it is the source vocabulary of CSLS.
 * @param target all that may be answered.
 * @throws DataError (`XLM_DATA`) when no pair has both vectors; what `translateWords` throws.
 */
export function translationPrecision(
  source: WordVectors,
  target: WordVectors,
  dictionary: readonly WordPair[],
  options: Omit<TranslateWordsOptions, "top"> = {},
): TranslationPrecision {
  checkBoth(source, target);
  const right = new Map<string, Set<number>>();
  const places = placesOf(target.words);
  for (const [from, to] of knownPairs(source, target, dictionary)) {
    right.set(from, (right.get(from) ?? new Set()).add(places.get(to)!));
  }
  const asked = [...right.keys()];
  const { rows, shape } = translateWords(rowsOf(source, asked), target.vectors, {
    sourceVocabulary: source.vectors,
    ...options,
    top: 5,
  });
  const top = shape[1];
  const found = asked.map((word, i) => rows.subarray(i * top, (i + 1) * top).findIndex((j) => right.get(word)!.has(j)));
  const share = (most: number): number => found.filter((at) => at >= 0 && at < most).length / asked.length;
  const all = new Set(dictionary.map(([word]) => word)).size;
  return { at1: share(1), at5: share(5), words: asked.length, coverage: asked.length / all };
}

/** How near translations are to each other. */
export interface PairSimilarity {
  /** Mean cosine, -1 to 1. */
  readonly cosine: number;
  /** Mean Euclidean distance. It grows with the length of the vectors. */
  readonly l2: number;
  /** Pairs compared. */
  readonly pairs: number;
}

/**
 * Mean cosine and distance of translations (Lample & Conneau 2019, §5.5).
 * @param source in the target's space.
 * @throws DataError (`XLM_DATA`) when no pair has both vectors; ShapeError (`XLM_SHAPE`) for two widths.
 */
export function pairSimilarity(
  source: WordVectors,
  target: WordVectors,
  dictionary: readonly WordPair[],
): PairSimilarity {
  const pairs = knownPairs(source, target, dictionary);
  const cosine = cosines(source, target, pairs).reduce((sum, value) => sum + value, 0) / pairs.length;
  const [a, b] = [
    rowsOf(
      source,
      pairs.map(([word]) => word),
    ),
    rowsOf(
      target,
      pairs.map(([, word]) => word),
    ),
  ];
  const dim = a.shape[1];
  const squares = new Float64Array(pairs.length);
  a.data.forEach((value, at) => (squares[Math.floor(at / dim)]! += (value - (b.data[at] as number)) ** 2));
  return { cosine, l2: squares.reduce((sum, value) => sum + Math.sqrt(value), 0) / pairs.length, pairs: pairs.length };
}

/** Two words and how alike people find them. */
export type JudgedPair = readonly [source: string, target: string, score: number];

/** How far cosines agree with people. */
export interface WordSimilarity {
  /** Pearson's correlation, -1 to 1; NaN when all cosines, or all judgements, are the same. */
  readonly pearson: number;
  readonly pairs: number;
  /** Share of the pairs with both vectors. */
  readonly coverage: number;
}

/**
 * Compares cosines of words with judgements of their similarity (SemEval-2017 task 2; Lample & Conneau 2019, §5.5). Pairs without vectors are
 * left out, where the task's own scorer gives them a middling score.
 * @param source in the target's space.
 * @throws DataError (`XLM_DATA`) for fewer than two pairs with both vectors; ShapeError (`XLM_SHAPE`) for two widths.
 */
export function wordSimilarity(
  source: WordVectors,
  target: WordVectors,
  judged: readonly JudgedPair[],
): WordSimilarity {
  const pairs = knownPairs(source, target, judged);
  if (pairs.length < 2) {
    throw new DataError({
      what: `of ${judged.length} judged pairs 1 has both vectors`,
      why: "a correlation needs two",
      fix: "judge more pairs, or take vectors of more words",
    });
  }
  return {
    pearson: pearson(
      cosines(source, target, pairs),
      pairs.map(([, , score]) => score),
    ),
    pairs: pairs.length,
    coverage: pairs.length / judged.length,
  };
}

function cosines(source: WordVectors, target: WordVectors, pairs: readonly (WordPair | JudgedPair)[]): number[] {
  checkBoth(source, target);
  const dim = source.vectors.shape[1];
  const a = unitRows(
    rowsOf(
      source,
      pairs.map(([word]) => word),
    ),
  );
  const b = unitRows(
    rowsOf(
      target,
      pairs.map(([, word]) => word),
    ),
  );
  return pairs.map((_, i) => dot(a, i, b, i, dim));
}

function checkBoth(source: WordVectors, target: WordVectors): void {
  checkWordVectors("the source vectors", source);
  checkWordVectors("the target vectors", target);
  checkSameWidth(source.vectors, target.vectors);
}
