import {
  ShapeError,
  UnsupportedError,
  type LangId,
  type PredictionBatch,
  type Rng,
  type TokenBatch,
  type TranslationBatch,
  type Vocab,
} from "@xlm/core";
import type * as tf from "@tensorflow/tfjs-core";
import type { EncoderDecoder, Trainable, Transformer } from "@xlm/transformer";

/** Sentences, or pairs, with an answer each: a class, or a number. */
export interface LabelledBatch extends TokenBatch {
  /** `[batch]`. */
  readonly labels: Int32Array | Float32Array;
}

/** What an objective can be asked to learn from. Targets and labels are what the mean of its loss is over. */
export type Batch = PredictionBatch | LabelledBatch | TranslationBatch;

/**
 * Something to learn: which part of a model, by which loss. With `TextObjective` it also says how its batches are made of text. A new
 * one is such a value and nothing else; `mlm`, `tlm`, `clm`, `pc`, `ae`, `mt`, `bt` and `classify` are written this way.
 * @typeParam M what it trains. @typeParam B its batches.
 */
export interface Objective<M = unknown, B extends Batch = Batch> {
  /** In counters and reports, such as `"mlm"`. */
  readonly name: string;
  /** Its settings, plain JSON: a run is only resumed with the same. */
  readonly options: Readonly<Record<string, unknown>>;
  /**
   * The part of the model that it trains; `encoderOf` and `translatorOf` are made for this.
   * @throws UnsupportedError (`XLM_UNSUPPORTED`) for a model that has no such part.
   */
  modelOf(model: Trainable): M;
  /** Mean loss in nats (or its own unit) per target, differentiable; with `dropoutRng` under dropout. */
  loss(model: M, batch: B, options: { dropoutRng?: Rng }): tf.Scalar;
  /** The loss of a model that knows nothing, if training that stays there is to be stopped. */
  chanceLoss?(model: M): number;
  /** What is done with the model before the gradient is taken, without dropout: back-translation writes its source. */
  prepare?(model: M, batch: B): Promise<B>;
}

/** What text an objective reads. */
export interface TextContext {
  readonly vocab: Vocab;
  /** Language ids of the step, in its order. */
  readonly langs: readonly LangId[];
  /** Positions of the model. */
  readonly maxLen: number;
}

/** An objective that makes its batches of text. */
export interface TextObjective<M = unknown, B extends Batch = Batch> extends Objective<M, B> {
  /**
   * What it is given: windows of the text of a language without padding (`stream`), its sentences, sentence pairs, or the sentences of a
   * language and the name of another one (`roundTrip`). All with `langs`.
   */
  readonly reads: "stream" | "sentences" | "pairs" | "roundTrip";
  /**
   * Settles everything that does not change from batch to batch.
   * @returns makes a batch of one `[batch, seq]`, of a pair two; chance comes from `rng` alone.
   */
  maker(context: TextContext): (sides: readonly [TokenBatch, ...TokenBatch[]], rng: Rng) => B;
}

/** A batch and what is to be learnt from it. */
export interface ObjectiveBatch<M = unknown, B extends Batch = Batch> {
  readonly objective: Objective<M, B>;
  readonly batch: B;
}

const isTransformer = (model: unknown): model is Transformer =>
  typeof model === "object" && model !== null && "embDim" in ((model as Trainable).config as object);

/**
 * The encoder of a model: itself, or its part `encoder`.
 * @throws UnsupportedError (`XLM_UNSUPPORTED`) when there is none.
 */
export function encoderOf(model: Trainable): Transformer {
  if (isTransformer(model)) return model;
  const { encoder } = model as Partial<EncoderDecoder>;
  if (isTransformer(encoder)) return encoder;
  throw new UnsupportedError({
    what: `the model has the parts ${Object.keys(model.config as object).join(", ")}`,
    why: "the objective trains an encoder",
    fix: "make the model with createTransformer, or with a part named encoder",
  });
}

/**
 * The part of a model that writes word by word: its decoder, which then has no source, or the encoder there is.
 * @throws UnsupportedError (`XLM_UNSUPPORTED`) when there is neither.
 */
export function writerOf(model: Trainable): Transformer {
  const { decoder } = model as Partial<EncoderDecoder>;
  return isTransformer(decoder) ? decoder : encoderOf(model);
}

/**
 * A model with an encoder and a decoder.
 * @throws UnsupportedError (`XLM_UNSUPPORTED`) for another.
 */
export function translatorOf(model: Trainable): EncoderDecoder {
  const { encoder, decoder } = model as Partial<EncoderDecoder>;
  if (isTransformer(encoder) && isTransformer(decoder)) return model as EncoderDecoder;
  throw new UnsupportedError({
    what: "the model has no encoder and decoder",
    why: "the objective learns to write one sentence from another",
    fix: "make the model with createEncoderDecoder",
  });
}

/** How many predictions a batch asks for. */
export function targetCount(batch: Batch): number {
  if ("target" in batch) return batch.target.targets.length;
  return "labels" in batch ? batch.labels.length : batch.targets.length;
}

const sidesOf = (batch: Batch): TokenBatch[] => ("target" in batch ? [batch.source, batch.target] : [batch]);

/** Sentences, pairs, or pieces of text that a batch has. */
export const rowCount = (batch: Batch): number => (sidesOf(batch)[0] as TokenBatch).shape[0];

/** Tokens the model reads, sentence marks included, padding not. */
export const tokenCount = (batch: Batch): number =>
  sidesOf(batch).reduce((sum, { lengths }) => sum + lengths.reduce((a, b) => a + b, 0), 0);

/** Rows `from..to-1` of a batch, with their targets or labels; whatever else it holds is kept as it is. */
export function sliceRows<B extends Batch>(batch: B, from: number, to: number): B {
  if ("target" in batch) {
    if (batch.source.shape[0] !== batch.target.shape[0]) throw unevenSides(batch);
    return { ...batch, source: rowsOf(batch.source, from, to), target: predictionRows(batch.target, from, to) };
  }
  if ("labels" in batch) {
    const { labels } = batch;
    return { ...batch, ...rowsOf(batch, from, to), labels: labels.slice(from, to) };
  }
  return { ...batch, ...predictionRows(batch, from, to) };
}

function predictionRows(batch: PredictionBatch, from: number, to: number): PredictionBatch {
  const { targetIndices, targets } = batch;
  const seq = batch.shape[1];
  const first = firstAtLeast(targetIndices, from * seq);
  const last = firstAtLeast(targetIndices, to * seq);
  return {
    ...rowsOf(batch, from, to),
    targetIndices: targetIndices.slice(first, last).map((index) => index - from * seq),
    targets: targets.slice(first, last),
  };
}

function rowsOf({ ids, shape: [, seq], lengths, positions, langs }: TokenBatch, from: number, to: number): TokenBatch {
  const cut = (array: Int32Array): Int32Array => array.slice(from * seq, to * seq);
  return {
    ids: cut(ids),
    shape: [to - from, seq],
    lengths: lengths.slice(from, to),
    ...(positions && { positions: cut(positions) }),
    ...(langs && { langs: cut(langs) }),
  };
}

/** Where in the ascending `values` the first one of at least `bound` stands. */
function firstAtLeast(values: Int32Array, bound: number): number {
  const at = values.findIndex((value) => value >= bound);
  return at < 0 ? values.length : at;
}

const unevenSides = ({ source, target }: TranslationBatch): ShapeError =>
  new ShapeError({
    what: `there are ${source.shape[0]} sources and ${target.shape[0]} targets`,
    why: "every source has one translation",
    fix: "make both sides of the same rows",
  });
