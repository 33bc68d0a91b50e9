import { breathe, checkInt, DataError, rngFromState, type Rng, type RngState, type TensorData } from "@xlm/core";
import { exportWeights, type Trainable } from "@xlm/transformer";
import { clipFactor } from "./clip.js";
import { createLossWatch, type LossHistory, type LossWatchOptions } from "./divergence.js";
import type { EpochProgress } from "./epochs.js";
import { checkOptimizer, parseOptimizer, type Optimizer } from "./optimizer.js";
import { checkSameSettings, setWeights } from "./resume.js";
import type { Objective } from "./objective.js";
import type { BatchSource } from "./source.js";
import { trainStep, type StepResult } from "./step.js";
import { createTensorOptimizer } from "./tensor-optimizer.js";
import type { OptimizerState } from "./update.js";

export interface TrainerOptions {
  /** A value, or written as the original's `--optimizer`. @default "adam,lr=0.0001" */
  optimizer?: Optimizer | string;
  /** Gradients together are scaled down to this length; 0 for never (`--clip_grad_norm`). @default 5 */
  clip?: number;
  /**
   * Micro-batches that each batch is cut into by rows, so that less memory is needed at a time; the update is that of the whole batch.
   * `Differs:` the original's `--accumulate_gradients` puts several batches together; here make the batch as many times larger.
   * @default 1
   */
  accumulate?: number;
  /** When training is stopped for a loss that goes nowhere. `chanceLoss` and `warmupUpdates` follow from model and optimiser. */
  watch?: LossWatchOptions;
  /** Goes on from here. Model and data are made as they were for the saved run; they take over its weights and position. */
  resume?: TrainerState;
}

/** What has been done, counted in what was really read. */
export interface Counters {
  readonly updates: number;
  /** Batches without a single target: read, nothing learnt. */
  readonly emptyBatches: number;
  /** Ends of sentences in streams, and rows of all other batches: sentences, or pairs. */
  readonly sentences: number;
  /** What the model read, sentence marks included, padding not; of a translation both sides. */
  readonly tokens: number;
  /** Predictions the losses were averaged over; of a translation the target's tokens, its end mark included. */
  readonly targets: number;
  /** Batches by objective and languages, such as `"mlm en"` and `"tlm en-es"`. */
  readonly batches: Readonly<Record<string, number>>;
}

/** All that a run goes on from: plain arrays and plain JSON. */
export interface TrainerState {
  /** The model's configuration, optimiser, clipping, micro-batches, vocabulary, texts: what may not change on the way. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly weights: Readonly<Record<string, TensorData<"F32">>>;
  readonly optimizer: OptimizerState;
  /** The batch source's. */
  readonly data: unknown;
  /** The generator of dropout keys. */
  readonly dropout: RngState;
  readonly losses: LossHistory;
  readonly counters: Counters;
  /** Of a run in epochs; absent in others. */
  readonly progress?: EpochProgress;
}

/** What `onStep` is told of a step. */
export interface StepEvent extends StepResult {
  /** Updates made so far, this one included. */
  readonly update: number;
  readonly objective: string;
  readonly langs: readonly string[];
  readonly nSentences: number;
  /** Of this step, batch making included. */
  readonly seconds: number;
  readonly tokensPerSecond: number;
}

export interface TrainOptions {
  onStep?: (event: StepEvent) => void;
  /** Stops before the next step, after saving. */
  signal?: AbortSignal;
  /** Is given the state every `saveEvery` updates and at the end, aborted or not; not when training fails. */
  save?: (state: TrainerState) => void | Promise<void>;
  /** @default 0, at the end alone */
  saveEvery?: number;
  /** Milliseconds. @default performance.now */
  clock?: () => number;
}

/** A run in progress. */
export interface Trainer {
  readonly counters: Counters;
  /** Where `trainEpochs` stands; it is saved with the rest, and a resumed trainer has it again. */
  progress: EpochProgress | undefined;
  /**
   * Makes so many more updates, or reads so many more sentences (the batch that completes them is read whole), or less when stopped.
   * @throws DivergenceError (`XLM_DIVERGED`) with the weights as they were before the step; DataError (`XLM_DATA`) when batch after
   *   batch is without targets.
   */
  train(amount: number | { readonly sentences: number }, options?: TrainOptions): Promise<"done" | "aborted">;
  /** Everything, copied. */
  state(): Promise<TrainerState>;
  /** Frees what the optimiser keeps. The model is its maker's to dispose. */
  dispose(): void;
}

const MAX_EMPTY = 1000; // batches in a row

/**
 * Sets up a training run (the original's `Trainer` and the loop of `train.py`).
 *
 * A run that is saved, stopped and resumed makes the same updates, to the bit, as one that never stopped, on a backend that
 * gives the same bits for the same sums.
 * @param model whose variables are trained; the caller's to dispose, after the trainer.
 * @param rng split for dropout, not advanced.
 * @throws before anything is changed: OptionError (`XLM_OPTION`); UnsupportedError (`XLM_UNSUPPORTED`) for an objective that the model
 *   cannot learn; MismatchError (`XLM_MISMATCH`) naming every setting in which the run to resume is another one.
 */
