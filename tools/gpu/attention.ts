// Attention with the heads of the paper's models, which the laws of @xlm/kernels do not reach, against tfjs's cpu backend.
import * as tf from "@tensorflow/tfjs-core";
import { BACKEND_NAME } from "@xlm/backend-cuda";
import { createRng, fillUniform } from "@xlm/core";
import { attention } from "@xlm/kernels";

const [ROWS, SEQ, N_HEADS] = [2, 70, 2]; // more than one block of queries, the last one cut short

/** The result and its slopes in q, k and v. */
async function compute(backend: string, headDim: number, causal: boolean): Promise<Float32Array[]> {
  await tf.setBackend(backend);
  const rng = createRng(7);
  const random = (): tf.Tensor => {
    const values = new Float32Array(ROWS * SEQ * N_HEADS * headDim);
    fillUniform(rng, values, -1, 1);
    return tf.tensor3d(values, [ROWS, SEQ, N_HEADS * headDim]);
  };
  const [q, k, v, along] = [random(), random(), random(), random()];
  const lengths = tf.tensor1d([SEQ, 33], "int32");
  const run = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) => attention(a, b, c, { nHeads: N_HEADS, lengths, causal });
  const results = [run(q, k, v), ...tf.grads(run)([q, k, v], along)];
  const values = await Promise.all(results.map((result) => result.data<"float32">()));
  tf.dispose([q, k, v, along, lengths, ...results]);
  return values;
}

const norm = (values: Float32Array): number => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));

/**
 * Compares lengths of vectors: each stage of the computation rounds operands to `bits` of mantissa, half a unit at most, and there
 * are four from q, k and v to the last slope. Float32 (23 bits) also rounds sums, of up to 128 numbers.
 * @throws Error naming what is further off.
 */
export async function checkAttention(headDim: number, causal: boolean, bits: number): Promise<void> {
  const most = 4 * 2 ** -(bits + 1) * (bits === 23 ? Math.sqrt(128) : 1);
  const wanted = await compute("cpu", headDim, causal);
  const found = await compute(BACKEND_NAME, headDim, causal);
  ["the result", "the slope of q", "the slope of k", "the slope of v"].forEach((what, i) => {
    const [ours, exact] = [found[i] as Float32Array, wanted[i] as Float32Array];
    const off = norm(ours.map((x, j) => x - (exact[j] as number))) / norm(exact);
    if (!(off <= most)) throw new Error(`${what} is off by ${off} of its length, ${most} is allowed`);
  });
}
