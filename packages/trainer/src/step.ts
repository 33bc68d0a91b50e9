import { checkInt, type Rng } from "@xlm/core";
import type { Trainable } from "@xlm/transformer";
import { clipFactor } from "./clip.js";
import { createLossWatch, type LossWatch } from "./divergence.js";
import { stepGradients } from "./gradients.js";
import { splitRows } from "./micro-batches.js";
import { tokenCount, type Batch, type Objective, type ObjectiveBatch } from "./objective.js";
import type { TensorOptimizer } from "./tensor-optimizer.js";

export interface TrainStepOptions {
  /** Gradients together are scaled down to this length; 0 for never (`--clip_grad_norm`). @default 5 */
  clip?: number;
  /** Gives dropout; without it, none. Advanced by the step. */
  dropoutRng?: Rng;
  /** Cuts each batch by rows into so many, so that less memory is needed at a time; the update is that of the whole. @default 1 */
  accumulate?: number;
  /** Factor of the loss that is learnt from (`--lambda_mlm` and its sisters); losses are reported without it. @default 1 */
  lambda?: number;
  /** Looks at the step before the weights change. @default one that stops at numbers that are not finite */
  watch?: LossWatch;
}

/** What one step did. */
export interface StepResult {
  /** Nats per target, before the update. NaN when there was no target. */
  readonly loss: number;
  readonly lr: number;
  /** Of the loss times `lambda`, before clipping. NaN when there was no target. */
  readonly gradNorm: number;
  readonly nTargets: number;
  /** Tokens the model read, sentence marks included, padding not. */
  readonly nTokens: number;
  /** False for a step without a single target: nothing was moved, and the learning rate stays where it was. */
  readonly updated: boolean;
}

/**
 * One training step: batches are prepared where the objective asks for it, the model reads them, gradients are computed and clipped, the
 * optimiser moves the weights (the original's `mlm_step`, `mt_step`, `bt_step`... and `optimize`).
 * @param parts batches taken together as one; nearly always a single one.
 * @throws DivergenceError (`XLM_DIVERGED`), with the weights still as they were before the step; UnsupportedError
 *   (`XLM_UNSUPPORTED`) for an objective that the model cannot learn; OptionError (`XLM_OPTION`).
 */
export async function trainStep(
  model: Trainable,
  optimizer: TensorOptimizer,
  parts: readonly ObjectiveBatch[],
  options: TrainStepOptions = {},
): Promise<StepResult> {
  const { clip = 5, accumulate = 1, lambda = 1, dropoutRng, watch = createLossWatch({ window: 0 }) } = options;
  checkInt("accumulate", accumulate, 1);
  const { lr, nUpdates } = optimizer;
  const prepared: ObjectiveBatch[] = [];
  for (const { objective, batch } of parts) prepared.push({ objective, batch: await prepare(model, objective, batch) });
  const nTokens = prepared.reduce((sum, { batch }) => sum + tokenCount(batch), 0);
  const cut = prepared.flatMap((part) => splitRows(part, accumulate));
  const gradients = await stepGradients(model, cut, dropoutRng);
  if (!gradients) return { loss: NaN, lr, gradNorm: NaN, nTargets: 0, nTokens, updated: false };
  try {
    const { loss, nTargets, grads } = gradients;
    const gradNorm = lambda * gradients.gradNorm;
    const objective = [...new Set(parts.map((part) => part.objective.name))].join("+");
    watch.check({ objective, loss, gradNorm, lr, nUpdates });
    await optimizer.update(grads, lambda * clipFactor(gradNorm, clip));
    return { loss, lr, gradNorm, nTargets, nTokens, updated: true };
  } finally {
    gradients.dispose();
  }
}

const prepare = <M, B extends Batch>(model: Trainable, objective: Objective<M, B>, batch: B): Promise<B> =>
  objective.prepare?.(objective.modelOf(model), batch) ?? Promise.resolve(batch);
