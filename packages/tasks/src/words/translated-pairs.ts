import { checkInt, checkProb, ShapeError } from "@xlm/core";
import type { WordPair } from "./pairs.js";

export interface TranslatedPairsOptions {
  /** Fewest sentences that a word stands in. @default 5 */
  readonly minCount?: number;
  /** Largest share of sentences that a word stands in; one that is everywhere goes with everything. @default 0.1 */
  readonly maxShare?: number;
  /** Least Dice coefficient, `2 n(both) / (n(word) + n(translation))`: higher gives fewer and surer pairs. @default 0.5 */
  readonly least?: number;
}

/**
 * A dictionary from translated sentences, where there is none to be had: words that each prefer the other before all words of its language
 * (Dice coefficient of the sentences they stand in; Smadja et al. 1996).
 * @param source, target words of each sentence; sentence `i` of each is a translation of the other.
 * @returns pairs, surest first; a word is in one at most.
 * @throws ShapeError (`XLM_SHAPE`) for sides of different length, OptionError (`XLM_OPTION`).
 */
export function translatedPairs(
  source: readonly (readonly string[])[],
  target: readonly (readonly string[])[],
  options: TranslatedPairsOptions = {},
): WordPair[] {
  const { minCount = 5, maxShare = 0.1, least = 0.5 } = options;
  checkInt("minCount", minCount, 1);
  checkProb("maxShare", maxShare);
  checkProb("least", least);
  if (source.length !== target.length) {
    throw new ShapeError({
      what: `there are ${source.length} sentences and ${target.length} translations`,
      why: "sentence i of each is a translation of the other",
      fix: "pass both sides of the same sentence pairs",
    });
  }
  const sides = [source, target].map((lines) => lines.map((words) => [...new Set(words)]));
  const counts = sides.map((lines) => {
    const all = new Map<string, number>();
    for (const word of lines.flat()) all.set(word, (all.get(word) ?? 0) + 1);
    return new Map([...all].filter(([, n]) => n >= minCount && n <= maxShare * lines.length));
  });
  const [froms, tos] = sides.map((lines, i) => lines.map((words) => words.filter((word) => counts[i]!.has(word))));
  const together = new Map<string, Map<string, number>>();
  froms!.forEach((words, i) => {
    for (const from of words) {
      const row = together.get(from) ?? new Map<string, number>();
      together.set(from, row);
      for (const to of tos![i]!) row.set(to, (row.get(to) ?? 0) + 1);
    }
  });
  const preferred = new Map<string, { dice: number; from: string }>(); // by translation
  const rows = [...together].map(([from, row]) => {
    let best = { dice: 0, to: "" };
    for (const [to, n] of row) {
      const dice = (2 * n) / (counts[0]!.get(from)! + counts[1]!.get(to)!);
      if (dice > best.dice) best = { dice, to };
      if (dice > (preferred.get(to)?.dice ?? 0)) preferred.set(to, { dice, from });
    }
    return { from, ...best };
  });
  return rows
    .filter(({ from, to, dice }) => dice >= least && preferred.get(to)?.from === from)
    .sort((a, b) => b.dice - a.dice)
    .map(({ from, to }): WordPair => [from, to]);
}
