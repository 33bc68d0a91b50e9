import * as tf from "@tensorflow/tfjs-core";
import { sizeOf } from "@xlm/core";
import { hasWords, type NativeKernel } from "./registry.js";
import type { KernelScope } from "./scope.js";

/** The 32 bits of a number as an element of a tensor. */
export const bitsOf = (value: number, dtype: tf.DataType): number =>
  dtype === "int32" ? value : (new Int32Array(Float32Array.of(value).buffer)[0] as number);

interface FillAttrs {
  shape: number[];
  value: number | string;
  dtype?: tf.DataType;
}

/**
 * `Fill`, `ZerosLike` and `OnesLike`, under tfjs's names.
 * @param fill sets `n` elements of 4 bytes to `bits`.
 */
export function fillKernels<N extends KernelScope>(
  fill: (native: N, at: number, n: number, bits: number) => void,
): Record<string, NativeKernel<N, never>> {
  const filled = (native: N, shape: number[], dtype: tf.DataType, value: number): tf.TensorInfo => {
    const out = native.make(shape, dtype);
    fill(native, native.address(out), sizeOf(shape), bitsOf(value, dtype));
    return out;
  };
  const like =
    (value: number): NativeKernel<N> =>
    (native, inputs) => {
      const { x } = inputs as { x: tf.TensorInfo };
      return hasWords(x) && native.size(x) > 0 ? filled(native, x.shape, x.dtype, value) : null;
    };
  const fillWith: NativeKernel<N, FillAttrs> = (native, _, { shape, value, dtype = tf.util.inferDtype(value) }) => {
    if (typeof value !== "number" || (dtype !== "float32" && dtype !== "int32") || sizeOf(shape) === 0) return null;
    return filled(native, shape, dtype, value);
  };
  return { Fill: fillWith, ZerosLike: like(0), OnesLike: like(1) };
}
