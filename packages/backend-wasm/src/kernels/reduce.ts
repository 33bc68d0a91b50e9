import type * as tf from "@tensorflow/tfjs-core";
import { areFloats, reductionAxes, type ReductionAttrs } from "@xlm/kernels/backend";
import { Reduction } from "../elementwise.js";
import type { Native } from "../native.js";
import { Op } from "../ops.js";
import type { NativeKernel } from "./registry.js";

// How an array is cut decides the order in which it is added up, so these never depend on the threads.
/** Most neighbours that are added up in one go. */
const PART = 4096;
/** Most elements of a row that are added to one another in one go. */
const WIDTH = 1024;
/** Fewest and most rows that are. */
const ROWS = 32;
const MOST_ROWS = 1024;
/** Elements that a chunk has, more or less. */
const CHUNK = 32768;

/** `[outer, m, inner]` at x to `[outer, inner]` at out, each result divided by `divisor`. */
function reduce(
  native: Native,
  op: Reduction,
  [outer, m, inner]: readonly [number, number, number],
  x: number,
  out: number,
  divisor: number,
): void {
  const wide = inner > 1;
  const width = Math.min(inner, WIDTH);
  const across = Math.ceil(inner / width);
  const rows = m * width <= 2 * CHUNK ? m : Math.max(ROWS, Math.floor(CHUNK / 2 / width));
  const length = Math.min(m, wide ? Math.min(rows, MOST_ROWS) : PART);
  const parts = Math.ceil(m / length);
  const all = outer * parts * across;
  const per = Math.max(1, Math.floor(CHUNK / (length * width)));
  const to = parts > 1 ? native.temp(outer * parts * inner) : out;
  const floats = [parts > 1 ? 1 : divisor];
  const chunks = Math.ceil(all / per);
  if (wide) {
    native.launch(Op.ReduceColumns, chunks, [op, x, to, m, length, parts, inner, width, across, all, per], floats);
  } else native.launch(Op.ReduceRows, chunks, [op, x, to, m, length, parts, all, per], floats);
  if (parts === 1) return;
  reduce(native, op, [outer, parts, inner], to, out, divisor);
  native.free(to);
}

const reduction =
  (op: Reduction, mean = false): NativeKernel<ReductionAttrs> =>
  (native, inputs, attrs) => {
    const { x } = inputs as { x: tf.TensorInfo };
    if (!areFloats(x) || native.size(x) === 0) return null;
    const axes = reductionAxes(x.shape, attrs);
    if (!axes) return null;
    const { kept, sizes } = axes;
    const out = native.make(kept);
    const [outer, m] = sizes;
    // Nothing goes: one long row.
    const along = m === 1 ? ([1, 1, outer * sizes[2]] as const) : sizes;
    reduce(native, op, along, native.address(x), native.address(out), mean ? m : 1);
    return out;
  };

/** Elements of a chunk of `Softmax`. */
const SOFTMAX_CHUNK = 8192;

/** `Softmax` along the last axis. */
const softmax: NativeKernel<{ dim: number }> = (native, inputs, { dim }) => {
  const { logits: x } = inputs as { logits: tf.TensorInfo };
  const rank = x.shape.length;
  if (!areFloats(x) || rank === 0 || native.size(x) === 0 || (dim !== -1 && dim !== rank - 1)) return null;
  const n = x.shape[rank - 1] as number;
  const rows = native.size(x) / n;
  const per = Math.max(1, Math.floor(SOFTMAX_CHUNK / n));
  const out = native.make(x.shape);
  native.launch(Op.Softmax, Math.ceil(rows / per), [native.address(x), native.address(out), n, rows, per]);
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
