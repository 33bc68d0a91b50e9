import * as tf from "@tensorflow/tfjs-core";
import { checkInt } from "@xlm/core";
import { checkDtype, checkRank } from "./checks.js";
import { runKernel } from "./kernel.js";

export interface TopLogProbs {
  /** `[n, k]` float32, greatest first. */
  values: tf.Tensor2D;
  /** `[n, k]` int32: the column of each. */
  indices: tf.Tensor2D;
}

function composite(scores: tf.Tensor2D, k: number): tf.Tensor[] {
  const n = scores.shape[0];
  if (n === 0) return [tf.zeros([n, k]), tf.zeros([n, k], "int32")];
  // As in vocabLoss: the greatest probability is 1 / sum(exp(score - max)), so its log is the greatest log-probability.
  const peak = tf.log(tf.max(tf.softmax(scores), -1, true));
  // A row of equal scores has its places in order.
  const { values, indices } = tf.topk(tf.where(tf.isNaN(peak), 0, scores), k);
  return [tf.add(tf.sub(values, tf.slice(values, [0, 0], [n, 1])), peak), indices];
}

/**
 * The `k` greatest log-softmax values of each row (kernel `XlmTopLogProbs`): the candidates of one step of beam search.
 * Of equal scores the lower index comes first. A row without a log-softmax (NaN or Infinity in it, or nothing above
 * -Infinity) gives NaN at indices 0 to `k - 1`. Not differentiable.
 * @param scores `[n, vocab]`.
 * @param k from 1 to `vocab`.
 * @throws ShapeError (`XLM_SHAPE`), OptionError (`XLM_OPTION`).
 */
export function topLogProbs(scores: tf.Tensor, k: number): TopLogProbs {
  checkDtype("float32", { scores });
  checkRank("scores", scores, 2, "[n, vocab]");
  checkInt("k", k, 1, scores.shape[1]);
  const [values, indices] = runKernel("XlmTopLogProbs", { scores }, { k }, (given, same) =>
    composite(given["scores"] as tf.Tensor2D, same.k),
  ) as [tf.Tensor2D, tf.Tensor2D];
  return { values, indices };
}