export function createTrainer(model: Trainable, data: BatchSource, rng: Rng, options: TrainerOptions = {}): Trainer {
  const { clip = 5, accumulate = 1, resume } = options;
  const given = options.optimizer ?? "adam,lr=0.0001";
  const optimizer = typeof given === "string" ? parseOptimizer(given) : given;
  checkOptimizer(optimizer);
  checkInt("accumulate", accumulate, 1);
  clipFactor(0, clip);
  const settings = { model: model.config, optimizer, clip, accumulate, data: data.settings };
  if (resume) checkSameSettings(resume.settings, settings);
  const watchOptions = watchFor(model, data.objectives, optimizer, options.watch);
  if (resume) {
    data.restore(resume.data);
    setWeights(model, resume.weights);
  }
  const updater = createTensorOptimizer(optimizer, model.params, resume?.optimizer);
  const dropoutRng = resume ? rngFromState(resume.dropout) : rng.split();
  const watch = createLossWatch(watchOptions, resume?.losses);
  let counters: Counters = resume?.counters ?? {
    updates: 0,
    emptyBatches: 0,
    sentences: 0,
    tokens: 0,
    targets: 0,
    batches: {},
  };
  let progress = resume?.progress;
  let empty = 0; // batches without a target, in a row

  const step = async (clock: () => number): Promise<StepEvent> => {
    const start = clock();
    const part = data.next();
    const { langs, nSentences, lambda = 1 } = part;
    const objective = part.objective.name;
    const result = await trainStep(model, updater, [part], { clip, accumulate, lambda, dropoutRng, watch });
    const { nTokens } = result;
    const name = `${objective} ${langs.join("-")}`;
    counters = {
      updates: updater.nUpdates,
      emptyBatches: counters.emptyBatches + (result.updated ? 0 : 1),
      sentences: counters.sentences + nSentences,
      tokens: counters.tokens + nTokens,
      targets: counters.targets + result.nTargets,
      batches: { ...counters.batches, [name]: (counters.batches[name] ?? 0) + 1 },
    };
    const seconds = (clock() - start) / 1000;
    const tokensPerSecond = seconds > 0 ? nTokens / seconds : 0;
    return { ...result, update: counters.updates, objective, langs, nSentences, seconds, tokensPerSecond };
  };

  const state = async (): Promise<TrainerState> => ({
    settings,
    weights: exportWeights(model),
    optimizer: await updater.state(),
    data: data.state(),
    dropout: dropoutRng.state(),
    losses: watch.history(),
    counters,
    ...(progress && { progress }),
  });

  return {
    get counters() {
      return counters;
    },
    get progress() {
      return progress;
    },
    set progress(next) {
      progress = next;
    },
    train: async (amount, { onStep, signal, save, saveEvery = 0, clock = () => performance.now() } = {}) => {
      const [unit, more] =
        typeof amount === "number" ? (["updates", amount] as const) : (["sentences", amount.sentences] as const);
      checkInt(`the number of ${unit}`, more, 0);
      checkInt("saveEvery", saveEvery, 0);
      const end = counters[unit] + more;
      const isDone = (): boolean => counters[unit] >= end;
      while (!isDone() && !signal?.aborted) {
        const event = await step(clock);
        empty = event.updated ? 0 : empty + 1;
        if (empty === MAX_EMPTY) throw noTargets(event);
        onStep?.(event);
        const isDue = saveEvery > 0 && event.updated && event.update % saveEvery === 0 && !isDone();
        if (isDue && !signal?.aborted) await save?.(await state());
        await breathe();
      }
      await save?.(await state());
      return isDone() ? "done" : "aborted";
    },
    state,
    dispose: () => updater.dispose(),
  };
}

/** On the way, that the model can learn every objective. */
function watchFor(
  model: Trainable,
  objectives: readonly Objective[],
  { schedule }: Optimizer,
  options: LossWatchOptions = {},
): LossWatchOptions {
  const chances = objectives.map((objective) => {
    const part = objective.modelOf(model);
    return [objective.name, objective.chanceLoss?.(part)] as const;
  });
  return {
    chanceLoss: Object.fromEntries(chances.filter((entry): entry is [string, number] => entry[1] !== undefined)),
    warmupUpdates: schedule.kind === "constant" ? 0 : schedule.warmupUpdates,
    ...options,
  };
}

const noTargets = ({ objective, langs }: StepEvent): DataError =>
  new DataError({
    what: `${MAX_EMPTY} batches in a row had nothing to predict, the last for ${objective} on ${langs.join("-")}`,
    why: "training would go on for ever without learning anything",
    fix: "raise predictProb or the batch size, or look whether the text has words",
  });
