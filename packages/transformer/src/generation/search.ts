import { addHypothesis, isDone, type Hypothesis } from "./hypotheses.js";
import type { NextWords } from "./next-words.js";
import type { BeamSettings } from "./options.js";

/** An unfinished sentence. */
export interface Beam {
  readonly tokens: readonly number[];
  /** Of its log-probabilities. */
  readonly sum: number;
  /** Which of its source's beams it continues. */
  readonly from: number;
}

/** What is written for one source. */
export interface Search {
  /** Which. */
  readonly source: number;
  /** Best first; none when the search is over. */
  readonly beams: readonly Beam[];
  /** In the order they were found. */
  readonly found: readonly Hypothesis[];
}

/** A word that may follow a beam. */
export interface Candidate {
  readonly from: number;
  readonly word: number;
  readonly sum: number;
}

/**
 * A search that has written nothing.
 * `Differs:` the original begins with `beamSize` equal beams, all but one at a log-probability of -1e9. These only show, as copies
 * of the others, where the vocabulary has less than `2 * beamSize` ids.
 */
export const startSearch = (source: number, eosId: number): Search => ({
  source,
  beams: [{ tokens: [eosId], sum: 0, from: 0 }],
  found: [],
});

/**
 * The best `2 * beamSize` candidates of a search, best first; of equal ones that of the better beam, then the lower id. They are among as
 * many of each beam.
 * @param row where the rows of its beams begin in `next`.
 */
export function rank(
  beams: readonly Beam[],
  { words, logProbs, k }: NextWords,
  row: number,
  beamSize: number,
): Candidate[] {
  const candidates = beams.flatMap(({ sum }, from) =>
    Array.from({ length: k }, (_, i): Candidate => {
      const at = (row + from) * k + i;
      return { from, word: words[at] as number, sum: sum + (logProbs[at] as number) };
    }),
  );
  return candidates.sort((a, b) => b.sum - a.sum).slice(0, 2 * beamSize);
}

/**
 * One word more (the original's `generate_beam`, what it does for one sentence).
 * @param candidates best first, at most `2 * beamSize`: at most one of each beam ends it, so enough are left to go on with.
 */
export function advance(search: Search, candidates: readonly Candidate[], settings: BeamSettings): Search {
  const { source, beams } = search;
  const { beamSize, maxLen, eosId, lengthPenalty, compat } = settings;
  const length = (beams[0] as Beam).tokens.length;
  // Differs: with a negative lengthPenalty a sum is worth most in the shortest sentence; the original always looks at the longest.
  const isOver = (list: readonly Hypothesis[], bestSum: number, shortest: number): boolean =>
    isDone(list, bestSum, lengthPenalty < 0 && !compat ? shortest : maxLen - 1, settings);

  let { found } = search;
  const open: Beam[] = [];
  if (!isOver(found, (candidates[0] as Candidate).sum, length)) {
    for (const { from, word, sum } of candidates) {
      const { tokens } = beams[from] as Beam;
      // In the last place only compat still has other words than the mark.
      if (word === eosId || length === maxLen - 1) {
        found = addHypothesis(found, { tokens: Int32Array.from(tokens), sumLogProbs: sum }, settings);
      } else {
        open.push({ tokens: [...tokens, word], sum, from });
      }
      if (open.length === beamSize) break;
    }
  }
  // The original finds out one word later that nothing can come of the best beam.
  const isLast = open.length === 0 || isOver(found, (open[0] as Beam).sum, length + 1);
  return { source, beams: isLast ? [] : open, found };
}
