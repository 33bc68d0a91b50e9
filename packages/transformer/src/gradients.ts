import * as tf from "@tensorflow/tfjs-core";
import type { Trainable } from "./model.js";

/** A loss and what it says about each parameter it depends on, by the parameter's name. */
export interface LossGradients {
  readonly loss: tf.Scalar;
  readonly grads: Record<string, tf.Tensor>;
}

/**
 * Runs `loss` and differentiates it with respect to the trainable parameters of the model.
 * @returns tensors for the caller to dispose; a parameter the loss does not depend on has no entry.
 * @example
 * const { loss, grads } = lossGradients(model, () =>
 *   batchLoss(model, batch, { dropoutRng }));
 */
export function lossGradients(model: Trainable, loss: () => tf.Scalar): LossGradients {
  const trained = Object.entries(model.params).filter(([, variable]) => variable.trainable);
  const { value, grads } = tf.variableGrads(
    loss,
    trained.map(([, variable]) => variable),
  );
  const byName: Record<string, tf.Tensor> = {};
  for (const [name, variable] of trained) {
    const grad = grads[variable.name];
    if (grad) byName[name] = grad;
  }
  return { loss: value, grads: byName };
}
