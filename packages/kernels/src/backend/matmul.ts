import type { TensorInfo } from "@tensorflow/tfjs-core";
import { sizeOf } from "@xlm/core";
import { areFloats, type Tensors } from "./registry.js";

export interface Transposes {
  transposeA: boolean;
  transposeB: boolean;
}

/** A product of `[batchA, m, k]` and `[batchB, k, n]`, of which one batch may be 1. */
export interface MatmulSizes {
  m: number;
  n: number;
  k: number;
  batchA: number;
  batchB: number;
  /** Of the result. */
  shape: number[];
}

/**
 * The sizes of tfjs's `BatchMatMul`: `[..., m, k] x [..., k, n]`, either transposed, batches equal or one of them 1.
 * @returns null for anything else, for the cpu kernel to do or to refuse.
 */
export function matmulSizes(inputs: Tensors, { transposeA, transposeB }: Transposes): MatmulSizes | null {
  const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
  if (!areFloats(a, b) || a.shape.length < 2 || b.shape.length < 2) return null;
  const [p, q] = a.shape.slice(-2) as [number, number];
  const [r, s] = b.shape.slice(-2) as [number, number];
  const [m, k] = transposeA ? [q, p] : [p, q];
  const n = transposeB ? r : s;
  if (k !== (transposeB ? s : r)) return null;
  const [leadA, leadB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const [batchA, batchB] = [sizeOf(leadA), sizeOf(leadB)];
  const alike = leadA.length === leadB.length && leadA.every((d, i) => d === leadB[i]);
  if ((!alike && batchA !== 1 && batchB !== 1) || batchA === 0 || batchB === 0) return null;
  return { m, n, k, batchA, batchB, shape: [...(batchA >= batchB ? leadA : leadB), m, n] };
}
