import * as tf from "@tensorflow/tfjs-core";
import { linear, vocabLoss } from "@xlm/kernels";
import { adaptiveLosses, adaptiveScores } from "./adaptive.js";
import { matrix, vector, type Transformer } from "./model.js";

/** Matrix and bias of an output layer that is one linear map (`PredLayer`). */
const outputLayer = (model: Transformer): [weight: tf.Tensor2D, bias: tf.Tensor1D] => [
  matrix(model, model.config.output === "tied" ? "embeddings.weight" : "pred_layer.proj.weight"),
  vector(model, "pred_layer.proj.bias"),
];

/**
 * Cross entropy of each prediction.
 * @param states `[n, embDim]`. @param targets `[n]` ids. @returns `[n]` nats.
 */
export const outputLosses = (model: Transformer, states: tf.Tensor2D, targets: Int32Array): tf.Tensor1D =>
  model.config.output === "adaptive"
    ? adaptiveLosses(model, states, targets)
    : vocabLoss(states, ...outputLayer(model), tf.tensor1d(targets, "int32"));

/**
 * Scores of every word: logits, of an adaptive softmax log-probabilities (the original's `get_scores`).
 * @param states `[n, embDim]`. @returns `[n, vocabSize]`.
 */
export const outputScores = (model: Transformer, states: tf.Tensor2D): tf.Tensor2D =>
  model.config.output === "adaptive"
    ? adaptiveScores(model, states)
    : (linear(states, ...outputLayer(model)) as tf.Tensor2D);
