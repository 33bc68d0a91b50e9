import * as tf from "@tensorflow/tfjs-core";
import { breathe, checkInt, checkSize, DataError, OptionError, type TokenBatch } from "@xlm/core";
import { planBatches, sentenceBatch, sentenceLengths, truncateBatch } from "@xlm/data";
import type { Vectors } from "@xlm/trainer";
import { encode, meanPool, type Transformer } from "@xlm/transformer";
import type { TextCodec } from "../text-codec.js";

export interface EmbedOptions {
  /** Of the lines. */
  readonly lang: string;
  /** The mean of all states of a sentence, its marks included, or the first one, which the paper classifies by (XNLI). @default "mean" */
  readonly pooling?: "mean" | "first";
  /** `[vocabSize]` by id, 0 or more, such as `idfWeights`: the mean is weighted by them. @default all alike */
  readonly weights?: Float64Array;
  /** The states behind so many layers; 0 for the embeddings. Layers in the middle often align languages best. @default all of them */
  readonly layer?: number;
  /** Most lines encoded at a time. @default 32 */
  readonly batchSize?: number;
  /** Stops before the next batch: the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Is told after every batch how many of the lines are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * One vector a line. A line longer than the model has positions is cut.
 * @param lines raw text, a sentence each; an empty one is its two sentence marks.
 * @returns `[lines, embDim]` in the order of the lines.
 * @throws DataError (`XLM_DATA`) for no lines, or one whose words all weigh 0; OptionError (`XLM_OPTION`) for a language, layer or pooling that
 *   there is not, and weights below 0 or together with `"first"`; ShapeError (`XLM_SHAPE`) for weights of another vocabulary; the signal's
 *   reason.
 */
export async function embedSentences(
  model: Transformer,
  codec: TextCodec,
  lines: readonly string[],
  options: EmbedOptions,
): Promise<Vectors> {
  const { lang, batchSize = 32, layer = model.config.nLayers, signal, onProgress } = options;
  const { dictionary } = codec;
  const { embDim, maxLen, nLayers } = model.config;
  checkInt("layer", layer, 0, nLayers);
  checkPooling(options, dictionary.size);
  if (lines.length === 0) {
    throw new DataError({
      what: "there are no lines",
      why: "there is nothing to embed",
      fix: "pass at least one line of text",
    });
  }
  const id = codec.langId(lang);
  const corpus = codec.corpus(lines, lang);
  const lower = { ...model, config: { ...model.config, nLayers: layer } }; // the first layers are a model of their own
  const data = new Float32Array(lines.length * embDim);
  let done = 0;
  for (const rows of planBatches(sentenceLengths([corpus]), { batchSize, groupBySize: true })) {
    signal?.throwIfAborted();
    const batch = truncateBatch(sentenceBatch(corpus, rows, dictionary, { lang: id }), dictionary, maxLen);
    const shares = options.weights && weightShares(batch, options.weights, rows);
    const hidden = encode(lower, batch);
    const pooled = shares
      ? weightedMean(hidden, shares)
      : meanPool(hidden, options.pooling === "first" ? batch.lengths.map(() => 1) : batch.lengths);
    hidden.dispose();
    const values = await pooled.data();
    pooled.dispose();
    rows.forEach((line, row) => data.set(values.subarray(row * embDim, (row + 1) * embDim), line * embDim));
    onProgress?.((done += rows.length), lines.length);
    await breathe();
  }
  return { data, shape: [lines.length, embDim] };
}

function checkPooling({ pooling = "mean", weights }: EmbedOptions, vocabSize: number): void {
  if (pooling !== "mean" && (pooling !== "first" || weights)) {
    throw new OptionError({
      what: `pooling is ${JSON.stringify(pooling)}${weights ? " and there are weights" : ""}`,
      why: weights ? "only a mean can be weighted" : "there is no such way to make one vector of many",
      fix: weights ? 'use "mean", or leave the weights out' : 'use "mean" or "first"',
    });
  }
  if (!weights) return;
  checkSize("weights", weights, [vocabSize]);
  const bad = weights.findIndex((weight) => !(weight >= 0 && weight < Infinity));
  if (bad < 0) return;
  throw new OptionError({
    what: `the weight of id ${bad} is ${weights[bad]}`,
    why: "weights are shares of a mean",
    fix: "use finite weights of 0 or more",
  });
}

/** `[batch, seq]` what each state counts for: its word's weight as a share of its row's. */
function weightShares(
  { ids, lengths, shape: [, seq] }: TokenBatch,
  weights: Float64Array,
  lines: Int32Array,
): Float32Array {
  const shares = new Float32Array(ids.length);
  lengths.forEach((length, row) => {
    const own = Float64Array.from(ids.subarray(row * seq, row * seq + length), (id) => weights[id] as number);
    const total = own.reduce((sum, weight) => sum + weight, 0);
    if (total === 0) {
      throw new DataError({
        what: "the words of the line weigh 0 together",
        why: "there is nothing to take the mean of",
        fix: "give its words or the sentence marks a weight, or leave the line out",
        at: { line: (lines[row] as number) + 1 },
      });
    }
    shares.set(
      own.map((weight) => weight / total),
      row * seq,
    );
  });
  return shares;
}

/** `[batch, dim]` from states `[batch, seq, dim]`. */
function weightedMean(hidden: tf.Tensor3D, shares: Float32Array): tf.Tensor2D {
  const [batch, seq, dim] = hidden.shape;
  return tf.tidy(() => tf.reshape(tf.matMul(tf.tensor3d(shares, [batch, 1, seq]), hidden), [batch, dim]));
}
