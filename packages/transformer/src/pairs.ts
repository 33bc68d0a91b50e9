import * as tf from "@tensorflow/tfjs-core";
import { OptionError, ShapeError } from "@xlm/core";
import { gatherRows, linear, meanLoss } from "@xlm/kernels";
import { matrix, type Transformer } from "./model.js";

/** The original borrows two special tokens that stand in no text, `<special4>` and `<special5>`, as the classifier. */
const WEIGHT_ID = 8;
const BIAS_ID = 9;

/**
 * Parallel classification (`pc_step`): is the second sentence of each row the translation of the first?
 * The score is the state of the first token times embedding 8, plus the first number of embedding 9.
 * @param hidden `[batch, seq, embDim]`, from joined pairs.
 * @returns `[batch]` logits, above 0 for yes; the caller's to dispose. Differentiable.
 * @throws ShapeError (`XLM_SHAPE`) for a vocabulary without these ids.
 */
export function pairScores(model: Transformer, hidden: tf.Tensor3D): tf.Tensor1D {
  const { vocabSize, embDim } = model.config;
  if (vocabSize <= BIAS_ID) {
    throw new ShapeError({
      what: `the vocabulary has ${vocabSize} ids`,
      why: `embeddings ${WEIGHT_ID} and ${BIAS_ID} are the classifier`,
      fix: "use a vocabulary with XLM's special tokens",
    });
  }
  return tf.tidy(() => {
    const [batch, seq] = hidden.shape;
    const table = matrix(model, "embeddings.weight");
    const firsts = Int32Array.from({ length: batch }, (_, row) => row * seq);
    const states = gatherRows(hidden, tf.tensor1d(firsts, "int32")); // [batch, embDim]
    const weight = gatherRows(table, tf.tensor1d([WEIGHT_ID], "int32")); // [1, embDim]
    const first = Float32Array.from({ length: embDim }, (_, i) => (i === 0 ? 1 : 0));
    const bias = tf.sum(tf.mul(gatherRows(table, tf.tensor1d([BIAS_ID], "int32")), tf.tensor1d(first)));
    return tf.add(tf.reshape(linear(states, weight, null), [batch]), bias);
  });
}

/**
 * Mean binary cross entropy of `pairScores`, in nats.
 * @param labels `[batch]`: 1 for a translation, 0 for none.
 * @throws ShapeError (`XLM_SHAPE`), OptionError (`XLM_OPTION`) before any work.
 */
export function pairLoss(model: Transformer, hidden: tf.Tensor3D, labels: Int32Array): tf.Scalar {
  if (labels.length !== hidden.shape[0]) {
    throw new ShapeError({
      what: `there are ${labels.length} labels and ${hidden.shape[0]} pairs`,
      why: "every pair has one label",
      fix: "pass the labels that belong to this batch",
    });
  }
  const odd = labels.find((label) => label !== 0 && label !== 1);
  if (odd !== undefined) {
    throw new OptionError({ what: `a label is ${odd}`, why: "pairs match or do not", fix: "use 0 and 1" });
  }
  return tf.tidy(() => {
    const scores = pairScores(model, hidden);
    const answers = tf.tensor1d(Float32Array.from(labels), "float32");
    // -log sigmoid(s) for 1 and -log(1 - sigmoid(s)) for 0, written so that nothing overflows.
    return meanLoss(tf.sub(tf.softplus(scores), tf.mul(scores, answers)));
  });
}
