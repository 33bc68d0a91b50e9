import { createRng } from "@xlm/core";
import { createEpochOrder, createLanguageSampler, languageProbs } from "../src/index.js";

/** How fast languages and shuffled indices are drawn. */
export interface SamplingFigures {
  /** Languages drawn a second, out of 15. */
  readonly languagesPerSecond: number;
  /** Shuffled indices a second over whole epochs, the permutations included. */
  readonly indicesPerSecond: number;
}

/**
 * Measures once.
 * @param draws of each kind.
 */
export function benchSampling(draws = 2_000_000): SamplingFigures {
  const rng = createRng(1);
  const sampler = createLanguageSampler(languageProbs(Array.from({ length: 15 }, (_, i) => 2 ** i)), rng);
  const order = createEpochOrder(draws / 2, rng);
  const rate = (next: () => number): number => {
    const begin = performance.now();
    let sum = 0;
    for (let i = 0; i < draws; i++) sum += next();
    const seconds = (performance.now() - begin) / 1000;
    if (!(sum > 0)) throw new Error("nothing was drawn");
    return draws / seconds;
  };
  return { languagesPerSecond: rate(() => sampler.next()), indicesPerSecond: rate(() => order.next()) };
}
