import * as tf from "@tensorflow/tfjs-core";
import { checkDtype, checkRank, checkShape } from "./checks.js";
import { runDifferentiable, type KernelPair } from "./kernel.js";
import { columnSums, product, transpose, transposedProduct } from "./products.js";

interface LossInputs {
  hidden: tf.Tensor;
  weight: tf.Tensor;
  bias: tf.Tensor;
  targets: tf.Tensor;
}

/** `[n, 2]`: the place of each target in `[n, vocab]`. */
function places(targets: tf.Tensor): tf.Tensor {
  const n = targets.size;
  const rows = tf.tensor(
    Int32Array.from({ length: n }, (_, i) => i),
    [n],
    "int32",
  );
  return tf.stack([rows, targets], 1);
}

const kernel: KernelPair<LossInputs, object> = {
  name: "XlmVocabLoss",
  saves: ["hidden", "weight", "bias", "targets"],
  forward({ hidden, weight, bias, targets }) {
    if (targets.size === 0) return [tf.zeros([0])];
    const logits = product(hidden, transpose(weight), bias);
    // Stock wasm has a fast softmax and a slow exp. The greatest probability is 1 / sum(exp(logit - max)), at least
    // 1 / vocab, so its log gives log-sum-exp without loss where a target's own would underflow.
    const probs = tf.softmax(logits as tf.Tensor2D);
    const logSumExp = tf.sub(tf.max(logits, -1), tf.log(tf.max(probs, -1)));
    return [tf.sub(logSumExp, tf.gatherND(logits, places(targets))), probs];
  },
  backward(dy, { hidden, weight, targets }, [probs]) {
    const [n, dim] = hidden.shape as [number, number];
    const vocab = weight.shape[0];
    if (n === 0) return [tf.zeros([0, dim]), tf.zeros([vocab, dim]), tf.zeros([vocab])];
    const hot = tf.scatterND(places(targets), tf.ones([n]), [n, vocab]);
    const toLogits = tf.mul(tf.sub(probs as tf.Tensor, hot), tf.reshape(dy, [n, 1]));
    return [product(toLogits, weight), transposedProduct(toLogits, hidden), columnSums(toLogits)];
  },
};

/**
 * The cross-entropy of predicting a word at each place: `logsumexp(scores) - scores[target]` with
 * `scores = hidden @ weight^T + bias` (kernel `XlmVocabLoss`; §3 of the paper, `PredLayer` of XLM's transformer.py).
 * @param hidden `[n, dim]`.
 * @param weight `[vocab, dim]`: the token embeddings when input and output are tied.
 * @param bias `[vocab]`.
 * @param targets `[n]` int32, each below `vocab` (not looked at).
 * @returns `[n]` losses in nats; `meanLoss` makes one number of them.
 * @throws ShapeError (`XLM_SHAPE`), OptionError (`XLM_OPTION`).
 */
export function vocabLoss(hidden: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor, targets: tf.Tensor): tf.Tensor1D {
  checkDtype("float32", { hidden, weight, bias });
  checkDtype("int32", { targets });
  checkRank("hidden", hidden, 2, "[n, dim]");
  checkRank("weight", weight, 2, "[vocab, dim]");
  const [vocab] = weight.shape as [number];
  checkShape("weight", weight, [vocab, hidden.shape[1] as number], `hidden has rows of ${hidden.shape[1]}`);
  checkShape("bias", bias, [vocab], `weight has ${vocab} rows`);
  checkShape("targets", targets, [hidden.shape[0]], `hidden has ${hidden.shape[0]} rows`);
  return runDifferentiable(kernel, { hidden, weight, bias }, { targets }, {}) as tf.Tensor1D;
}
