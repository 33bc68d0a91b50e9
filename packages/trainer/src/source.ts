import type { Objective, ObjectiveBatch } from "./objective.js";

/** A batch with what the counters want to know of it. */
export type TrainingBatch = ObjectiveBatch & {
  /** One language, the two of a pair, or the three of a way there and back. */
  readonly langs: readonly string[];
  /** Ends of sentences in a stream, or rows. */
  readonly nSentences: number;
  /** Factor of the loss. @default 1 */
  readonly lambda?: number;
};

/** Where a trainer's batches come from. `createTrainingData` makes one; a few lines make another. */
export interface BatchSource {
  next(): TrainingBatch;
  /** Plain JSON; `restore` of a source made alike continues from it. */
  state(): unknown;
  /** @throws MismatchError (`XLM_MISMATCH`) for the state of another source. */
  restore(state: unknown): void;
  /** All that its batches may be for: checked against the model before training. */
  readonly objectives: readonly Objective[];
  /** What the source is made of, plain JSON: a saved run is only continued on the same. */
  readonly settings: Readonly<Record<string, unknown>>;
}
