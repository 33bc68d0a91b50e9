import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { DropoutSpec } from "@xlm/kernels";
import type { Native } from "./native.js";

/** A dropout as kernels are told of it. */
export interface DropoutArgs {
  /** The two words of the key, and the least word of its stream that stays. */
  readonly key: readonly [key0: number, key1: number, least: number];
  /** What the elements that stay are multiplied by. */
  readonly kept: number;
}

const WORDS = 2 ** 32;

/** The threshold of `DropoutSpec`. A rate that rounds to all words keeps none of them. */
export function dropoutArgs(spec: DropoutSpec | null): DropoutArgs {
  if (!spec) return { key: [0, 0, 0], kept: 1 };
  const { rate, key } = spec;
  const least = Math.round(rate * WORDS);
  return {
    key: [...key, least % WORDS],
    kept: least === WORDS ? 0 : 1 / (1 - rate),
  };
}

/** Room for a bit an element, whole bytes a row: 1/32 of the elements, and six times as fast to read as to draw again. */
export const makeBits = (native: Native, rows: number, dim: number): TensorInfo =>
  native.make([Math.ceil((rows * Math.ceil(dim / 8)) / 4)], "int32");
