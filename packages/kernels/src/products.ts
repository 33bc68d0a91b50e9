import * as tf from "@tensorflow/tfjs-core";
import { sizeOf } from "@xlm/core";

const BLOCK = 32;
const SMALL = 4096;
const LONGEST = 256;
const SHORTEST = 32;

/**
 * The transpose of a matrix. In two stages where rows come in blocks: stock wasm moves one element at a time down a column
 * of the result, which for a power of two rows lands in the same few cache lines (2048 x 256: 4.4 ms, in stages 0.3 ms).
 */
export function transpose(x: tf.Tensor): tf.Tensor {
  const [rows, cols] = x.shape as [number, number];
  if (rows % BLOCK !== 0 || rows * cols < SMALL) return tf.transpose(x);
  const blocks = tf.transpose(tf.reshape(x, [rows / BLOCK, BLOCK, cols]), [0, 2, 1]);
  return tf.reshape(tf.transpose(blocks, [1, 0, 2]), [cols, rows]);
}

/** `a @ b`, plus a bias to each row, for matrices of any size: stock wasm leaves a product of nothing unwritten. */
export function product(a: tf.Tensor, b: tf.Tensor, bias?: tf.Tensor): tf.Tensor {
  if (a.size > 0 && b.size > 0) return tf.fused.matMul({ a: a, b: b, bias });
  const zeros = tf.zeros([a.shape[0], b.shape[1] as number]);
  return bias ? tf.add(zeros, bias) : zeros;
}

/**
 * `transpose(a) @ b` with both operands plain, as every backend likes them best: stock wasm runs 10 to 20 times slower on a
 * transposed operand than the product and the transposition take together. The narrower operand is the one transposed.
 */
export function transposedProduct(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return (a.shape[1] as number) <= (b.shape[1] as number)
    ? product(transpose(a), b)
    : transpose(product(transpose(b), a));
}

/** Sums of the columns of a matrix, as a product: on stock wasm 50 times faster than `tf.sum(x, 0)`. */
export function columnSums(x: tf.Tensor): tf.Tensor {
  const [rows, cols] = x.shape as [number, number];
  return tf.reshape(product(tf.ones([1, rows]), x), [cols]);
}

/** The sum of all elements in short pieces: one long running sum in float32, as stock wasm has it, loses digits. */
export function sumAll(x: tf.Tensor): tf.Tensor {
  if (x.size === 0) return tf.scalar(0);
  if (x.size <= LONGEST) return tf.sum(x);
  let piece = LONGEST;
  while (piece > SHORTEST && x.size % piece !== 0) piece--;
  const rest = x.size % piece;
  const flat = tf.reshape(x, [x.size]);
  const whole = rest === 0 ? flat : tf.pad(flat, [[0, piece - rest]]);
  return sumAll(tf.sum(tf.reshape(whole, [-1, piece]), -1));
}

/** A tensor as a matrix of its last dimension's rows. */
export function asRows(x: tf.Tensor): tf.Tensor2D {
  return tf.reshape(x, [sizeOf(x.shape.slice(0, -1)), x.shape.at(-1) as number]);
}

/**
 * `a[i] @ b[i]` for every `i`. One at a time on stock wasm: there a product of one pair runs through XNNPACK and a batch
 * through a plain loop, which is five times slower than taking the batch apart (with `gatherND`; `slice` and `unstack` copy
 * the whole tensor for every piece) and putting it together again.
 */
export function batchProduct(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const n = a.shape[0];
  if (tf.getBackend() !== "wasm" || n === 1) return tf.matMul(a, b);
  return tf.tidy(() => {
    const products: tf.Tensor[] = [];
    for (let i = 0; i < n; i++) {
      const place = tf.tensor2d([i], [1, 1], "int32");
      products.push(tf.matMul(tf.gatherND(a, place), tf.gatherND(b, place)));
    }
    return tf.concat(products, 0);
  });
}
