import * as tf from "@tensorflow/tfjs-core";
import { checkInt, OptionError, type LangId, type PredictionBatch, type TokenBatch } from "@xlm/core";
import {
  createStream,
  keepSentences,
  planBatches,
  sentenceBatch,
  sentenceLengths,
  type Corpus,
  type Dictionary,
} from "@xlm/data";
import { perplexity } from "@xlm/metrics";
import { clmTargets, concatPairs, createNumpyRng, evaluationMask } from "@xlm/objectives";
import { encode, predictionLosses, predictionScores, type Transformer } from "@xlm/transformer";

/** Sums over an evaluation, and what they come to. */
export interface Evaluation {
  /** Sum of the losses in nats. */
  readonly nll: number;
  readonly nTargets: number;
  /** Targets that end a word; 0 when `endsWord` is not given. */
  readonly nWords: number;
  /** Targets whose best-scored word is the right one. */
  readonly nCorrect: number;
  /** `exp(nll / nTargets)`: per token, as the original reports it. */
  readonly perplexity: number;
  /** `exp(nll / nWords)`: by which models with different BPE codes compare, under CLM. NaN without words. */
  readonly perplexityPerWord: number;
  /** `nCorrect / nTargets`, 0 to 1. */
  readonly accuracy: number;
}

/** A batch to predict: with `clm` from what stands before, otherwise from both sides. */
export interface EvaluationBatch {
  readonly objective: "mlm" | "tlm" | "clm";
  readonly batch: PredictionBatch;
}

export interface EvaluateOptions {
  /** Whether a token is the last of its word; see `wordEnds`. @default words are not counted */
  endsWord?: (id: number) => boolean;
  /** Targets scored at a time: `[chunk, vocabSize]` is held. @default 512 */
  chunk?: number;
}

/**
 * Loss and accuracy of a model over batches (the original's `evaluate_mlm`, `evaluate_clm`), without dropout.
 * @param batches such as those of `evaluationBatches`; ones without targets count nothing.
 * @throws OptionError (`XLM_OPTION`) when there is no target at all.
 */
export async function evaluate(
  model: Transformer,
  batches: Iterable<EvaluationBatch>,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const { endsWord, chunk = 512 } = options;
  checkInt("chunk", chunk, 1);
  let nll = 0;
  let nTargets = 0;
  let nWords = 0;
  let nCorrect = 0;
  for (const { objective, batch } of batches) {
    if (batch.targets.length === 0) continue;
    const hidden = encode(model, batch, { attention: objective === "clm" ? "causal" : "full" });
    for (let from = 0; from < batch.targets.length; from += chunk) {
      const indices = batch.targetIndices.slice(from, from + chunk);
      const targets = batch.targets.slice(from, from + chunk);
      const losses = predictionLosses(model, hidden, indices, targets);
      const best = tf.tidy(() => tf.argMax(predictionScores(model, hidden, indices), -1));
      for (const loss of await losses.data()) nll += loss;
      (await best.data()).forEach((id, i) => (nCorrect += id === targets[i] ? 1 : 0));
      tf.dispose([losses, best]);
    }
    hidden.dispose();
    nTargets += batch.targets.length;
    if (endsWord) for (const id of batch.targets) nWords += endsWord(id) ? 1 : 0;
  }
  if (nTargets === 0) {
    throw new OptionError({
      what: "there is nothing to predict in the evaluation",
      why: "a mean over no prediction is undefined",
      fix: "evaluate on more text",
    });
  }
  return {
    nll,
    nTargets,
    nWords,
    nCorrect,
    perplexity: perplexity(nll, nTargets),
    perplexityPerWord: nWords > 0 ? perplexity(nll, nWords) : NaN,
    accuracy: nCorrect / nTargets,
  };
}

/**
 * Tells the tokens that end a word: those without the joiner of fastBPE at their end. End marks of sentences count as words, as usual.
 * @param joiner @default "@@"
 */
export function wordEnds(dictionary: Pick<Dictionary, "tokens">, joiner = "@@"): (id: number) => boolean {
  const ends = dictionary.tokens.map((token) => !token.endsWith(joiner));
  return (id) => ends[id] ?? true;
}

/** What to evaluate on: a text, or the two sides of sentence pairs. */
export type EvaluationText =
  | { readonly objective: "mlm" | "clm"; readonly corpus: Corpus; readonly lang?: LangId }
  | {
      readonly objective: "tlm";
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
  /** Pairs with more words on a side are left out (`--max_len`). @default 100 */
  maxWords?: number;
  /** Positions of the model. @default 512 */
  maxLen?: number;
  /** Share of tokens that MLM and TLM predict (`--word_pred`). @default 0.15 */
  predictProb?: number;
}

/**
 * The batches of an evaluation, the same ones every time: text in its own order, masks of the original's `RandomState(0)`, all chosen
 * words hidden (its evaluator.py). Numbers can be compared between runs that use the same sizes.
 */
export function* evaluationBatches(
  text: EvaluationText,
  dictionary: Dictionary,
  options: EvaluationBatchesOptions = {},
): Generator<EvaluationBatch> {
  const { maxBatches = Infinity, predictProb = 0.15 } = options;
  const { objective } = text;
  const rng = createNumpyRng(0);
  let n = 0;
  for (const batch of objective === "tlm"
    ? pairBatches(text, dictionary, options)
    : windows(text, dictionary, options)) {
    if (n++ >= maxBatches) return;
    const predicted = objective === "clm" ? clmTargets(batch) : evaluationMask(batch, dictionary, rng, { predictProb });
    yield { objective, batch: predicted };
  }
}

function* windows(
  { corpus, lang }: Extract<EvaluationText, { corpus: Corpus }>,
  dictionary: Dictionary,
  { batchSize = 1, seqLen = 256 }: EvaluationBatchesOptions,
): Generator<TokenBatch> {
  const stream = createStream(corpus, dictionary, { batchSize, bptt: seqLen, ...(lang !== undefined && { lang }) });
  for (let i = 0; i < stream.nWindows; i++) yield stream.window(i);
}

function* pairBatches(
  { sides, langs }: Extract<EvaluationText, { objective: "tlm" }>,
  dictionary: Dictionary,
  { batchSize = 32, maxWords = 100, maxLen = 512 }: EvaluationBatchesOptions,
): Generator<TokenBatch> {
  const kept = keepSentences(sides, { maxLen: maxWords });
  for (const rows of planBatches(sentenceLengths(kept), { batchSize, groupBySize: true })) {
    const [first, second] = [sentenceBatch(kept[0], rows, dictionary), sentenceBatch(kept[1], rows, dictionary)];
    yield concatPairs(first, second, dictionary, { maxLen, ...(langs && { langs }) });
  }
}
