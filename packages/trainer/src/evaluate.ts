import * as tf from "@tensorflow/tfjs-core";
import { checkInt, OptionError, type PredictionBatch, type TranslationBatch } from "@xlm/core";
import type { Dictionary } from "@xlm/data";
import { perplexity } from "@xlm/metrics";
import {
  decodeAt,
  encode,
  encodeAt,
  predictionLosses,
  predictionScores,
  type Trainable,
  type Transformer,
} from "@xlm/transformer";
import { encoderOf, translatorOf, writerOf } from "./objective.js";

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
  /** `exp(nll / nWords)`: by which models with different BPE codes compare, under CLM and in translation. NaN without words. */
  readonly perplexityPerWord: number;
  /** `nCorrect / nTargets`, 0 to 1. */
  readonly accuracy: number;
}

/** Words to predict: from both sides, with `clm` from what stands before, with `mt` from that and the source. */
export type EvaluationBatch =
  | { readonly objective: "mlm" | "tlm" | "clm"; readonly batch: PredictionBatch }
  | { readonly objective: "mt"; readonly batch: TranslationBatch };

export interface EvaluateOptions {
  /** Whether a token is the last of its word; see `wordEnds`. @default words are not counted */
  endsWord?: (id: number) => boolean;
  /** Targets scored at a time: `[chunk, vocabSize]` is held. @default 512 */
  chunk?: number;
}

/**
 * Loss and accuracy of a model over batches (the original's `evaluate_mlm`, `evaluate_clm`, `evaluate_mt`), without dropout.
 * Of an encoder and a decoder the encoder predicts under MLM and TLM, the decoder under CLM, as they are trained.
 * @param batches such as those of `evaluationBatches`; ones without targets count nothing.
 * @throws OptionError (`XLM_OPTION`) when there is no target at all; UnsupportedError (`XLM_UNSUPPORTED`) for a batch that the
 *   model has no part for.
 */
export async function evaluate(
  model: Trainable,
  batches: Iterable<EvaluationBatch>,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const { endsWord, chunk = 512 } = options;
  checkInt("chunk", chunk, 1);
  let nll = 0;
  let nTargets = 0;
  let nWords = 0;
  let nCorrect = 0;
  for (const given of batches) {
    const { targets } = given.objective === "mt" ? given.batch.target : given.batch;
    if (targets.length === 0) continue;
    const { predictor, states } = read(model, given);
    for (let from = 0; from < targets.length; from += chunk) {
      const right = targets.slice(from, from + chunk);
      const places = right.map((_, i) => from + i);
      const losses = predictionLosses(predictor, states, places, right);
      const best = tf.tidy(() => tf.argMax(predictionScores(predictor, states, places), -1));
      for (const loss of await losses.data()) nll += loss;
      (await best.data()).forEach((id, i) => (nCorrect += id === right[i] ? 1 : 0));
      tf.dispose([losses, best]);
    }
    states.dispose();
    nTargets += targets.length;
    if (endsWord) for (const id of targets) nWords += endsWord(id) ? 1 : 0;
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

/** The states at the targets, as one row `[1, n, embDim]`, and the model whose output layer predicts from them. */
function read(model: Trainable, given: EvaluationBatch): { predictor: Transformer; states: tf.Tensor3D } {
  const row = (states: () => tf.Tensor2D): tf.Tensor3D => tf.tidy(() => tf.expandDims<tf.Tensor3D>(states()));
  if (given.objective === "mt") {
    const { encoder, decoder } = translatorOf(model);
    const { source, target } = given.batch;
    const encoded = (): tf.Tensor3D => encode(encoder, source);
    return {
      predictor: decoder,
      states: row(() =>
        decodeAt(decoder, target, { states: encoded(), lengths: source.lengths }, target.targetIndices),
      ),
    };
  }
  const isCausal = given.objective === "clm";
  const predictor = isCausal ? writerOf(model) : encoderOf(model);
  const attention = isCausal ? "causal" : "full";
  return {
    predictor,
    states: row(() => encodeAt(predictor, given.batch, given.batch.targetIndices, { attention })),
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
