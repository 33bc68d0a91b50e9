import { checkInt } from "@xlm/core";
import {
  initSelection,
  isOver,
  parseCriterion,
  parseMetrics,
  updateSelection,
  type Criteria,
  type Scores,
  type Selection,
} from "./criteria.js";
import type { Counters, Trainer, TrainerState, TrainOptions } from "./trainer.js";

/** Where a run in epochs stands. Plain JSON, part of what is saved. */
export interface EpochProgress {
  /** Epochs finished, evaluation included; the number of the one at hand, from 0. */
  readonly epoch: number;
  /** The counter of sentences when the epoch at hand began. */
  readonly startedAt: number;
  readonly selection: Selection;
}

/** What is saved, named as the original's files: the newest state, the best model by a metric, or that of every Nth epoch. */
export type SavedName = "checkpoint" | `best-${string}` | `periodic-${number}`;

/** What `onEpoch` is told. */
export interface EpochEvent {
  /** From 0. */
  readonly epoch: number;
  readonly scores: Scores;
  /** The validation metrics that are better than ever. */
  readonly improved: readonly string[];
  readonly counters: Counters;
}

export interface EpochOptions extends Omit<TrainOptions, "save"> {
  /**
   * The scores of the model as it is, by name; not part of the run, so it draws no chance of the trainer's.
   * @param epoch from 0.
   */
  evaluate: (epoch: number) => Scores | Promise<Scores>;
  /** Sentences of an epoch, as the trainer's counters count them (`--epoch_size`). @default 100_000 */
  epochSize?: number;
  /** Epochs in all, those before a resume included (`--max_epoch`). @default 100_000 */
  maxEpochs?: number;
  /** Scores that a best model each is kept for, such as `"_valid_mlm_ppl"` (`--validation_metrics`). @default "", none */
  validationMetrics?: string;
  /** Ends training, such as `"_valid_mlm_ppl,10"` (`--stopping_criterion`). @default "", none */
  stoppingCriterion?: string;
  /** A model is kept every so many epochs, the first among them; 0 for never (`--save_periodic`). @default 0 */
  savePeriodic?: number;
  /**
   * Is given what is to be kept, and its name; `saveRun` writes it. `"checkpoint"` comes every `saveEvery` updates, after every epoch and when
   * stopped: a trainer that resumes from it goes on to the bit, with the same evaluations and decisions.
   */
  save?: (state: TrainerState, name: SavedName) => void | Promise<void>;
  onEpoch?: (event: EpochEvent) => void;
}

/**
 * Trains in epochs, with an evaluation at the end of each (the loop of the original's `train.py`, `save_best_model`, `save_periodic` and
 * `end_epoch`). An epoch ends with the batch that fills it.
 *
 * `Differs:` the original counts `batch_size` sentences a batch, whatever it has, and ends an epoch after a turn of every step; it forgets its
 * patience when it is resumed, and saves no newest state when it stops.
 * @returns `"done"` after `maxEpochs`; `"stopped"` by the criterion, at once when a resumed run had been; `"aborted"` by the signal.
 * @throws as `Trainer.train`; OptionError (`XLM_OPTION`) for options, before any training, and for a score that `evaluate` does not
 *   return. When an evaluation fails the newest state is saved first; a resumed run begins with that evaluation.
 */
export async function trainEpochs(trainer: Trainer, options: EpochOptions): Promise<"done" | "stopped" | "aborted"> {
  const { evaluate, save, onEpoch, savePeriodic = 0, epochSize = 100_000, maxEpochs = 100_000, ...training } = options;
  const { validationMetrics = "", stoppingCriterion = "", ...train } = training;
  checkInt("epochSize", epochSize, 1);
  checkInt("maxEpochs", maxEpochs, 0);
  checkInt("savePeriodic", savePeriodic, 0);
  const criteria: Criteria = {
    metrics: parseMetrics(validationMetrics),
    stopping: stoppingCriterion === "" ? undefined : parseCriterion(stoppingCriterion),
  };

  let progress = trainer.progress ?? { epoch: 0, startedAt: trainer.counters.sentences, selection: initSelection() };
  trainer.progress = progress;
  const left = ({ sentences }: Counters): number => Math.max(0, progress.startedAt + epochSize - sentences);
  const saveNewest = async (): Promise<void> => save?.(await trainer.state(), "checkpoint");
  const judge = async (): Promise<{ scores: Scores } & ReturnType<typeof updateSelection>> => {
    const scores = await evaluate(progress.epoch);
    return { scores, ...updateSelection(criteria, progress.selection, scores) };
  };

  for (;;) {
    if (isOver(criteria, progress.selection)) return "stopped";
    const { epoch } = progress;
    if (epoch >= maxEpochs) return "done";

    await trainer.train(
      { sentences: left(trainer.counters) },
      // Not after the last batch: the end of the epoch saves.
      { ...train, save: (state) => (left(state.counters) > 0 ? save?.(state, "checkpoint") : undefined) },
    );
    if (left(trainer.counters) > 0) return "aborted";
    if (train.signal?.aborted) {
      await saveNewest();
      return "aborted";
    }

    const {
      scores,
      state: selection,
      improved,
    } = await judge().catch(async (error: unknown) => {
      await saveNewest();
      throw error;
    });
    const { counters } = trainer;
    const next: EpochProgress = { epoch: epoch + 1, startedAt: counters.sentences, selection };
    if (save) {
      const state: TrainerState = { ...(await trainer.state()), progress: next };
      for (const metric of improved) await save(state, `best-${metric}`);
      if (savePeriodic > 0 && epoch % savePeriodic === 0) await save(state, `periodic-${epoch}`);
      await save(state, "checkpoint"); // last: until it is there, a resumed run evaluates again
    }
    trainer.progress = progress = next;
    onEpoch?.({ epoch, scores, improved, counters });
  }
}
