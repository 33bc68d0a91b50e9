import type { ObjectiveBatch } from "./gradients.js";

export type Objective = ObjectiveBatch["objective"];

/** A batch with what the counters want to know of it. */
export type TrainingBatch = ObjectiveBatch & {
  /** One language, or the two of a pair. */
  readonly langs: readonly string[];
  /** Ends of sentences in a stream, or pairs. */
  readonly nSentences: number;
  /** Tokens the model reads, sentence marks included, padding not. */
  readonly nTokens: number;
};

/** Where a trainer's batches come from. `createPretrainingData` makes one; a few lines make another. */
export interface BatchSource {
  next(): TrainingBatch;
  /** Plain JSON; `restore` of a source made alike continues from it. */
  state(): unknown;
  /** @throws MismatchError (`XLM_MISMATCH`) for the state of another source. */
  restore(state: unknown): void;
  /** What the source is made of, plain JSON: a saved run is only continued on the same. */
  readonly settings: Readonly<Record<string, unknown>>;
}
