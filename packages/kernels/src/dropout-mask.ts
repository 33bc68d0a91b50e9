import * as tf from "@tensorflow/tfjs-core";
import { fillPhilox, OptionError, sizeOf } from "@xlm/core";

/** Which elements a dropout hides: a rate and the key of its own Philox stream. */
export interface DropoutSpec {
  /** Share of elements set to zero, from 0 up to but not including 1. */
  rate: number;
  /**
   * Philox key of this use. Element `i` (flat, row-major) reads word `i` of the key's stream and stays iff
   * `word >= round(rate * 2^32)`, so the mask depends on nothing else: no backend, thread count or order of calls.
   */
  key: readonly [number, number];
}

/** @throws OptionError unless the rate is in `[0, 1)`. */
export function checkDropout(spec: DropoutSpec | undefined): DropoutSpec | null {
  if (spec === undefined) return null;
  if (!(spec.rate >= 0 && spec.rate < 1)) {
    throw new OptionError({
      what: `dropout rate is ${spec.rate}`,
      why: "what stays is divided by 1 - rate",
      fix: "use a rate from 0 up to but not including 1",
    });
  }
  return spec.rate === 0 ? null : spec;
}

const WORDS = 4096;

/** The factors `0` and `1 / (1 - rate)` by which dropout multiplies, row-major. */
export function dropoutFactors({ rate, key }: DropoutSpec, size: number): Float32Array {
  const words = new Uint32Array(WORDS);
  const least = Math.round(rate * 4294967296);
  const kept = 1 / (1 - rate);
  const factors = new Float32Array(size);
  for (let start = 0; start < size; start += WORDS) {
    fillPhilox(words, key, start / 4); // four words a block
    const n = Math.min(WORDS, size - start);
    for (let i = 0; i < n; i++) if ((words[i] as number) >= least) factors[start + i] = kept;
  }
  return factors;
}

/** The same as a tensor. */
export const dropoutMask = (spec: DropoutSpec, shape: number[]): tf.Tensor =>
  tf.tensor(dropoutFactors(spec, sizeOf(shape)), shape);
