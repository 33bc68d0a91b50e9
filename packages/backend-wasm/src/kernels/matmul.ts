import type { TensorInfo } from "@tensorflow/tfjs-core";
import { multiply, multiplyMany } from "../product.js";
import { areFloats, type NativeKernel } from "./registry.js";

interface Transposes {
  transposeA: boolean;
  transposeB: boolean;
}

/** `BatchMatMul`: `[..., m, k] x [..., k, n]`, either transposed, batches equal or one of them 1. */
export const batchMatMul: NativeKernel<Transposes> = (native, inputs, { transposeA, transposeB }) => {
  const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
  if (!areFloats(a, b) || a.shape.length < 2 || b.shape.length < 2) return null;
  const [p, q] = a.shape.slice(-2) as [number, number];
  const [r, s] = b.shape.slice(-2) as [number, number];
  const [m, k] = transposeA ? [q, p] : [p, q];
  const n = transposeB ? r : s;
  if (k !== (transposeB ? s : r)) return null; // the cpu kernel words the error
  const outer = (x: TensorInfo): number => x.shape.slice(0, -2).reduce((all, d) => all * d, 1);
  const [batchA, batchB] = [outer(a), outer(b)];
  const batch = Math.max(batchA, batchB);
  const leading = a.shape.slice(0, -2);
  if (batchA !== batchB || leading.some((d, i) => d !== b.shape[i])) {
    if (batchA !== 1 && batchB !== 1) return null;
  }
  const shape = [...(batchA >= batchB ? a.shape : b.shape).slice(0, -2), m, n];
  if (batchA === 0 || batchB === 0) return null;
  const out = native.make(shape);
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
