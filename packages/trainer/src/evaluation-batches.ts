import type { LangId, TokenBatch, Vocab } from "@xlm/core";
import { createStream, keepSentences, planBatches, sentenceBatch, sentenceLengths, type Corpus } from "@xlm/data";
import { clmTargets, concatPairs, createNumpyRng, evaluationMask } from "@xlm/objectives";
import type { EvaluationBatch } from "./evaluate.js";

/**
 * What to evaluate on: a text, or the two sides of sentence pairs. TLM and CLM read a pair one sentence behind the other, MT translates the
 * first side into the second.
 */
export type EvaluationText =
  | { readonly objective: "mlm" | "clm"; readonly corpus: Corpus; readonly lang?: LangId }
  | {
      readonly objective: "tlm" | "clm" | "mt";
      readonly sides: readonly [Corpus, Corpus];
      readonly langs?: readonly [LangId, LangId];
    };

export interface EvaluationBatchesOptions {
  /** Rows of a stream; about how many pairs a batch has. @default 1 for a stream, as the original; 32 for pairs */
  batchSize?: number;
  /** Tokens of a row of a stream (`--bptt`). @default 256 */
  seqLen?: number;
  /** Batches evaluated, the first ones. @default all */
  maxBatches?: number;
  /** Pairs with more words on a side are left out, as are those with an empty side. @default as many as there are positions for */
  maxWords?: number;
  /** Positions of the model. @default 512 */
  maxLen?: number;
  /** Share of tokens that MLM and TLM predict (`--word_pred`). @default 0.15 */
  predictProb?: number;
}

/**
 * The batches of an evaluation, the same ones every time (the original's evaluator.py): text in its own order, pairs in order of length,
 * masks of `RandomState(0)` with all chosen words hidden. Numbers can be compared between runs that use the same sizes; masks depend
 * on them.
 * `Differs:` with more than five languages the original evaluates on a part of the text; `maxBatches` says how much.
 */
export function* evaluationBatches(
  text: EvaluationText,
  vocab: Vocab,
  options: EvaluationBatchesOptions = {},
): Generator<EvaluationBatch> {
  const { maxBatches = Infinity, maxLen = 512, predictProb = 0.15 } = options;
  const rng = createNumpyRng(0);
  const langs = "sides" in text ? text.langs : undefined;
  const joined = ([first, second]: Sides): TokenBatch =>
    second ? concatPairs(first, second, vocab, { maxLen, ...(langs && { langs }) }) : first;
  let n = 0;
  for (const sides of "sides" in text ? pairs(text, vocab, options) : windows(text, vocab, options)) {
    if (n++ >= maxBatches) return;
    const { objective } = text;
    if (objective === "mt") {
      yield { objective, batch: { source: sides[0], target: clmTargets(sides[1] as TokenBatch) } };
    } else if (objective === "clm") {
      yield { objective, batch: clmTargets(joined(sides)) };
    } else {
      yield { objective, batch: evaluationMask(joined(sides), vocab, rng, { predictProb }) };
    }
  }
}

/** A piece of text, or the two sides of pairs. */
type Sides = readonly [TokenBatch, TokenBatch?];

function* windows(
  { corpus, lang }: Extract<EvaluationText, { corpus: Corpus }>,
  vocab: Vocab,
  { batchSize = 1, seqLen = 256 }: EvaluationBatchesOptions,
): Generator<Sides> {
  const stream = createStream(corpus, vocab, { batchSize, bptt: seqLen, ...(lang !== undefined && { lang }) });
  for (let i = 0; i < stream.nWindows; i++) yield [stream.window(i)];
}

function* pairs(
  { sides, langs }: Extract<EvaluationText, { sides: unknown }>,
  vocab: Vocab,
  { batchSize = 32, maxLen = 512, maxWords = maxLen - 2 }: EvaluationBatchesOptions,
): Generator<Sides> {
  const kept = keepSentences(sides, { maxLen: maxWords });
  for (const rows of planBatches(sentenceLengths(kept), { batchSize, groupBySize: true })) {
    const side = (i: 0 | 1): TokenBatch => sentenceBatch(kept[i], rows, vocab, langs && { lang: langs[i] });
    yield [side(0), side(1)];
  }
}
