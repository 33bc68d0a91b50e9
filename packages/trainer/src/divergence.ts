import { checkInt, DivergenceError } from "@xlm/core";

/** What is known of a step once its loss and gradients are, before the weights are touched. */
export interface StepReport {
  readonly objective: string;
  /** Nats per target. */
  readonly loss: number;
  readonly gradNorm: number;
  readonly lr: number;
  /** Updates finished before this step. */
  readonly nUpdates: number;
}

export interface LossWatchOptions {
  /** Losses of one objective, in a row, that are looked at together. 0 turns the watch for a stuck loss off. @default 200 */
  window?: number;
  /** A window whose losses all lie within this share of their mean counts as constant. @default 1e-6, some float32 roundings */
  tolerance?: number;
  /** Losses up to this one are never stuck: the batch is simply learnt. @default 0.01 */
  learntLoss?: number;
  /** The loss of a model that knows nothing, by objective: `ln(vocabSize)`, for pairs `ln 2`. */
  chanceLoss?: Readonly<Record<string, number>>;
  /** A window counts as chance when its mean is above this share of `chanceLoss`. @default 0.99 */
  chanceShare?: number;
  /** Updates before which a loss at chance is no surprise: the warm-up. @default 0 */
  warmupUpdates?: number;
}

/** The last losses of each objective, oldest first. Plain JSON. */
export type LossHistory = Readonly<Record<string, readonly number[]>>;

/** Looks at every step before its update, and stops training that cannot go well. */
export interface LossWatch {
  /**
   * @throws DivergenceError (`XLM_DIVERGED`) for a loss or gradient that is not finite, and for a loss that is stuck:
   *   constant over a window, or still at chance over a window after warm-up.
   */
  check(report: StepReport): void;
  history(): LossHistory;
}

const SHOWN = 5; // losses quoted in a diagnosis when there is no window

/** @param history where to go on, from `history()`. */
export function createLossWatch(options: LossWatchOptions = {}, history: LossHistory = {}): LossWatch {
  const { window = 200, tolerance = 1e-6, learntLoss = 0.01, chanceLoss = {}, chanceShare = 0.99 } = options;
  const { warmupUpdates = 0 } = options;
  checkInt("window", window, 0);
  const losses = new Map(Object.entries(history).map(([objective, past]) => [objective, [...past]]));
  const sinceWarmup = (nUpdates: number): boolean => nUpdates >= warmupUpdates + window;
  return {
    check: (report) => {
      const { objective, loss, nUpdates } = report;
      const past = losses.get(objective) ?? [];
      losses.set(objective, past);
      if (!Number.isFinite(loss) || !Number.isFinite(report.gradNorm)) throw notFinite(report, past);
      past.push(loss);
      if (past.length > Math.max(window, SHOWN)) past.shift();
      if (window === 0 || past.length < window) return;
      const recent = past.slice(-window);
      const mean = recent.reduce((sum, value) => sum + value, 0) / window;
      if (mean > learntLoss && recent.every((value) => Math.abs(value - mean) <= tolerance * mean)) {
        throw stuck(report, recent, `has been ${mean.toPrecision(7)} for ${window} steps`);
      }
      const chance = chanceLoss[objective];
      if (chance !== undefined && mean > chanceShare * chance && sinceWarmup(nUpdates)) {
        const known = `${chance.toFixed(4)}, the loss of knowing nothing`;
        throw stuck(report, recent, `averages ${mean.toFixed(4)} over ${window} steps and chance is ${known}`);
      }
    },
    history: () => Object.fromEntries([...losses].map(([objective, past]) => [objective, [...past]])),
  };
}

const lastOf = (losses: readonly number[]): string =>
  losses.length === 0
    ? "none"
    : losses
        .slice(-SHOWN)
        .map((loss) => loss.toPrecision(5))
        .join(", ");

const setting = ({ objective, lr, gradNorm, nUpdates }: StepReport): string =>
  `${objective} at update ${nUpdates + 1} (learning rate ${lr}, gradient norm ${gradNorm})`;

function notFinite(report: StepReport, past: readonly number[]): DivergenceError {
  const culprit = Number.isFinite(report.loss) ? "the gradient norm is" : `the loss is ${report.loss},`;
  const isFirst = report.nUpdates === 0;
  return new DivergenceError({
    what: `${culprit} not a finite number, ${setting(report)}, losses before: ${lastOf(past)}`,
    why: "this update would have spoiled every weight; it was not made, so the weights are still those of the step before",
    fix: isFirst
      ? "look at the weights training began with: no update has been made yet"
      : "go back to a checkpoint from before the losses rose, and lower the learning rate, lengthen the warm-up or clip gradients at a smaller norm",
  });
}

function stuck(report: StepReport, recent: readonly number[], how: string): DivergenceError {
  const fix =
    report.lr === 0
      ? "the learning rate is 0: give the optimiser one above it"
      : report.gradNorm === 0
        ? "the gradient is 0: look whether the batches have targets that depend on their text"
        : "change the learning rate (a lower one if the loss had been falling before), check that text and vocabulary belong together, or turn the check off with window: 0";
  return new DivergenceError({
    what: `the loss ${how}, ${setting(report)}, last losses: ${lastOf(recent)}`,
    why: "more steps of the same kind will not change it",
    fix,
  });
}
