import * as tf from "@tensorflow/tfjs-core";
import { sizeOf } from "@xlm/core";
import { areFloats, hasWords, type NativeKernel } from "./registry.js";
import type { KernelScope } from "./scope.js";

/** Rows of `x` at `indices`, all of which name one: `[outer, rows, inner]` to `[outer, count, inner]` at `out`. */
export type GatherRows<N> = (
  native: N,
  x: tf.TensorInfo,
  indices: tf.TensorInfo,
  out: tf.TensorInfo,
  sizes: readonly [outer: number, rows: number, inner: number],
) => void;

/** A tensor of zeros of a shape, to whose rows those of `x` are added; `skip` is an index that is passed over. */
export type ScatterRows<N> = (
  native: N,
  indices: tf.TensorInfo,
  x: tf.TensorInfo,
  shape: number[],
  skip: number,
) => tf.TensorInfo;

/**
 * `GatherV2` without batch axes and `UnsortedSegmentSum` of rows, under tfjs's names.
 * `Differs:` a NaN or an infinity stays in its own segment; tfjs's cpu kernel multiplies by a mask and spreads it to all.
 * @param ints the elements of an int32 tensor.
 */
export function gatherKernels<N extends KernelScope>(
  ints: (native: N, x: tf.TensorInfo) => Int32Array,
  gatherRows: GatherRows<N>,
  scatterRows: ScatterRows<N>,
): Record<string, NativeKernel<N, never>> {
  const gather: NativeKernel<N, { axis: number; batchDims?: number }> = (native, inputs, { axis, batchDims }) => {
    const { x, indices } = inputs as { x: tf.TensorInfo; indices: tf.TensorInfo };
    if (!hasWords(x) || indices.dtype !== "int32" || batchDims) return null;
    if (native.size(x) === 0 || native.size(indices) === 0) return null;
    const along = tf.util.parseAxisParam(axis, x.shape)[0] as number;
    const rows = x.shape[along] as number;
    if (ints(native, indices).some((index) => index < 0 || index >= rows)) return null; // the cpu kernel words the error
    const [outer, inner] = [x.shape.slice(0, along), x.shape.slice(along + 1)];
    const out = native.make([...outer, ...indices.shape, ...inner], x.dtype);
    gatherRows(native, x, indices, out, [sizeOf(outer), rows, sizeOf(inner)]);
    return out;
  };
  const segmentSum: NativeKernel<N, { numSegments: number }> = (native, inputs, { numSegments }) => {
    const { x, segmentIds } = inputs as { x: tf.TensorInfo; segmentIds: tf.TensorInfo };
    const inner = x.shape.slice(1);
    if (!areFloats(x) || segmentIds.dtype !== "int32" || segmentIds.shape.length !== 1) return null;
    if (native.size(x) === 0 || numSegments === 0 || segmentIds.shape[0] !== x.shape[0]) return null;
    const out = scatterRows(native, segmentIds, x, [numSegments, sizeOf(inner)], -1);
    return { ...out, shape: [numSegments, ...inner] };
  };
  return { GatherV2: gather, UnsortedSegmentSum: segmentSum };
}
