import { DataError, rngFromState, type LangId, type Rng, type RngState, type TokenBatch } from "@xlm/core";
import {
  createStream,
  drawBatches,
  keepSentences,
  sentenceBatch,
  sentenceLengths,
  type Corpus,
  type Dictionary,
} from "@xlm/data";
import { createEpochOrder, restoreEpochOrder, type EpochOrderState } from "@xlm/sampler";

/** Sizes of batches. */
export interface FeedSizes {
  readonly batchSize: number;
  readonly seqLen: number;
  readonly tokensPerBatch: number | undefined;
  readonly maxBatchSize: number | undefined;
  readonly groupBySize: boolean;
  readonly maxWords: number;
}

/** A piece of text, or the two sides of a piece. */
export interface Served {
  readonly sides: readonly [TokenBatch, ...TokenBatch[]];
  /** Ends of sentences in a stream, or rows. */
  readonly nSentences: number;
}

export type FeedState = EpochOrderState | SentencesState;

/** One step's way through one text, again and again. */
export interface Feed {
  next(): Served;
  state(): FeedState;
  /** @param state what `state` of such a feed returned. */
  restore(state: FeedState): void;
}

/** Windows of a text, in a new order every epoch. */
export function streamFeed(corpus: Corpus, lang: LangId, dictionary: Dictionary, sizes: FeedSizes, rng: Rng): Feed {
  const stream = createStream(corpus, dictionary, { batchSize: sizes.batchSize, bptt: sizes.seqLen, lang });
  let order = createEpochOrder(stream.nWindows, rng);
  return {
    next: () => {
      const index = order.next();
      return { sides: [stream.window(index)], nSentences: stream.countEnds(index) };
    },
    state: () => order.state(),
    restore: (state) => {
      order = restoreEpochOrder(stream.nWindows, state as EpochOrderState);
    },
  };
}

/** Where a run through sentences stands. */
interface SentencesState {
  /** The generator that this epoch's batches are drawn with. */
  readonly rng: RngState;
  /** Batches of the epoch given out. */
  readonly position: number;
}

/**
 * Sentences, or pairs, of similar length, in new batches every epoch.
 * @param name for the message, such as `"mt en-fr"`.
 * @throws DataError (`XLM_DATA`) when none is short enough.
 */
export function sentenceFeed(
  name: string,
  corpora: readonly [Corpus, ...Corpus[]],
  langs: readonly LangId[],
  dictionary: Dictionary,
  { batchSize, tokensPerBatch, maxBatchSize, groupBySize, maxWords }: FeedSizes,
  rng: Rng,
): Feed {
  const sides = keepSentences(corpora, { maxLen: maxWords });
  const lengths = sentenceLengths(sides);
  if (lengths.length === 0) {
    throw new DataError({
      what: `no ${corpora.length > 1 ? "pair" : "sentence"} for ${name} has 1 to ${maxWords} words${corpora.length > 1 ? " on both sides" : ""}`,
      why: "it would wait for ever",
      fix: "raise maxWords, or give other text",
    });
  }
  const sizes = {
    batchSize,
    groupBySize,
    ...(tokensPerBatch !== undefined && { tokensPerBatch }),
    ...(maxBatchSize !== undefined && { maxBatchSize }),
  };
  const batchesOf = (start: RngState): Int32Array[] => drawBatches(lengths, rngFromState(start), sizes);
  let state: SentencesState = { rng: rng.split().state(), position: 0 };
  let batches = batchesOf(state.rng);

  const advance = (): Int32Array => {
    const rows = batches[state.position] as Int32Array;
    state = { ...state, position: state.position + 1 };
    if (state.position === batches.length) {
      state = { rng: rngFromState(state.rng).split().state(), position: 0 };
      batches = batchesOf(state.rng);
    }
    return rows;
  };
  return {
    next: () => {
      const rows = advance();
      const batchOf = (side: number): TokenBatch =>
        sentenceBatch(sides[side] as Corpus, rows, dictionary, { lang: langs[side] as LangId });
      return { sides: [batchOf(0), ...sides.slice(1).map((_, i) => batchOf(i + 1))], nSentences: rows.length };
    },
    state: () => state,
    restore: (saved) => {
      state = saved;
      batches = batchesOf(state.rng);
    },
  };
}
