import * as tf from "@tensorflow/tfjs-core";
import { sizeOf } from "@xlm/core";
import type { Native } from "../native.js";
import { Op } from "../ops.js";
import { hasWords, type NativeKernel } from "./registry.js";

/** `SEGMENT` of assembly/copy.ts. */
const SEGMENT = 16384;

type Word = "float32" | "int32";

function filled(native: Native, shape: number[], dtype: Word, value: number): tf.TensorInfo {
  const n = sizeOf(shape);
  const out = native.make(shape, dtype);
  const bits = dtype === "int32" ? value : (new Int32Array(new Float32Array([value]).buffer)[0] as number);
  native.launch(Op.Fill, Math.ceil(n / SEGMENT), [native.address(out), n, bits]);
  return out;
}

/** `Fill` with a number. */
const fill: NativeKernel<{ shape: number[]; value: number | string; dtype?: tf.DataType }> = (
  native,
  _,
  { shape, value, dtype = tf.util.inferDtype(value) },
) => {
  if (typeof value !== "number" || (dtype !== "float32" && dtype !== "int32") || sizeOf(shape) === 0) return null;
  return filled(native, shape, dtype, value);
};

/** `ZerosLike` and `OnesLike`. */
const like =
  (value: number): NativeKernel =>
  (native, inputs) => {
    const { x } = inputs as { x: tf.TensorInfo };
    return hasWords(x) && native.size(x) > 0 ? filled(native, x.shape, x.dtype as Word, value) : null;
  };

/** `OneHot`. */
const oneHot: NativeKernel<{ dtype: tf.DataType; depth: number; onValue: number; offValue: number }> = (
  native,
  inputs,
  { dtype, depth, onValue, offValue },
) => {
  const { indices } = inputs as { indices: tf.TensorInfo };
  const n = native.size(indices);
  if (indices.dtype !== "int32" || (dtype !== "float32" && dtype !== "int32") || n * depth === 0) return null;
  const out = filled(native, [...indices.shape, depth], dtype, offValue);
  const { memory } = native;
  const [chosen, to] = [native.address(indices), native.address(out)];
  const ids = memory.i32(chosen, n);
  const values = dtype === "float32" ? memory.f32(to, n * depth) : memory.i32(to, n * depth);
  for (let i = 0; i < n; i++) {
    const id = ids[i] as number;
    if (id >= 0 && id < depth) values[i * depth + id] = onValue;
  }
  return out;
};

/** Kernels that make tensors of few values, under tfjs's names. */
export const fillKernels: Record<string, NativeKernel<never>> = {
  Fill: fill,
  ZerosLike: like(0),
  OnesLike: like(1),
  OneHot: oneHot,
};
