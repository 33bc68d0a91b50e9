import type { TensorInfo } from "@tensorflow/tfjs-core";
import { matmulSizes, type Transposes } from "@xlm/kernels/backend";
import { multiply, multiplyMany } from "../product.js";
import type { NativeKernel } from "./registry.js";

/** `BatchMatMul`: `[..., m, k] x [..., k, n]`, either transposed, batches equal or one of them 1. */
export const batchMatMul: NativeKernel<Transposes> = (native, inputs, transposes) => {
  const sizes = matmulSizes(inputs, transposes);
  if (!sizes) return null;
  const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
  const { transposeA, transposeB } = transposes;
  const { m, n, k, batchA, batchB } = sizes;
  const batch = Math.max(batchA, batchB);
  const out = native.make(sizes.shape);
  const size = { m, n, k };
  const [left, right, c] = [native.address(a), native.address(b), native.address(out)];
  const A = { rs: transposeA ? 1 : k, cs: transposeA ? m : 1 };
  const B = { rs: transposeB ? 1 : n, cs: transposeB ? k : 1 };
  if (batch === 1) multiply(native, size, { at: left, ...A }, { at: right, ...B }, { at: c });
  else {
    const [stepA, stepB] = [batchA === 1 ? 0 : m * k, batchB === 1 ? 0 : k * n];
    multiplyMany(native, batch, size, { at: left, step: stepA, ...A }, { at: right, step: stepB, ...B }, c);
  }
  return out;
};
