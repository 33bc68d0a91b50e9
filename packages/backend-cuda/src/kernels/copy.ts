import type * as tf from "@tensorflow/tfjs-core";
import { sizeOf } from "@xlm/core";
import {
  bitsOf,
  copyKernels as copyKernelsOver,
  fillKernels as fillKernelsOver,
  type PlanCopy,
} from "@xlm/kernels/backend";
import { collapse, padded } from "../axes.js";
import type { Native } from "../native.js";
import { programOf } from "../program.js";
import type { NativeKernel } from "./registry.js";

export const COPY = programOf("copy");

/** Axes that `copy_strided` goes through. */
const AXES = 5;

const planCopy: PlanCopy<Native> = (all) => {
  const strides = [all.map(({ from }) => from), all.map(({ to }) => to)];
  const axes = padded(
    collapse(
      all.map(({ size }) => size),
      strides,
    ),
    AXES,
  );
  if (!axes) return null;
  const { sizes } = axes;
  const [left, right] = axes.strides as [number[], number[]];
  const n = sizeOf(sizes);
  const dense = sizes.slice(0, -1).every((size) => size === 1) && left.at(-1) === 1 && right.at(-1) === 1;
  return (native, from, to) => {
    if (dense) native.device.copy(from, to, 4 * n);
    else native.launch(COPY, "copy_strided", native.blocks(n), [from, to, n, ...sizes.slice(1), ...left, ...right]);
  };
};

/** `OneHot`. */
const oneHot: NativeKernel<{ dtype: tf.DataType; depth: number; onValue: number; offValue: number }> = (
  native,
  inputs,
  { dtype, depth, onValue, offValue },
) => {
  const { indices } = inputs as { indices: tf.TensorInfo };
  const n = native.size(indices) * depth;
  if (indices.dtype !== "int32" || (dtype !== "float32" && dtype !== "int32") || n === 0) return null;
  const out = native.make([...indices.shape, depth], dtype);
  const places = [native.address(indices), native.address(out)];
  native.launch(COPY, "one_hot", native.blocks(n), [
    ...[...places, n, depth],
    ...[bitsOf(onValue, dtype), bitsOf(offValue, dtype)],
  ]);
  return out;
};

/** Kernels that move elements or repeat one, under tfjs's names. */
export const copyKernels: Record<string, NativeKernel<never>> = {
  ...copyKernelsOver(planCopy),
  ...fillKernelsOver<Native>((native, at, n, bits) => native.device.fill(at, n, bits)),
  OneHot: oneHot,
};
