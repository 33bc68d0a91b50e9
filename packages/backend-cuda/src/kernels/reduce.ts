import type * as tf from "@tensorflow/tfjs-core";
import { areFloats, reductionAxes, type ReductionAttrs } from "@xlm/kernels/backend";
import type { Native } from "../native.js";
import { programOf } from "../program.js";
import type { NativeKernel } from "./registry.js";

const REDUCE = programOf("reduce");

/** Numbers of cuda/reduce.cu. */
enum Reduction {
  Sum,
  Max,
  Min,
}

// How an array is cut decides the order in which it is added up, so these never depend on the card.
/** Most neighbours that a warp adds up. */
const PART = 4096;
/** Most rows that a thread adds up, one column. */
const ROWS = 256;
/** Bytes of shared memory for what warps exchange: 32 floats. */
export const ROOM = 128;

/** `[outer, m, inner]` at x to `[outer, inner]` at out, each result divided by `divisor`. */
function reduce(
  native: Native,
  op: Reduction,
  [outer, m, inner]: readonly [number, number, number],
  x: number,
  out: number,
  divisor: number,
): void {
  const length = Math.min(m, inner > 1 ? ROWS : PART);
  const parts = Math.ceil(m / length);
  const to = parts > 1 ? native.temp(outer * parts * inner) : out;
  const by = parts > 1 ? 1 : divisor;
  if (inner > 1) {
    const grid = native.blocks(outer * parts * inner);
    native.launch(REDUCE, "reduce_columns", grid, [op, x, to, outer, m, inner, length, parts, by]);
  } else {
    native.launch(REDUCE, "reduce_rows", native.blocks(32 * outer * parts), [op, x, to, outer, m, length, parts, by]);
  }
  if (parts > 1) reduce(native, op, [outer, parts, inner], to, out, divisor);
}

/** Sums of `[m, n]` over its rows. */
export function sumColumns(native: Native, m: number, n: number, x: number, out: number): void {
  if (m === 0) native.device.fill(out, n, 0);
  else reduce(native, Reduction.Sum, n === 1 ? [1, m, 1] : [1, m, n], x, out, 1);
}

/** The sum of `n` numbers, divided. */
export function sumAll(native: Native, n: number, x: number, out: number, divisor: number): void {
  if (n === 0) native.device.fill(out, 1, 0);
  else reduce(native, Reduction.Sum, [1, n, 1], x, out, divisor);
}

const reduction =
  (op: Reduction, mean = false): NativeKernel<ReductionAttrs> =>
  (native, inputs, attrs) => {
    const { x } = inputs as { x: tf.TensorInfo };
    if (!areFloats(x) || native.size(x) === 0) return null;
    const axes = reductionAxes(x.shape, attrs);
    if (!axes) return null;
    const out = native.make(axes.kept);
    reduce(native, op, axes.sizes, native.address(x), native.address(out), mean ? axes.sizes[1] : 1);
    return out;
  };

/** `Softmax` along the last axis. */
const softmax: NativeKernel<{ dim: number }> = (native, inputs, { dim }) => {
  const { logits: x } = inputs as { logits: tf.TensorInfo };
  const rank = x.shape.length;
  if (!areFloats(x) || rank === 0 || native.size(x) === 0 || (dim !== -1 && dim !== rank - 1)) return null;
  const n = x.shape[rank - 1] as number;
  const out = native.make(x.shape);
  native.launch(REDUCE, "softmax", [native.size(x) / n], [native.address(x), native.address(out), n], ROOM);
  return out;
};

// Differs: sums are of float32, so that one beyond 3.4e38 on the way is infinite; tfjs's cpu kernel adds in float64, and its
// mean divides first.
/** Kernels that take axes together, under tfjs's names. */
export const reduceKernels: Record<string, NativeKernel<never>> = {
  Sum: reduction(Reduction.Sum),
  Mean: reduction(Reduction.Sum, true),
  Max: reduction(Reduction.Max),
  Min: reduction(Reduction.Min),
  Softmax: softmax,
};
