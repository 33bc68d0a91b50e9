import type * as tf from "@tensorflow/tfjs-core";
import { bitsOf, fillKernels as fillKernelsOver } from "@xlm/kernels/backend";
import type { Native } from "../native.js";
import { Op } from "../ops.js";
import type { NativeKernel } from "./registry.js";

/** `SEGMENT` of assembly/copy.ts. */
const SEGMENT = 16384;

function fill(native: Native, at: number, n: number, bits: number): void {
  native.launch(Op.Fill, Math.ceil(n / SEGMENT), [at, n, bits]);
}

/** `OneHot`. */
const oneHot: NativeKernel<{ dtype: tf.DataType; depth: number; onValue: number; offValue: number }> = (
  native,
  inputs,
  { dtype, depth, onValue, offValue },
) => {
  const { indices } = inputs as { indices: tf.TensorInfo };
  const n = native.size(indices);
  if (indices.dtype !== "int32" || (dtype !== "float32" && dtype !== "int32") || n * depth === 0) return null;
  const out = native.make([...indices.shape, depth], dtype);
  fill(native, native.address(out), n * depth, bitsOf(offValue, dtype));
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
  ...fillKernelsOver(fill),
  OneHot: oneHot,
};
