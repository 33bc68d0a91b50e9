import {
  checkShares,
  cumulative,
  MismatchError,
  pickCumulative,
  rngFromState,
  type Rng,
  type RngState,
} from "@xlm/core";

/** Draws one language after another. */
export interface LanguageSampler {
  /** The index of the next language. */
  next(): number;
  /** Plain JSON; `restoreLanguageSampler` continues from it. */
  state(): LanguageSamplerState;
}

export interface LanguageSamplerState {
  /** Languages there are to draw from. */
  readonly size: number;
  readonly rng: RngState;
}

/**
 * Draws languages independently by their probabilities (§3.5): one uniform a draw, looked up in the running sums, as the
 * original's `numpy.random.choice` does.
 * @param probs `[nLangs]`, adding up to 1 within 1e-6: what `languageProbs` returns.
 * @param rng split once and not advanced, so that the draws of others stay as they are.
 * @throws OptionError (`XLM_OPTION`) for probabilities that are none or do not add up.
 */
export function createLanguageSampler(probs: ArrayLike<number>, rng: Rng): LanguageSampler {
  return sampler(probs, rng.split());
}

/**
 * The sampler that stood at `state`: its draws are bit for bit those that would have followed.
 * @param probs the same probabilities as before.
 * @throws MismatchError (`XLM_MISMATCH`) for another number of languages; OptionError (`XLM_OPTION`) as on creation.
 */
export function restoreLanguageSampler(probs: ArrayLike<number>, state: LanguageSamplerState): LanguageSampler {
  if (probs.length !== state.size) {
    throw new MismatchError({
      what: `the saved sampler drew from ${state.size} languages and ${probs.length} probabilities are given`,
      why: "a resumed run draws as if it had never stopped",
      fix: "resume with the languages and data of the saved run, or start a new one",
    });
  }
  return sampler(probs, rngFromState(state.rng));
}

function sampler(probs: ArrayLike<number>, rng: Rng): LanguageSampler {
  checkShares("language probabilities", Array.from(probs));
  const sums = cumulative(probs);
  return {
    next: () => pickCumulative(sums, rng.next()),
    state: () => ({ size: sums.length, rng: rng.state() }),
  };
}
