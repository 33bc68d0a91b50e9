import * as tf from "@tensorflow/tfjs-core";
import { createRng, fillNormal, sizeOf } from "@xlm/core";

/** What `build` computes on a backend, one array a tensor; inputs and results are disposed. */
export async function valuesOn(backend: string, build: () => tf.Tensor[]): Promise<Float32Array[]> {
  await tf.setBackend(backend);
  const tensors = tf.tidy(build);
  const values = tensors.map((x) => x.dataSync() as Float32Array);
  tf.dispose(tensors);
  return values;
}

/** The same as bits, for comparing exactly. */
export const bitsOf = (arrays: readonly Float32Array[]): number[][] =>
  arrays.map((values) => Array.from(new Uint32Array(values.slice().buffer)));

/** A tensor of normal numbers, the same for the same seed. */
export function normals(shape: number[], seed: number): tf.Tensor {
  const data = new Float32Array(sizeOf(shape));
  fillNormal(createRng(seed), data);
  return tf.tensor(data, shape);
}

/** Whole numbers below `bound` in no order, many of them repeated. */
export const indices = (n: number, bound: number): Int32Array =>
  Int32Array.from({ length: n }, (_, i) => (i * i * 7 + 3 * i) % bound);

/** Stretches of the linear memory in use on the backend in use. */
export const blocksInUse = (): number => (tf.memory() as tf.MemoryInfo & { linearBlocks: number }).linearBlocks;
