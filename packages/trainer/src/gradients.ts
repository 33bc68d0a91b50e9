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
  let grads: Record<string, tf.Tensor> = {};
  let loss = 0;
  try {
    for (const part of counted) {
      const share = targetCount(part.batch) / nTargets;
      const one = lossGradients(model, () => objectiveLoss(model, part, dropoutRng));
      const before = grads;
      grads = counted.length === 1 ? one.grads : weightedSum(before, one.grads, share);
      loss += share * ((await one.loss.data())[0] as number);
      one.loss.dispose();
    }
    const norm = tf.tidy(() => globalNorm(Object.values(grads)));
    const gradNorm = (await norm.data())[0] as number;
    norm.dispose();
    return { loss, gradNorm, nTargets, grads, dispose: () => tf.dispose(grads) };
  } catch (error) {
    tf.dispose(grads);
    throw error;
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
