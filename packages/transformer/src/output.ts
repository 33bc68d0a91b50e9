import * as tf from "@tensorflow/tfjs-core";
import { UnsupportedError } from "@xlm/core";
import { linear, vocabLoss } from "@xlm/kernels";
import { matrix, vector, type Transformer } from "./model.js";

/** Matrix and bias of an output layer that is one linear map (`PredLayer`). */
function outputLayer(model: Transformer): [weight: tf.Tensor2D, bias: tf.Tensor1D] {
  const { output } = model.config;
  if (output === "adaptive") throw new UnsupportedError({ what: "adaptive", why: "not yet", fix: "wait" });
  const weight = output === "tied" ? "embeddings.weight" : "pred_layer.proj.weight";
  return [matrix(model, weight), vector(model, "pred_layer.proj.bias")];
}

/**
 * Cross entropy of each prediction.
 * @param states `[n, embDim]`. @param targets `[n]` ids. @returns `[n]` nats.
 */
export const outputLosses = (model: Transformer, states: tf.Tensor2D, targets: Int32Array): tf.Tensor1D =>
  vocabLoss(states, ...outputLayer(model), tf.tensor1d(targets, "int32"));

/**
 * Scores of every word: logits.
 * @param states `[n, embDim]`. @returns `[n, vocabSize]`.
 */
export const outputScores = (model: Transformer, states: tf.Tensor2D): tf.Tensor2D =>
  linear(states, ...outputLayer(model)) as tf.Tensor2D;
