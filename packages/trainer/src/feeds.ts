import { DataError, rngFromState, type LangId, type Rng, type RngState } from "@xlm/core";
import {
  createStream,
  drawBatches,
  keepSentences,
  sentenceBatch,
  sentenceLengths,
  type Corpus,
  type Dictionary,
} from "@xlm/data";
import { clmTargets, concatPairs, pcBatch, type Masker } from "@xlm/objectives";
import { createEpochOrder, restoreEpochOrder, type EpochOrderState } from "@xlm/sampler";
import type { TrainingBatch } from "./source.js";

/** What all feeds of a source share. */
export interface FeedContext {
  readonly dictionary: Dictionary;
  readonly mask: Masker;
  /** Draws masks, labels and wrong partners. Replaced when a state is restored. */
  chance: Rng;
  readonly batchSize: number;
  readonly seqLen: number;
  readonly tokensPerBatch: number | undefined;
  readonly maxWords: number;
  readonly maxLen: number;
  readonly contextSize: number;
}

/** One objective's way through one text, again and again. */
export interface Feed<S> {
  next(): TrainingBatch;
  state(): S;
  restore(state: S): void;
}

/** MLM or CLM on windows of a text, in a new order every epoch. */
export function streamFeed(
  objective: "mlm" | "clm",
  [lang, id]: readonly [string, LangId],
  corpus: Corpus,
  context: FeedContext,
  rng: Rng,
): Feed<EpochOrderState> {
  const { dictionary, batchSize, seqLen, contextSize } = context;
  const stream = createStream(corpus, dictionary, { batchSize, bptt: seqLen, lang: id });
  let order = createEpochOrder(stream.nWindows, rng);
  return {
    next: () => {
      const window = stream.window(order.next());
      const batch = objective === "mlm" ? context.mask(window, context.chance) : clmTargets(window, { contextSize });
      const nSentences = countEnds(window.ids, dictionary.eosId);
      return { objective, batch, langs: [lang], nSentences, nTokens: window.ids.length };
    },
    state: () => order.state(),
    restore: (state) => {
      order = restoreEpochOrder(stream.nWindows, state);
    },
  };
}

/** End marks behind a word; the marks that fill up the front of a stream end nothing. */
function countEnds(ids: Int32Array, eosId: number): number {
  let n = 0;
  for (let i = 1; i < ids.length; i++) if (ids[i] === eosId && ids[i - 1] !== eosId) n++;
  return n;
}

/** Where a run through sentence pairs stands. */
export interface PairsState {
  /** The generator that this epoch's batches are drawn with. */
  readonly rng: RngState;
  /** Batches of the epoch given out. */
  readonly position: number;
}

/** TLM or PC on pairs of similar length, in new batches every epoch. */
export function pairFeed(
  objective: "tlm" | "pc",
  langs: readonly [string, string],
  ids: readonly [LangId, LangId],
  corpora: readonly [Corpus, Corpus],
  context: FeedContext,
  rng: Rng,
): Feed<PairsState> {
  const { dictionary, batchSize, tokensPerBatch, maxWords, maxLen } = context;
  const sides = keepSentences(corpora, { maxLen: maxWords });
  const lengths = sentenceLengths(sides);
  if (lengths.length === 0) {
    throw new DataError({
      what: `no pair of ${langs.join("-")} has 1 to ${maxWords} words on both sides`,
      why: `${objective} would wait for ever`,
      fix: "raise maxWords, or give other text",
    });
  }
  const sizes = { batchSize, ...(tokensPerBatch !== undefined && { tokensPerBatch }) };
  const batchesOf = (start: RngState): Int32Array[] => drawBatches(lengths, rngFromState(start), sizes);
  let state: PairsState = { rng: rng.split().state(), position: 0 };
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
  const sideBatch = (side: 0 | 1, rows: Int32Array): ReturnType<typeof sentenceBatch> =>
    sentenceBatch(sides[side], rows, dictionary);

  return {
    next: () => {
      const rows = advance();
      const [first, second] = [sideBatch(0, rows), sideBatch(1, rows)];
      const joining = { langs: ids, maxLen };
      const counts = {
        langs,
        nSentences: rows.length,
        nTokens: first.lengths.reduce((sum, length, i) => sum + length + (second.lengths[i] as number), 0),
      };
      if (objective === "tlm") {
        const batch = context.mask(concatPairs(first, second, dictionary, joining), context.chance);
        return { objective, batch, ...counts };
      }
      // One pair alone has no wrong partner: a batch without a question, which a step passes over.
      const { labels, ...batch } =
        rows.length < 2
          ? {
              ...concatPairs(first, second, dictionary, { ...joining, resetPositions: false }),
              labels: new Int32Array(),
            }
          : pcBatch(first, second, dictionary, context.chance, joining);
      return { objective, batch, labels, ...counts };
    },
    state: () => state,
    restore: (saved) => {
      state = saved;
      batches = batchesOf(state.rng);
    },
  };
}
