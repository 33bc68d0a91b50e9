import { DataError, ShapeError } from "@xlm/core";

/** Two texts; line `i` of each is a translation of the other. */
export interface SentencePairs {
  readonly source: readonly string[];
  readonly target: readonly string[];
}

/**
 * @throws ShapeError (`XLM_SHAPE`) for sides of different numbers of lines; DataError (`XLM_DATA`) for no lines, and when the two sides are
 *   the same text.
 */
export function checkPairs({ source, target }: SentencePairs): void {
  if (source.length !== target.length) {
    throw new ShapeError({
      what: `there are ${source.length} source lines and ${target.length} target lines`,
      why: "line i of one is the translation of line i of the other",
      fix: "align the texts line by line",
    });
  }
  if (source.length === 0) {
    throw new DataError({
      what: "there are no sentence pairs",
      why: "there is nothing to learn from or to compare with",
      fix: "pass at least one line a side",
    });
  }
  if (!source.every((line, i) => line === target[i])) return;
  throw new DataError({
    what: "the two sides are the same text",
    why: "a model would learn to copy, and any score would be a perfect one",
    fix: "pass the text of each language on its own side",
  });
}

/** How much of a test was seen in training. */
export interface Overlap {
  /** The pairs without a line that occurs in training, in order. */
  readonly kept: SentencePairs;
  /** Where in the test the others stand, ascending. */
  readonly dropped: readonly number[];
}

/**
 * Drops test pairs whose source or target line occurs in the training text; blanks at its ends and case do not tell lines apart.
 * @param train whatever was trained on, sentence pairs or text of one language: sides need not be of the same length.
 * @throws as `checkPairs`, for the test; DataError (`XLM_DATA`) when no pair is left.
 */
export function trainTestOverlap(test: SentencePairs, train: SentencePairs): Overlap {
  checkPairs(test);
  const plain = (line: string): string => line.trim().toLowerCase();
  const seen = { source: new Set(train.source.map(plain)), target: new Set(train.target.map(plain)) };
  const isNew = test.source.map(
    (line, i) => !seen.source.has(plain(line)) && !seen.target.has(plain(test.target[i] as string)),
  );
  const keep = (lines: readonly string[]): string[] => lines.filter((_, i) => isNew[i]);
  const kept = { source: keep(test.source), target: keep(test.target) };
  const dropped = [...isNew.keys()].filter((i) => !isNew[i]);
  if (kept.source.length > 0) return { kept, dropped };
  throw new DataError({
    what: `all ${dropped.length} test pairs occur in training`,
    why: "what is left is scored, and nothing is",
    fix: "test on other text",
  });
}
