import * as tf from "@tensorflow/tfjs-core";
import { gatherRows, linear, vocabLoss } from "@xlm/kernels";
import { matrix, vector, type Transformer } from "./model.js";
import { adaptiveSizes } from "./parameters.js";

const head = (model: Transformer): [weight: tf.Tensor2D, bias: tf.Tensor1D] => [
  matrix(model, "pred_layer.proj.head.weight"),
  vector(model, "pred_layer.proj.head.bias"),
];

/** The narrower states that tail `i` scores its words from: `[n, width]`. */
const narrow = (model: Transformer, i: number, states: tf.Tensor2D): tf.Tensor2D =>
  linear(states, matrix(model, `pred_layer.proj.tail.${i}.0.weight`), null) as tf.Tensor2D;

const tailMatrix = (model: Transformer, i: number): tf.Tensor2D => matrix(model, `pred_layer.proj.tail.${i}.1.weight`);

/**
 * Cross entropy under adaptive softmax (Grave et al. 2017; torch's `AdaptiveLogSoftmaxWithLoss`, which the original uses for `--asm`).
 * The head predicts a word of the shortlist or a cluster of rarer words; a rare word costs its cluster in the head and itself in the tail.
 * A tail is computed for its own targets alone. Where it has none, its parameters get no gradient, as in torch.
 * @param states `[n, embDim]`. @param targets `[n]` ids. @returns `[n]` nats.
 */
export function adaptiveLosses(model: Transformer, states: tf.Tensor2D, targets: Int32Array): tf.Tensor1D {
  const { shortlist, tails } = adaptiveSizes(model.config);
  const tailOf = (target: number): number => tails.findLastIndex(({ first }) => target >= first); // -1: the shortlist
  const entries = targets.map((target) => (target < shortlist ? target : shortlist + tailOf(target)));
  const losses = vocabLoss(states, ...head(model), tf.tensor1d(entries, "int32"));
  return tails.reduce((sum, { first, size }, i) => {
    const rows = Int32Array.from(targets.keys()).filter((at) => entries[at] === shortlist + i);
    if (rows.length === 0) return sum;
    const words = rows.map((at) => (targets[at] as number) - first);
    const hidden = narrow(model, i, gatherRows(states, tf.tensor1d(rows, "int32")));
    const own = vocabLoss(hidden, tailMatrix(model, i), tf.zeros([size]), tf.tensor1d(words, "int32"));
    return tf.add(sum, spread(own, rows, targets.length));
  }, losses);
}

/** Puts `values` `[m]` at their `rows` of an array `[n]` that is 0 elsewhere: a gather and a mask, which have gradients everywhere. */
function spread(values: tf.Tensor1D, rows: Int32Array, n: number): tf.Tensor1D {
  const from = new Int32Array(n);
  const mask = new Float32Array(n);
  rows.forEach((row, i) => {
    from[row] = i;
    mask[row] = 1;
  });
  const column = gatherRows(tf.reshape(values, [rows.length, 1]), tf.tensor1d(from, "int32"));
  return tf.mul(tf.reshape(column, [n]), tf.tensor1d(mask));
}

/**
 * Log-probabilities of every word (torch's `log_prob`): those of the shortlist from the head, the others cluster and word together.
 * `Differs:` not differentiable; the losses are.
 * @param states `[n, embDim]`. @returns `[n, vocabSize]`.
 */
export function adaptiveScores(model: Transformer, states: tf.Tensor2D): tf.Tensor2D {
  const { shortlist, tails } = adaptiveSizes(model.config);
  const [n] = states.shape;
  const entries = tf.logSoftmax(linear(states, ...head(model)) as tf.Tensor2D); // [n, shortlist + tails]
  const rare = tails.map((_, i) => {
    const words = tf.logSoftmax(linear(narrow(model, i, states), tailMatrix(model, i), null) as tf.Tensor2D);
    return tf.add<tf.Tensor2D>(words, tf.slice(entries, [0, shortlist + i], [n, 1]));
  });
  return tf.concat([tf.slice(entries, [0, 0], [n, shortlist]), ...rare], 1);
}
