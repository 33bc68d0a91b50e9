import fc from "fast-check";
import type { Rng } from "@xlm/core";
import { firstDifference } from "./difference.js";
import { broken, lawOf, plainLaw, type Law, type LawOptions } from "./law.js";

const take = (rng: Rng, n: number): number[] => Array.from({ length: n }, () => rng.uint32());
const same = (actual: unknown, expected: unknown, at: string): void => {
  const difference = firstDifference(actual, expected, at);
  if (difference) broken(difference);
};

/**
 * What a generator owes to those who draw from it. `createRng` and `rngFromState` of `@xlm/core` keep these laws; one of your
 * own that keeps them can take their place.
 * @param create a generator from a seed, a whole number of 0 or more.
 * @param restore a generator from what `state()` returned.
 */
export function rngLaws(
  create: (seed: number) => Rng,
  restore: (state: readonly number[]) => Rng,
  options: LawOptions = {},
): Law[] {
  const cases = fc.record({ seed: fc.nat(), drawn: fc.nat({ max: 600 }), splits: fc.nat({ max: 3 }) });
  return [
    lawOf(
      "the same seed gives the same words and another seed others",
      cases,
      ({ seed }) => {
        const words = take(create(seed), 8);
        same(take(create(seed), 8), words, "words");
        if (firstDifference(take(create(seed + 1), 8), words) === undefined)
          broken(`seed ${seed + 1} gives the same words`);
      },
      options,
    ),
    lawOf(
      "words are whole numbers below 2^32 and next() is in [0, 1)",
      cases,
      ({ seed }) => {
        const rng = create(seed);
        for (let i = 0; i < 50; i++) {
          const word = rng.uint32();
          const u = rng.next();
          if (word !== word >>> 0) broken(`uint32() returned ${word}`);
          if (!(u >= 0 && u < 1)) broken(`next() returned ${u}`);
        }
      },
      options,
    ),
    lawOf(
      "a restored state continues where the generator stands",
      cases,
      ({ seed, drawn, splits }) => {
        const rng = create(seed);
        take(rng, drawn);
        for (let i = 0; i < splits; i++) rng.split();
        const resumed = restore(JSON.parse(JSON.stringify(rng.state())) as number[]);
        same(take(resumed.split(), 4), take(rng.split(), 4), "words of the next split");
        same(take(resumed, 300), take(rng, 300), "words");
      },
      options,
    ),
    lawOf(
      "splitting does not shift the words that follow",
      cases,
      ({ seed, drawn, splits }) => {
        const [plain, split] = [create(seed), create(seed)];
        take(plain, drawn);
        take(split, drawn);
        const children = Array.from({ length: splits + 1 }, () => take(split.split(), 4).join());
        same(take(split, 8), take(plain, 8), "words");
        if (new Set(children).size < children.length) broken("two splits give the same words");
      },
      options,
    ),
    plainLaw("next() is uniform", () => {
      const n = 65536;
      const rng = create(options.seed === undefined ? 1 : options.seed >>> 0);
      const counts = new Float64Array(16);
      for (let i = 0; i < n; i++) {
        const sixteenth = Math.floor(16 * rng.next());
        counts[sixteenth] = (counts[sixteenth] as number) + 1;
      }
      const sixSigma = 6 * Math.sqrt((n * 15) / 256); // binomial with share 1/16
      counts.forEach((count, i) => {
        if (Math.abs(count - n / 16) > sixSigma)
          broken(`${count} of ${n} draws fall into sixteenth ${i}, expected ${n / 16}`);
      });
    }),
  ];
}
