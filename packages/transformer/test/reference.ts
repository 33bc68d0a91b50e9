// Compares a model with the recorded outputs of the original: one folder holds a configuration, weights and any number of
// cases. Sizes, names and the number of layers are read from the folder.
import fs from "node:fs";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { createRng, type TensorData, type TokenBatch } from "@xlm/core";
import { readJson, readTensors, toBatchFirst, toInt32 } from "@xlm/tools/golden";
import {
  completeConfig,
  createTransformer,
  encode,
  initWeights,
  lossGradients,
  pairLoss,
  pairScores,
  predictionLoss,
  predictionScores,
  type Transformer,
  type TransformerOptions,
} from "../src/index.js";

/** Float32 against float64 differs by 1.3e-6 in the original itself; the recording allows 1e-5. */
export const TOLERANCE = 1e-5;
/** Of numbers from 1/2 to 1: two libraries may round the same sine differently. */
export const ONE_ULP = 2 ** -24;

type Tensors = Readonly<Record<string, TensorData>>;

interface ReferenceConfig {
  params?: {
    n_langs: number;
    n_words: number;
    pad_index: number;
    emb_dim: number;
    n_heads: number;
    n_layers: number;
    dropout: number;
    attention_dropout: number;
    sinusoidal_embeddings: boolean;
    gelu_activation: boolean;
    use_lang_emb: boolean;
    asm: boolean;
  };
}

/** Folders with an encoder that has an ordinary output layer; the others are encoder-decoders or adaptive softmax. */
export function encoderFolders(root: string): string[] {
  return fs
    .readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && fs.existsSync(path.join(root, entry.name, "config.json")))
    .map((entry) => path.join(root, entry.name))
    .filter((dir) => readJson<ReferenceConfig>(path.join(dir, "config.json")).params?.asm === false)
    .sort();
}

/** Names of the cases of a folder. */
export function caseNames(dir: string): string[] {
  return fs
    .readdirSync(dir)
    .filter((file) => file.endsWith(".safetensors") && !/^weights\.|\.grads\./.test(file))
    .map((file) => file.slice(0, -".safetensors".length))
    .sort();
}

/** Configuration and weights of a folder. The number of positions is the number of rows in the table. */
export function readReference(dir: string): { options: TransformerOptions; weights: Tensors } {
  const { params } = readJson<Required<ReferenceConfig>>(path.join(dir, "config.json"));
  const weights = readTensors(path.join(dir, "weights.safetensors"));
  const options: TransformerOptions = {
    vocabSize: params.n_words,
    nLangs: params.n_langs,
    embDim: params.emb_dim,
    nLayers: params.n_layers,
    nHeads: params.n_heads,
    maxLen: weights["position_embeddings.weight"]!.shape[0]!,
    activation: params.gelu_activation ? "gelu" : "relu",
    positionEmbeddings: params.sinusoidal_embeddings ? "sinusoidal" : "learned",
    useLangEmb: params.use_lang_emb,
    dropout: params.dropout,
    attentionDropout: params.attention_dropout,
    padId: params.pad_index,
  };
  return { options, weights };
}

/** Largest distance between a recorded sinusoidal table and the one computed here. */
export function sinusoidDistance(dir: string): number {
  const { options, weights } = readReference(dir);
  const ours = initWeights(completeConfig(options), createRng(0))["position_embeddings.weight"];
  return distance(ours?.data, weights["position_embeddings.weight"] as TensorData);
}

/**
 * Largest absolute distances between our float32 results and the recorded ones, by their name in the file, float32 and
 * float64 recordings alike.
 */
export function compareCase(dir: string, name: string): Record<string, number> {
  const { options, weights } = readReference(dir);
  const tensors = readTensors(path.join(dir, `${name}.safetensors`));
  const gradsFile = path.join(dir, `${name}.grads.safetensors`);
  const grads = fs.existsSync(gradsFile) ? readTensors(gradsFile) : {};
  const model = createTransformer(options, { weights });
  try {
    return tf.tidy(() =>
      tensors["in.pred_mask"] ? comparePredictions(model, tensors, grads) : comparePairs(model, tensors),
    );
  } finally {
    model.dispose();
  }
}

