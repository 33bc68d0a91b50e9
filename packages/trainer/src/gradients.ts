import * as tf from "@tensorflow/tfjs-core";
import { OptionError, type Rng } from "@xlm/core";
import { globalNorm } from "@xlm/kernels";
import { lossGradients, type Trainable } from "@xlm/transformer";
import { targetCount, type ObjectiveBatch } from "./objective.js";

/** The mean loss of one or several micro-batches, its gradients, and what they were computed from. */
export interface StepGradients {
  /** Nats per target, or the objective's own unit. */
  readonly loss: number;
  /** Length of all gradients together, before clipping. */
  readonly gradNorm: number;
  /** Predictions the mean is over. */
  readonly nTargets: number;
  /** By parameter; only of parameters that the loss depends on. */
  readonly grads: Readonly<Record<string, tf.Tensor>>;
  dispose(): void;
}

/** Runs the model on a batch: the mean loss per target, as a scalar to differentiate. */
export function objectiveLoss(model: Trainable, { objective, batch }: ObjectiveBatch, dropoutRng?: Rng): tf.Scalar {
  const part = objective.modelOf(model);
  return tf.tidy(() => objective.loss(part, batch, dropoutRng ? { dropoutRng } : {}));
}

/**
 * Loss and gradients of micro-batches as if they were one batch: the mean over all their targets together.
 * Batches without a target are passed over.
 * `Differs:` the original adds up the gradients of means without weights, so that there `k` micro-batches are up to `k` times
 * one big batch, and differ from it where their numbers of targets do.
 * @param dropoutRng gives dropout; without it, none.
 * @returns `undefined` when no batch has a target. Otherwise the caller disposes it.
 */
export async function stepGradients(
  model: Trainable,
  parts: readonly ObjectiveBatch[],
  dropoutRng?: Rng,
): Promise<StepGradients | undefined> {
  if (parts.length === 0) {
    throw new OptionError({
      what: "a step was given no batches",
      why: "there is nothing to learn from",
      fix: "pass at least one",
    });
  }
  const counted = parts.filter((part) => targetCount(part.batch) > 0);
  const nTargets = counted.reduce((sum, part) => sum + targetCount(part.batch), 0);
  if (nTargets === 0) return undefined;
  const shares = counted.map((part) => targetCount(part.batch) / nTargets);
  const losses: tf.Scalar[] = [];
  let grads: Record<string, tf.Tensor> = {};
  try {
    counted.forEach((part, i) => {
      const one = lossGradients(model, () => objectiveLoss(model, part, dropoutRng));
      losses.push(one.loss);
      grads = counted.length === 1 ? one.grads : weightedSum(grads, one.grads, shares[i] as number);
    });
    // All numbers in one tensor: a backend that computes beside this thread is waited for once.
    const numbers = tf.tidy(() => tf.stack([globalNorm(Object.values(grads)), ...losses]));
    const [gradNorm, ...means] = (await numbers.data()) as Float32Array & [number];
    numbers.dispose();
    const loss = means.reduce((sum, mean, i) => sum + (shares[i] as number) * mean, 0);
    return { loss, gradNorm, nTargets, grads, dispose: () => tf.dispose(grads) };
  } catch (error) {
    tf.dispose(grads);
    throw error;
  } finally {
    tf.dispose(losses);
  }
}

/** `sum + share * next`, name by name; both are disposed. */
function weightedSum(
  sum: Record<string, tf.Tensor>,
  next: Record<string, tf.Tensor>,
  share: number,
): Record<string, tf.Tensor> {
  const total = { ...sum };
  for (const [name, grad] of Object.entries(next)) {
    total[name] = tf.tidy(() => {
      const weighted = tf.mul(grad, share);
      return sum[name] ? tf.add(sum[name], weighted) : weighted;
    });
    tf.dispose([grad, ...(sum[name] ? [sum[name]] : [])]);
  }
  return total;
}
