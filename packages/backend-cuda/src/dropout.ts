import type { DropoutSpec } from "@xlm/kernels";

/** A dropout as kernels are told of it: the two words of the key, the least word of its stream that stays, the factor of what stays. */
export type DropoutArgs = readonly [key0: number, key1: number, least: number, kept: number];

const WORDS = 2 ** 32;

/** The threshold of `DropoutSpec`. A rate that rounds to all words keeps none of them. */
export function dropoutArgs(spec: DropoutSpec | null): DropoutArgs {
  if (!spec) return [0, 0, 0, 1];
  const least = Math.round(spec.rate * WORDS);
  return [...spec.key, least % WORDS, least === WORDS ? 0 : 1 / (1 - spec.rate)];
}
