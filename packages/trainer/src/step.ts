import type { Rng } from "@xlm/core";
import type { Transformer } from "@xlm/transformer";
import { clipFactor } from "./clip.js";
import { createLossWatch, type LossWatch } from "./divergence.js";
import { stepGradients, type ObjectiveBatch } from "./gradients.js";
import type { TensorOptimizer } from "./tensor-optimizer.js";

export interface TrainStepOptions {
  /** Gradients together are scaled down to this length; 0 for never (`--clip_grad_norm`). @default 5 */
  clip?: number;
  /** Gives dropout; without it, none. Advanced by the step. */
  dropoutRng?: Rng;
  /** Looks at the step before the weights change. @default one that stops at numbers that are not finite */
  watch?: LossWatch;
}

/** What one step did. */
export interface StepResult {
  /** Nats per target, before the update. NaN when there was no target. */
  readonly loss: number;
  readonly lr: number;
  /** Before clipping. NaN when there was no target. */
  readonly gradNorm: number;
  readonly nTargets: number;
  /** False for a step without a single target: nothing was moved, and the learning rate stays where it was. */
  readonly updated: boolean;
}

/**
 * One training step: the model reads the batches, gradients are computed and clipped, the optimiser moves the weights
 * (the original's `mlm_step`, `clm_step`, `pc_step` and `optimize`).
 * @param parts micro-batches, taken together as one batch; nearly always a single one.
 * @throws DivergenceError (`XLM_DIVERGED`), with the weights still as they were before the step.
 */
export async function trainStep(
  model: Transformer,
  optimizer: TensorOptimizer,
  parts: readonly ObjectiveBatch[],
  options: TrainStepOptions = {},
): Promise<StepResult> {
  const { clip = 5, dropoutRng, watch = createLossWatch({ window: 0 }) } = options;
  const { lr, nUpdates } = optimizer;
  const gradients = await stepGradients(model, parts, dropoutRng);
  if (!gradients) return { loss: NaN, lr, gradNorm: NaN, nTargets: 0, updated: false };
  try {
    const { loss, gradNorm, nTargets, grads } = gradients;
    const objective = [...new Set(parts.map((part) => part.objective))].join("+");
    watch.check({ objective, loss, gradNorm, lr, nUpdates });
    await optimizer.update(grads, clipFactor(gradNorm, clip));
    return { loss, lr, gradNorm, nTargets, updated: true };
  } finally {
    gradients.dispose();
  }
}
