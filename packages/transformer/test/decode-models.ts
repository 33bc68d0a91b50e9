// Models to write with in tests.
import * as tf from "@tensorflow/tfjs-core";
import { createRng, fillNormal, type TensorData, type TokenBatch } from "@xlm/core";
import {
  createEncoderDecoder,
  createTransformer,
  decode,
  encode,
  exportWeights,
  joinModels,
  predictionLosses,
  type EncoderDecoder,
  type Transformer,
  type TransformerOptions,
} from "../src/index.js";
import { smallOptions } from "./batches.js";

type Weights = Record<string, TensorData<"F32">>;

const EOS = 1;

/**
 * Weights with which a sentence depends on its source and on the place in it, and ends now and then: freshly drawn models say the same
 * again and again.
 */
function enliven(weights: Weights, seed: number): Weights {
  const rng = createRng(seed);
  for (const [name, { data, shape }] of Object.entries(weights)) {
    const strength = /position|pred_layer|ffns/.test(name) ? 3 : /embeddings/.test(name) ? 0.5 : 1;
    const inputs = shape[1]; // of a matrix
    const isGain = /layer_norm.*weight$/.test(name);
    fillNormal(rng, data, isGain ? 1 : 0, inputs === undefined ? 0.1 : strength / Math.sqrt(inputs));
    if (/pred_layer.*bias$/.test(name)) data[EOS] = 2;
  }
  return weights;
}

/** An encoder and a decoder of two layers with random weights. */
export function randomWriter(seed: number, options: Partial<TransformerOptions> = {}): EncoderDecoder {
  const all: TransformerOptions = { ...smallOptions, output: "untied", maxLen: 16, ...options };
  const fresh = createEncoderDecoder(all, { rng: createRng(seed) });
  const weights = enliven(exportWeights(fresh), seed);
  fresh.dispose();
  return createEncoderDecoder(all, { weights });
}

/** A causal language model with random weights. */
export function randomCausal(seed: number, options: Partial<TransformerOptions> = {}): Transformer {
  const all: TransformerOptions = { ...smallOptions, output: "untied", maxLen: 16, ...options };
  const fresh = createTransformer(all, { rng: createRng(seed) });
  const weights = enliven(exportWeights(fresh), seed);
  fresh.dispose();
  return createTransformer(all, { weights });
}

/** Probabilities of the next word by the last one. */
export type Chain = Readonly<Record<number, Readonly<Record<number, number>>>>;

/** What a chain does not tell. */
const NEVER = 1e-7;

/** A model of one language and 7 ids in which the next word depends on the last one alone. */
export function markovCausal(chain: Chain, crossAttention = false): Transformer {
  const size = 7;
  const options: TransformerOptions = {
    vocabSize: size,
    embDim: size,
    nLayers: 1,
    nHeads: 1,
    hiddenDim: 1,
    maxLen: 20,
    output: "untied",
    crossAttention,
  };
  const fresh = createTransformer(options, { rng: createRng(0) });
  const weights = exportWeights(fresh);
  fresh.dispose();
  // Nothing but the token's embedding, a one among zeros, gets through; after the norms it is `high` among `low`.
  for (const [name, { data }] of Object.entries(weights)) data.fill(/layer_norm.*weight/.test(name) ? 1 : 0);
  const [high, low] = [Math.sqrt(size - 1), -1 / Math.sqrt(size - 1)];
  const [embeddings, output, bias] = ["embeddings.weight", "pred_layer.proj.weight", "pred_layer.proj.bias"].map(
    (name) => (weights[name] as TensorData<"F32">).data,
  ) as [Float32Array, Float32Array, Float32Array];
  for (let last = 0; last < size; last++) {
    embeddings[last * size + last] = 1;
    for (let next = 0; next < size; next++) {
      const weight = Math.log(chain[last]?.[next] ?? NEVER) / (high - low);
      output[next * size + last] = weight;
      bias[next]! -= low * weight;
    }
  }
  return createTransformer(options, { weights });
}

/** The same as a decoder, whatever the source. */
export const markovWriter = (chain: Chain): EncoderDecoder =>
  joinModels({ encoder: markovCausal(chain), decoder: markovCausal(chain, true) });

/** The rows as a batch. */
export function batchOf(rows: readonly (readonly number[])[], lang?: number): TokenBatch {
  const seq = Math.max(...rows.map((row) => row.length));
  const ids = Int32Array.from(rows.flatMap((row) => [...row, ...new Array<number>(seq - row.length).fill(2)]));
  const lengths = Int32Array.from(rows, (row) => row.length);
  const batch = { ids, shape: [rows.length, seq] as const, lengths };
  return lang === undefined ? batch : { ...batch, langs: new Int32Array(ids.length).fill(lang) };
}

/** The rows of a batch without padding. */
export const rowsOf = ({ ids, shape: [rows, seq], lengths }: TokenBatch): number[][] =>
  Array.from({ length: rows }, (_, row) => [...ids.subarray(row * seq, row * seq + (lengths[row] as number))]);

/** Some rows of a batch, in a new order. */
export function pickRows(batch: TokenBatch, rows: readonly number[]): TokenBatch {
  const [, seq] = batch.shape;
  const pick = (values: Int32Array, width: number): Int32Array =>
    Int32Array.from(rows.flatMap((row) => [...values.subarray(row * width, (row + 1) * width)]));
  return {
    ids: pick(batch.ids, seq),
    ...(batch.langs && { langs: pick(batch.langs, seq) }),
    lengths: pick(batch.lengths, 1),
    shape: [rows.length, seq],
  };
}

/**
 * The log-probability of each row from its place `from` on, from the model run over the whole row at once. `source` has as many rows;
 * without, the model is a causal language model.
 */
export function wholeLogProbs(
  model: EncoderDecoder | Transformer,
  batch: TokenBatch,
  source?: TokenBatch,
  from: readonly number[] = rowsOf(batch).map(() => 1),
): number[] {
  const seq = batch.shape[1];
  return tf.tidy(() => {
    const [writer, states] =
      "decoder" in model
        ? [
            model.decoder,
            decode(model.decoder, batch, {
              states: encode(model.encoder, source as TokenBatch),
              lengths: (source as TokenBatch).lengths,
            }),
          ]
        : [model, encode(model, batch, { attention: "causal" })];
    return rowsOf(batch).map((tokens, row) => {
      const targets = Int32Array.from(tokens.slice(from[row]));
      const places = targets.map((_, i) => row * seq + (from[row] as number) + i - 1);
      const losses = predictionLosses(writer, states, places, targets).dataSync<"float32">();
      return losses.reduce((sum, loss) => sum - loss, 0);
    });
  });
}
