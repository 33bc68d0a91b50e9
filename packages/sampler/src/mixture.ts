import { checkInt, DataError, drawPermutation, type Rng } from "@xlm/core";
import { languageProbs } from "./probs.js";

export interface MixtureOptions {
  /** As in `languageProbs`. @default 0.5 */
  alpha?: number | "uniform";
}

/**
 * How many lines of each language make a mixed corpus, such as the one that shared BPE codes are learnt on (§3.1: alpha 0.5).
 * `Differs:` the original has no code for this; its README mixes equal numbers of lines.
 * @param counts `[nLangs]` lines of each language.
 * @param total lines of the mixture. More than a language has means that its lines come again.
 * @returns `[nLangs]`, adding up to exactly `total`, each less than one line from `total * q_i` (largest remainders; a tie
 * goes to the earlier language).
 * @throws OptionError (`XLM_OPTION`), DataError (`XLM_DATA`) as `languageProbs`; OptionError for a total below 0.
 */
export function mixtureCounts(counts: ArrayLike<number>, total: number, options: MixtureOptions = {}): number[] {
  checkInt("total", total, 0);
  const { alpha = 0.5 } = options;
  const shares = languageProbs(counts, { alpha }).map((prob) => prob * total);
  const lines = shares.map(Math.floor);
  const remainder = (i: number): number => (shares[i] as number) - (lines[i] as number);
  const order = [...shares.keys()].filter((i) => (shares[i] as number) > 0);
  order.sort((a, b) => remainder(b) - remainder(a) || a - b);
  let missing = total - lines.reduce((sum, n) => sum + n, 0);
  for (const i of order) {
    if (missing <= 0) break;
    lines[i] = (lines[i] as number) + 1;
    missing--;
  }
  return lines;
}

/**
 * Which lines of one language to take: all of them equally often, give or take one, in random order.
 * `Differs:` `shuf -r`, used by the original's README, draws lines independently, so that some never come.
 * @param nLines lines there are, from 1.
 * @param n lines wanted, 0 or more; above `nLines` lines repeat.
 * @param rng advanced by the call.
 * @returns `[n]` line numbers in `0..nLines-1`.
 * @throws DataError (`XLM_DATA`) for lines wanted of an empty language; OptionError (`XLM_OPTION`) for other bad numbers.
 */
export function sampleLines(nLines: number, n: number, rng: Rng): Int32Array {
  checkInt("nLines", nLines, 0, 0x7fffffff);
  checkInt("n", n, 0, 0x7fffffff);
  if (nLines === 0 && n > 0) {
    throw new DataError({
      what: `${n} lines are wanted of 0`,
      why: "an empty language has nothing to repeat",
      fix: "leave the language out, or give it text",
    });
  }
  const lines = new Int32Array(n);
  for (let begin = 0; begin < n; begin += nLines) {
    const order = drawPermutation(rng, nLines);
    lines.set(order.subarray(0, Math.min(nLines, n - begin)), begin);
  }
  return lines;
}
