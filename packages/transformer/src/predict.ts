import * as tf from "@tensorflow/tfjs-core";
import { gatherRows, meanLoss } from "@xlm/kernels";
import type { PredictionBatch } from "@xlm/core";
import { checkTargets } from "./check.js";
import { encodeAt, type EncodeOptions } from "./encode.js";
import type { Transformer } from "./model.js";
import { outputLosses, outputScores } from "./output.js";

/** The states at the given places, `[n, embDim]`. */
const statesAt = (hidden: tf.Tensor3D, indices: Int32Array): tf.Tensor2D =>
  gatherRows(hidden, tf.tensor1d(indices, "int32"));

/**
 * Cross entropy of each prediction over the whole vocabulary, in nats (`PredLayer`): with the output layer of the configuration.
 * @param hidden `[batch, seq, embDim]`, what `encode` returned.
 * @param targetIndices `[n]` flat indices into `[batch, seq]`. @param targets `[n]` ids.
 * @returns `[n]`, the caller's to dispose. Differentiable with respect to `hidden` and `model.params`.
 * @throws ShapeError (`XLM_SHAPE`), OptionError (`XLM_OPTION`) before any work.
 */
export function predictionLosses(
  model: Transformer,
  hidden: tf.Tensor3D,
  targetIndices: Int32Array,
  targets: Int32Array,
): tf.Tensor1D {
  checkTargets(model.config, hidden.shape[0] * hidden.shape[1], targetIndices, targets);
  return tf.tidy(() => outputLosses(model, statesAt(hidden, targetIndices), targets));
}

/** The mean of `predictionLosses`: what a training step minimises. A scalar, in nats per predicted token. */
export function predictionLoss(
  model: Transformer,
  hidden: tf.Tensor3D,
  targetIndices: Int32Array,
  targets: Int32Array,
): tf.Scalar {
  return tf.tidy(() => meanLoss(predictionLosses(model, hidden, targetIndices, targets)));
}

/**
 * The same from the batch: `predictionLoss(model, encode(model, batch), ...)`, the last layer computed only where something is
 * predicted (`encodeAt`). What a training step calls.
 * @throws ShapeError (`XLM_SHAPE`), OptionError (`XLM_OPTION`) before any work.
 */
export function batchLoss(
  model: Transformer,
  batch: PredictionBatch,
  options: Omit<EncodeOptions, "onState"> = {},
): tf.Scalar {
  const { targetIndices, targets } = batch;
  checkTargets(model.config, batch.ids.length, targetIndices, targets);
  return tf.tidy(() => {
    const states = encodeAt(model, batch, targetIndices, options);
    return meanLoss(outputLosses(model, states, targets));
  });
}

/**
 * Scores of every word at the given places: logits, of an adaptive softmax log-probabilities.
 * @param hidden `[batch, seq, embDim]`. @param targetIndices `[n]` flat indices into `[batch, seq]`.
 * @returns `[n, vocabSize]`, the caller's to dispose.
 * @throws ShapeError (`XLM_SHAPE`), OptionError (`XLM_OPTION`) before any work.
 */
export function predictionScores(model: Transformer, hidden: tf.Tensor3D, targetIndices: Int32Array): tf.Tensor2D {
  checkTargets(model.config, hidden.shape[0] * hidden.shape[1], targetIndices);
  return tf.tidy(() => outputScores(model, statesAt(hidden, targetIndices)));
}
