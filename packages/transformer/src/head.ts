import * as tf from "@tensorflow/tfjs-core";
import {
  checkInt,
  checkSize,
  fillUniform,
  OptionError,
  ShapeError,
  sizeOf,
  type Rng,
  type TensorData,
} from "@xlm/core";
import { dropout, gatherRows, linear, meanLoss, vocabLoss } from "@xlm/kernels";
import { checkIndices } from "./check.js";
import { checkRate } from "./config.js";
import { createVariables, given, matrix, vector, type Trainable, type WeightSource } from "./model.js";
import type { Parameter } from "./parameters.js";
import { fitWeights } from "./weights.js";

/** Sizes of a head. Plain JSON: it is saved beside the weights. */
export interface HeadConfig {
  /** Width of the states it reads, the encoder's `embDim`. */
  readonly inputDim: number;
  /** Classes, or 1 for a number. */
  readonly nOutputs: number;
  /** Rate on the states it reads (`--dropout` of glue-xnli.py). @default 0 */
  readonly dropout: number;
}

/** What has to be said of a head; the rest has defaults. */
export type HeadOptions = Pick<HeadConfig, "inputDim" | "nOutputs"> & Partial<HeadConfig>;

/** Dropout and a linear map over hidden states: `proj.weight` `[nOutputs, inputDim]` and `proj.bias` `[nOutputs]`. */
export interface Head extends Trainable {
  readonly config: HeadConfig;
}

/** Chance in a call of a head. */
export interface HeadCallOptions {
  /** Gives dropout, so: training. Two words (`uint32`) are drawn, whatever the rate. */
  dropoutRng?: Rng;
}

/**
 * A head for classification or regression on top of an encoder (the `proj` of the original's evaluation/xnli.py and glue.py).
 * `joinModels({ encoder, head })` makes both one model to train and to save.
 * @param source `{ rng }` draws matrix and bias uniformly within ±1/sqrt(inputDim), PyTorch's default.
 * @throws OptionError (`XLM_OPTION`); MismatchError (`XLM_MISMATCH`) for weights of another head.
 */
export function createHead(options: HeadOptions, source: WeightSource): Head {
  const { inputDim, nOutputs, dropout: rate = 0 } = options;
  checkInt("inputDim", inputDim, 1);
  checkInt("nOutputs", nOutputs, 1);
  checkRate("dropout", rate);
  const list: Parameter[] = [
    { name: "proj.weight", shape: [nOutputs, inputDim], trainable: true },
    { name: "proj.bias", shape: [nOutputs], trainable: true },
  ];
  const weights =
    "weights" in source ? fitWeights(list, source.weights) : drawUniform(list, inputDim ** -0.5, source.rng);
  const params = createVariables(list, given(weights));
  return { config: { inputDim, nOutputs, dropout: rate }, params, dispose: () => tf.dispose(params) };
}

function drawUniform(list: readonly Parameter[], bound: number, rng: Rng): Record<string, TensorData<"F32">> {
  const draw = ({ shape }: Parameter): TensorData<"F32"> => {
    const data = new Float32Array(sizeOf(shape));
    fillUniform(rng.split(), data, -bound, bound);
    return { dtype: "F32", shape, data };
  };
  return Object.fromEntries(list.map((parameter) => [parameter.name, draw(parameter)]));
}

/**
 * Scores of each sentence, or pair of sentences, from its first hidden state.
 * @param hidden `[batch, seq, inputDim]`, what `encode` returned.
 * @returns `[batch, nOutputs]`, the caller's to dispose. Differentiable with respect to `hidden` and `head.params`.
 * @throws ShapeError (`XLM_SHAPE`) for states of another width.
 */
export function sequenceScores(head: Head, hidden: tf.Tensor3D, options: HeadCallOptions = {}): tf.Tensor2D {
  const [batch, seq] = hidden.shape;
  return tokenScores(
    head,
    hidden,
    Int32Array.from({ length: batch }, (_, row) => row * seq),
    options,
  );
}

