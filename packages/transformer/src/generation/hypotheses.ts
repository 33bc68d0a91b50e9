/** A sentence that a search has finished. */
export interface Hypothesis {
  /** With the leading end mark, without the final one. */
  readonly tokens: Int32Array;
  /** Sum of the log-probabilities of its words and its final end mark, in nats. */
  readonly sumLogProbs: number;
  /** `sumLogProbs / tokens.length ** lengthPenalty`. */
  readonly score: number;
}

export interface ListOptions {
  /** Hypotheses to keep. */
  readonly beamSize: number;
  readonly lengthPenalty: number;
  readonly earlyStopping: boolean;
}

/**
 * The list with one hypothesis more, in order of arrival; of more than `beamSize` the worst, and of equally bad ones the earliest, is left
 * out. One that is no better than the worst of a full list is not taken (`BeamHypotheses.add`).
 */
export function addHypothesis(
  list: readonly Hypothesis[],
  { tokens, sumLogProbs }: Omit<Hypothesis, "score">,
  { beamSize, lengthPenalty }: ListOptions,
): readonly Hypothesis[] {
  const hypothesis = { tokens, sumLogProbs, score: sumLogProbs / tokens.length ** lengthPenalty };
  if (list.length < beamSize) return [...list, hypothesis];
  const worst = worstScore(list);
  if (!(hypothesis.score > worst)) return list;
  const leaving = list.findIndex(({ score }) => score === worst);
  return [...list.filter((_, i) => i !== leaving), hypothesis];
}

/**
 * Whether nothing that is still open can get into the list (`BeamHypotheses.is_done`).
 * @param bestSum the best sum of log-probabilities of what is open: more words only lower it.
 * @param length the number of tokens at which that sum makes the best score.
 */
export function isDone(
  list: readonly Hypothesis[],
  bestSum: number,
  length: number,
  { beamSize, lengthPenalty, earlyStopping }: ListOptions,
): boolean {
  if (list.length < beamSize) return false;
  return earlyStopping || worstScore(list) >= bestSum / length ** lengthPenalty;
}

/** Best first; of equal ones the earlier first. */
export const bestFirst = (list: readonly Hypothesis[]): Hypothesis[] => [...list].sort((a, b) => b.score - a.score);

export const worstScore = (list: readonly Hypothesis[]): number => Math.min(...list.map(({ score }) => score));
