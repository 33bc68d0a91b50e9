import * as tf from "@tensorflow/tfjs-core";
import { sizeOf } from "@xlm/core";
import { gatherInto, scatter } from "./embedding.js";
import { areFloats, hasWords, type NativeKernel } from "./registry.js";

/** `GatherV2` without batch axes: rows chosen along an axis. */
const gather: NativeKernel<{ axis: number; batchDims?: number }> = (native, inputs, { axis, batchDims }) => {
  const { x, indices } = inputs as { x: tf.TensorInfo; indices: tf.TensorInfo };
  if (!hasWords(x) || indices.dtype !== "int32" || batchDims) return null;
  if (native.size(x) === 0 || native.size(indices) === 0) return null;
  const along = tf.util.parseAxisParam(axis, x.shape)[0] as number;
  const rows = x.shape[along] as number;
  if (native.ints(indices).some((index) => index < 0 || index >= rows)) return null; // the cpu kernel words the error
  const [outer, inner] = [x.shape.slice(0, along), x.shape.slice(along + 1)];
  const out = native.make([...outer, ...indices.shape, ...inner], x.dtype);
  gatherInto(native, x, indices, out, [sizeOf(outer), rows, sizeOf(inner)]);
  return out;
};

/**
 * `UnsortedSegmentSum` of rows.
 * Differs: a NaN or an infinity stays in its own segment; tfjs's cpu kernel multiplies by a mask and spreads it to all.
 */
const segmentSum: NativeKernel<{ numSegments: number }> = (native, inputs, { numSegments }) => {
  const { x, segmentIds } = inputs as { x: tf.TensorInfo; segmentIds: tf.TensorInfo };
  const inner = x.shape.slice(1);
  if (!areFloats(x) || segmentIds.dtype !== "int32" || segmentIds.shape.length !== 1) return null;
  if (native.size(x) === 0 || numSegments === 0 || segmentIds.shape[0] !== x.shape[0]) return null;
  const out = scatter(native, segmentIds, x, [numSegments, sizeOf(inner)], -1);
  return { ...out, shape: [numSegments, ...inner] };
};

/** Kernels over rows that are named by index, under tfjs's names. */
export const gatherKernels: Record<string, NativeKernel<never>> = {
  GatherV2: gather,
  UnsortedSegmentSum: segmentSum,
};
