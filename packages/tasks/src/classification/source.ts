import { rngFromState, sha256Hex, type Rng, type RngState } from "@xlm/core";
import { corpusHash, dictionaryHash, drawBatches } from "@xlm/data";
import { classify, type BatchSource, type Objective } from "@xlm/trainer";
import { labelledBatch, passageLengths, type CutOptions, type ExampleSet } from "./examples.js";

export interface ExampleSourceOptions extends CutOptions {
  /** About how many examples a batch has. @default 8, as the original's commands say; its flag defaults to 32 */
  readonly batchSize?: number;
  /** Whether a batch has passages of similar length, so that little is padded (`--group_by_size`). @default false */
  readonly groupBySize?: boolean;
}

/** Batches of examples for a trainer. */
export interface ExampleSource extends BatchSource {
  /** Batches in which every example comes once. */
  readonly batchesPerEpoch: number;
}

interface SourceState {
  /** The generator that this epoch's batches are drawn with. */
  readonly rng: RngState;
  /** Batches of the epoch given out. */
  readonly position: number;
}

/**
 * An endless source of labelled batches, in a new random order every epoch: fine-tuning by `createTrainer`, with its checkpoints and its
 * resuming, of a model that is `joinModels({ encoder, head })`.
 * @param rng split, not advanced.
 * @throws OptionError (`XLM_OPTION`) for a bad batch size.
 */
export function createExampleSource(set: ExampleSet, rng: Rng, options: ExampleSourceOptions = {}): ExampleSource {
  const { batchSize = 8, groupBySize = false, maxLen = 256, positions = 512 } = options;
  const objective = classify(set.answers === "number" ? "number" : "classes") as Objective;
  const lengths = passageLengths(set);
  const batchesOf = (start: RngState): Int32Array[] =>
    drawBatches(lengths, rngFromState(start), { batchSize, groupBySize });
  let state: SourceState = { rng: rng.split().state(), position: 0 };
  let batches = batchesOf(state.rng);
  return {
    batchesPerEpoch: batches.length,
    objectives: [objective],
    settings: {
      ...{ batchSize, groupBySize, maxLen, positions, lang: set.lang, answers: set.answers },
      vocabulary: dictionaryHash(set.dictionary),
      examples: set.sides.map((corpus, side) => corpusHash(corpus, set.dictionary, `side ${side} of the examples`)),
      labels: sha256Hex(new TextEncoder().encode(set.labels.join("\n"))),
    },
    next: () => {
      const rows = batches[state.position] as Int32Array;
      state = { ...state, position: state.position + 1 };
      if (state.position === batches.length) {
        state = { rng: rngFromState(state.rng).split().state(), position: 0 };
        batches = batchesOf(state.rng);
      }
      const batch = labelledBatch(set, rows, { maxLen, positions });
      return { objective, batch, langs: [set.lang], nSentences: rows.length };
    },
    state: () => state,
    restore: (saved) => {
      state = saved as SourceState;
      batches = batchesOf(state.rng);
    },
  };
}