/**
 * Scores of single tokens, for tagging.
 * @param hidden `[batch, seq, inputDim]`, what `encode` returned. @param indices `[n]` flat indices into `[batch, seq]`.
 * @returns `[n, nOutputs]`, the caller's to dispose. Differentiable with respect to `hidden` and `head.params`.
 * @throws ShapeError (`XLM_SHAPE`) for states of another width, OptionError (`XLM_OPTION`) for indices out of range.
 */
export function tokenScores(
  head: Head,
  hidden: tf.Tensor3D,
  indices: Int32Array,
  { dropoutRng }: HeadCallOptions = {},
): tf.Tensor2D {
  const [batch, seq, dim] = hidden.shape;
  if (dim !== head.config.inputDim) {
    throw new ShapeError({
      what: `the states are [${hidden.shape.join(", ")}] and the head has inputDim ${head.config.inputDim}`,
      why: "every output weighs each number of a state",
      fix: "make the head with inputDim equal to the encoder's embDim",
    });
  }
  checkIndices("indices", indices, batch * seq, "pass flat indices into [batch, seq] of the batch that was encoded");
  const key = dropoutRng && ([dropoutRng.uint32(), dropoutRng.uint32()] as const);
  const { dropout: rate } = head.config;
  return tf.tidy(() => {
    const states = gatherRows(hidden, tf.tensor1d(indices, "int32"));
    const kept = key && rate > 0 ? dropout(states, { rate, key }) : states;
    return linear(kept, matrix(head, "proj.weight"), vector(head, "proj.bias")) as tf.Tensor2D;
  });
}

/**
 * Mean cross entropy of a classification, in nats.
 * @param scores `[n, nOutputs]`, of `sequenceScores` or `tokenScores`. @param labels `[n]` classes.
 * @returns a scalar, differentiable with respect to `scores`.
 * @throws ShapeError (`XLM_SHAPE`), OptionError (`XLM_OPTION`) for a class that has no score.
 */
export function labelLoss(scores: tf.Tensor2D, labels: Int32Array): tf.Scalar {
  const [, classes] = scores.shape;
  checkAnswers("labels", labels, scores);
  checkIndices("labels", labels, classes, "count classes from 0, and make the head with an output for each");
  // The cross entropy of a linear map, here the identity.
  return tf.tidy(() => meanLoss(vocabLoss(scores, tf.eye(classes), tf.zeros([classes]), tf.tensor1d(labels, "int32"))));
}

/**
 * Mean squared error of a regression (STS-B of the original's glue.py).
 * @param scores `[n, 1]`, of a head with one output. @param values `[n]`, finite.
 * @returns a scalar, differentiable with respect to `scores`.
 * @throws ShapeError (`XLM_SHAPE`), OptionError (`XLM_OPTION`).
 */
export function regressionLoss(scores: tf.Tensor2D, values: Float32Array): tf.Scalar {
  checkAnswers("values", values, scores);
  if (scores.shape[1] !== 1) {
    throw new ShapeError({
      what: `the scores are [${scores.shape.join(", ")}]`,
      why: "a regression predicts one number",
      fix: "make the head with nOutputs: 1",
    });
  }
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) {
    throw new OptionError({
      what: `values[${at}] is ${values[at]}`,
      why: "the error would be no number",
      fix: "leave out rows without a value",
    });
  }
  return tf.tidy(() => meanLoss(tf.square(tf.sub(tf.reshape(scores, [values.length]), tf.tensor1d(values)))));
}

function checkAnswers(name: string, answers: ArrayLike<number>, scores: tf.Tensor2D): void {
  checkSize(name, answers, [scores.shape[0]]);
  if (answers.length > 0) return;
  throw new ShapeError({
    what: `there are no ${name}`,
    why: "their mean is undefined",
    fix: "leave out empty batches",
  });
}
