import * as tf from "@tensorflow/tfjs-core";
import { sizeOf } from "@xlm/core";
import { Op } from "../ops.js";
import { scatter } from "./embedding.js";
import { areFloats, hasWords, type NativeKernel } from "./registry.js";

/** Elements of a chunk. */
const CHUNK = 16384;

/** `GatherV2` without batch axes: rows chosen along an axis. */
const gather: NativeKernel<{ axis: number; batchDims?: number }> = (native, inputs, { axis, batchDims }) => {
  const { x, indices } = inputs as { x: tf.TensorInfo; indices: tf.TensorInfo };
  if (!hasWords(x) || indices.dtype !== "int32" || batchDims) return null;
  const count = native.size(indices);
  if (native.size(x) === 0 || count === 0) return null;
  const along = tf.util.parseAxisParam(axis, x.shape)[0] as number;
  const rows = x.shape[along] as number;
  const chosen = native.address(indices);
  const ids = native.memory.i32(chosen, count);
  for (let i = 0; i < count; i++) if ((ids[i] as number) >>> 0 >= rows) return null; // the cpu kernel words the error
  const [outer, inner] = [x.shape.slice(0, along), x.shape.slice(along + 1)];
  const out = native.make([...outer, ...indices.shape, ...inner], x.dtype);
  const dim = sizeOf(inner);
  const per = Math.max(1, Math.floor(CHUNK / dim));
  const [from, to] = [native.address(x), native.address(out)];
  for (let i = 0, all = sizeOf(outer); i < all; i++) {
    const args = [from + 4 * i * rows * dim, chosen, to + 4 * i * count * dim, count, dim, per];
    native.launch(Op.GatherRows, Math.ceil(count / per), args);
  }
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