function comparePredictions(model: Transformer, tensors: Tensors, grads: Tensors): Record<string, number> {
  const { batch, places } = readInputs(tensors);
  const [rows, seq] = batch.shape;
  const targets = toInt32(tensors["in.y"] as TensorData);
  const targetIndices = Int32Array.from(places, ([t, row]) => row * seq + t);
  // A case is causal when every target is the token that follows: the files do not say it otherwise.
  const causal = places.every(([t, row], i) => t + 1 < seq && batch.ids[row * seq + t + 1] === targets[i]);
  const attention = causal ? "causal" : "full";

  const ours: Record<string, ArrayLike<number>> = {};
  const output = encode(model, batch, {
    attention,
    onState: (name, state) => (ours[/^(emb|layer)/.test(name) ? name : `detail.${name}`] = state.dataSync()),
  });
  ours["output"] = sequenceFirst(output.dataSync(), rows, seq);
  ours["scores"] = predictionScores(model, output, targetIndices).dataSync();
  const { loss, grads: ourGrads } = lossGradients(model, () =>
    predictionLoss(model, encode(model, batch, { attention }), targetIndices, targets),
  );
  ours["loss"] = loss.dataSync();

  const distances: Record<string, number> = {};
  for (const [name, theirs] of recordings(tensors)) distances[name] = distance(ours[name.slice(4)], theirs);
  for (const [name, theirs] of recordings(grads)) distances[`grad ${name}`] = gradDistance(ourGrads, name, theirs);
  return distances;
}

function comparePairs(model: Transformer, tensors: Tensors): Record<string, number> {
  const { batch } = readInputs(tensors);
  const labels = toInt32(tensors["in.y"] as TensorData);
  const logits = pairScores(model, encode(model, batch)).dataSync();
  const { loss, grads } = lossGradients(model, () => pairLoss(model, encode(model, batch), labels));
  const ours: Record<string, ArrayLike<number>> = { logits, loss: loss.dataSync() };
  const distances: Record<string, number> = {};
  for (const [name, theirs] of recordings(tensors)) {
    const [prefix, grad] = name.split(".grad.");
    distances[name] =
      grad === undefined ? distance(ours[name.slice(4)], theirs) : gradDistance(grads, `${prefix}.${grad}`, theirs);
  }
  return distances;
}

const recordings = (tensors: Tensors): [string, TensorData][] =>
  Object.entries(tensors).filter(([name]) => /^f(32|64)\./.test(name));

function readInputs(tensors: Tensors): { batch: TokenBatch; places: [t: number, row: number][] } {
  const x = tensors["in.x"] as TensorData;
  const [seq, rows] = x.shape as [number, number];
  const read = (name: string): Int32Array | undefined => {
    const tensor = tensors[`in.${name}`];
    return tensor && toBatchFirst(toInt32(tensor), seq, rows);
  };
  const positions = read("positions");
  const langs = read("langs");
  const batch: TokenBatch = {
    ids: toBatchFirst(toInt32(x), seq, rows),
    shape: [rows, seq],
    lengths: toInt32(tensors["in.lengths"] as TensorData),
    ...(positions && { positions }),
    ...(langs && { langs }),
  };
  // In the order of the recording: sequence first.
  const mask = tensors["in.pred_mask"] ? toInt32(tensors["in.pred_mask"]) : new Int32Array(0);
  const places = [...mask.keys()]
    .filter((at) => mask[at] === 1)
    .map((at): [number, number] => [Math.floor(at / rows), at % rows]);
  return { batch, places };
}

function sequenceFirst(data: ArrayLike<number>, rows: number, seq: number): Float32Array {
  const dim = data.length / (rows * seq);
  return Float32Array.from({ length: data.length }, (_, at) => {
    const place = Math.floor(at / dim);
    return data[((place % rows) * seq + Math.floor(place / rows)) * dim + (at % dim)] as number;
  });
}

function gradDistance(grads: Record<string, tf.Tensor>, name: string, theirs: TensorData): number {
  return distance(grads[name.slice(4)]?.dataSync(), theirs);
}

/** Infinite when something is missing, of another size or not a number. */
function distance(ours: ArrayLike<number> | undefined, theirs: TensorData): number {
  const expected = theirs.data as Float32Array | Float64Array;
  if (ours?.length !== expected.length) return Infinity;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs((ours[i] as number) - (expected[i] as number));
    if (!(difference <= worst)) worst = Number.isNaN(difference) ? Infinity : difference;
  }
  return worst;
}
