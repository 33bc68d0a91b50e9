// Compares a model with the recorded outputs of the original: one folder holds a configuration, weights and any number of
// cases. Sizes, names and the number of layers are read from the folder.
import fs from "node:fs";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { createRng, type PredictionBatch, type TensorData, type TokenBatch } from "@xlm/core";
import { readJson, readTensors, toBatchFirst, toInt32 } from "@xlm/tools/golden";
import {
  batchLoss,
  completeConfig,
  createEncoderDecoder,
  createTransformer,
  decode,
  encode,
  initWeights,
  joinModels,
  lossGradients,
  pairLoss,
  pairScores,
  predictionLoss,
  predictionScores,
  translationLoss,
  type EncodeOptions,
  type EncoderDecoder,
  type Joined,
  type Transformer,
  type TransformerOptions,
} from "../src/index.js";

/** Of numbers from 1/2 to 1: two libraries may round the same sine differently. */
export const ONE_ULP = 2 ** -24;

type Tensors = Readonly<Record<string, TensorData>>;
type Arrays = Record<string, ArrayLike<number>>;

interface ReferenceParams {
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
  share_inout_emb: boolean;
  use_lang_emb: boolean;
  asm: boolean;
  asm_cutoffs: number[];
  asm_div_value: number;
}

/** A folder holds an encoder, or an encoder and a decoder. */
type ReferenceConfig =
  { params: ReferenceParams } | { encoder_params: ReferenceParams; decoder_params: ReferenceParams };

const readConfig = (dir: string): ReferenceConfig => readJson<ReferenceConfig>(path.join(dir, "config.json"));

/** The folders of `root` that hold a model. */
export function modelFolders(root: string): string[] {
  return fs
    .readdirSync(root)
    .map((name) => path.join(root, name))
    .filter((dir) => fs.existsSync(path.join(dir, "config.json")))
    .sort();
}

/** Names of the cases of a folder. */
export function caseNames(dir: string): string[] {
  return fs
    .readdirSync(dir)
    .filter((file) => file.endsWith(".safetensors") && !/^(weights|encoder|decoder)\.|\.grads\./.test(file))
    .map((file) => file.slice(0, -".safetensors".length))
    .sort();
}

/**
 * What the recording allows: float32 against float64 differs by 1.3e-6 in the original itself, and by 1e-5 in its translation model,
 * which was trained.
 */
export const toleranceOf = (dir: string): number => ("params" in readConfig(dir) ? 1e-5 : 1e-4);

/** Options and weights of each model of a folder: `weights`, or `encoder` and `decoder`; a fixture may hold the decoder alone. */
export function readReference(dir: string): Record<string, { options: TransformerOptions; weights: Tensors }> {
  const config = readConfig(dir);
  const params =
    "params" in config
      ? { weights: config.params }
      : { encoder: config.encoder_params, decoder: config.decoder_params };
  return Object.fromEntries(
    Object.entries(params)
      .filter(([file]) => fs.existsSync(path.join(dir, `${file}.safetensors`)))
      .map(([file, own]) => {
        const weights = readTensors(path.join(dir, `${file}.safetensors`));
        // The number of positions is the number of rows in the table.
        return [file, { options: optionsOf(own, weights["position_embeddings.weight"]?.shape[0] as number), weights }];
      }),
  );
}

const optionsOf = (params: ReferenceParams, maxLen: number): TransformerOptions => ({
  vocabSize: params.n_words,
  nLangs: params.n_langs,
  embDim: params.emb_dim,
  nLayers: params.n_layers,
  nHeads: params.n_heads,
  maxLen,
  activation: params.gelu_activation ? "gelu" : "relu",
  positionEmbeddings: params.sinusoidal_embeddings ? "sinusoidal" : "learned",
  useLangEmb: params.use_lang_emb,
  dropout: params.dropout,
  attentionDropout: params.attention_dropout,
  padId: params.pad_index,
  output: params.asm ? "adaptive" : params.share_inout_emb ? "tied" : "untied",
  adaptiveCutoffs: params.asm_cutoffs,
  adaptiveDivValue: params.asm_div_value,
});

/** Largest distances between the sinusoidal tables recorded in a folder and the ones computed here. */
export const sinusoidDistances = (dir: string): number[] =>
  Object.values(readReference(dir))
    .filter(({ options }) => options.positionEmbeddings === "sinusoidal")
    .map(({ options, weights }) => {
      const name = "position_embeddings.weight";
      return distance(initWeights(completeConfig(options), createRng(0))[name]?.data, weights[name] as TensorData);
    });

/**
 * Largest absolute distances between our float32 results and the recorded ones, by their name in the file, float32 and
 * float64 recordings alike.
 */
export function compareCase(dir: string, name: string): Record<string, number> {
  const tensors = readTensors(path.join(dir, `${name}.safetensors`));
  const gradsFile = path.join(dir, `${name}.grads.safetensors`);
  const grads = fs.existsSync(gradsFile) ? readTensors(gradsFile) : {};
  const { weights: single, encoder, decoder } = readReference(dir);
  if (decoder) {
    const { weights } = decoder;
    const model = encoder
      ? createEncoderDecoder(
          { encoder: encoder.options, decoder: decoder.options },
          { weights: { ...prefixed("encoder", encoder.weights), ...prefixed("decoder", weights) } },
        )
      : joinModels({ decoder: createTransformer({ ...decoder.options, crossAttention: true }, { weights }) });
    return freeing(model, () => compareTranslation(model, tensors, grads));
  }
  if (!single) throw new Error(`${dir} has no weights`);
  const model = createTransformer(single.options, { weights: single.weights });
  return freeing(model, () =>
    tensors["in.pred_mask"] ? comparePredictions(model, tensors, grads) : comparePairs(model, tensors),
  );
}

const prefixed = (part: string, tensors: Tensors): Tensors =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`${part}.${name}`, tensor]));

function freeing<T extends Record<string, number>>(model: { dispose(): void }, compare: () => T): T {
  try {
    return tf.tidy(compare);
  } finally {
    model.dispose();
  }
}

function comparePredictions(model: Transformer, tensors: Tensors, grads: Tensors): Record<string, number> {
  const batch = readTargets(tensors, readBatch(tensors, { x: "x", lengths: "lengths", langs: "langs" }));
  const [rows, seq] = batch.shape;
  // A case is causal when every target is the token that follows: the files do not say it otherwise.
  const isNext = (at: number, i: number): boolean => (at + 1) % seq !== 0 && batch.ids[at + 1] === batch.targets[i];
  const attention = batch.targetIndices.every(isNext) ? "causal" : "full";

  const ours: Arrays = {};
  const output = encode(model, batch, { attention, onState: recorder(ours, "") });
  ours["output"] = sequenceFirst(output.dataSync(), rows, seq);
  ours["scores"] = predictionScores(model, output, batch.targetIndices).dataSync();
  const { loss, grads: ourGrads } = lossGradients(model, () => batchLoss(model, batch, { attention }));
  ours["loss"] = loss.dataSync();
  return { ...distances(tensors, ours), ...gradDistances(grads, ourGrads) };
}

/** Without an encoder, the decoder reads the recorded states of one. */
function compareTranslation(
  model: EncoderDecoder | Joined<{ decoder: Transformer }>,
  tensors: Tensors,
  grads: Tensors,
): Record<string, number> {
  const source = readBatch(tensors, { x: "x1", lengths: "len1", langs: "lang1" });
  const target = readTargets(tensors, readBatch(tensors, { x: "x2", lengths: "len2", langs: "lang2" }));
  const ours: Arrays = {};
  const whole = "encoder" in model ? model : undefined;
  const states = whole
    ? encode(whole.encoder, source, { onState: recorder(ours, "enc.") })
    : tf.tensor<tf.Rank.R3>(
        tensors["f32.enc.output_bs_first"]?.data as Float32Array,
        [...source.shape, model.decoder.config.embDim] as [number, number, number],
      );
  ours["enc.output_bs_first"] = states.dataSync();
  const encoded = { states, lengths: source.lengths };
  const read = (options: Pick<EncodeOptions, "onState"> = {}): tf.Tensor3D =>
    decode(model.decoder, target, encoded, options);
  const output = read({ onState: recorder(ours, "dec.") });
  ours["dec.output"] = sequenceFirst(output.dataSync(), ...target.shape);
  ours["scores"] = predictionScores(model.decoder, output, target.targetIndices).dataSync();
  const { loss, grads: ourGrads } = lossGradients(model, () =>
    whole
      ? translationLoss(whole, { source, target })
      : predictionLoss(model.decoder, read(), target.targetIndices, target.targets),
  );
  ours["loss"] = loss.dataSync();
  return { ...distances(tensors, ours), ...gradDistances(grads, ourGrads) };
}

const recorder =
  (into: Arrays, prefix: string): NonNullable<EncodeOptions["onState"]> =>
  (name, state) =>
    (into[`${prefix}${/^(emb|layer)/.test(name) ? "" : "detail."}${name}`] = state.dataSync());

function comparePairs(model: Transformer, tensors: Tensors): Record<string, number> {
  const batch = readBatch(tensors, { x: "x", lengths: "lengths", langs: "langs" });
  const labels = toInt32(tensors["in.y"] as TensorData);
  const logits = pairScores(model, encode(model, batch)).dataSync();
  const { loss, grads } = lossGradients(model, () => pairLoss(model, encode(model, batch), labels));
  // Here the gradients are in the same file.
  const recorded = Object.entries(tensors).map(([name, tensor]) => [name.replace(".grad.", "."), tensor] as const);
  const isGrad = (name: string): boolean => name.slice(4) in grads;
  return {
    ...distances(Object.fromEntries(recorded.filter(([name]) => !isGrad(name))), { logits, loss: loss.dataSync() }),
    ...gradDistances(Object.fromEntries(recorded.filter(([name]) => isGrad(name))), grads),
  };
}

const recordings = (tensors: Tensors): [string, TensorData][] =>
  Object.entries(tensors).filter(([name]) => /^f(32|64)\./.test(name));

/** Of every recording in the file; infinite for one that has no counterpart. */
const distances = (tensors: Tensors, ours: Arrays): Record<string, number> =>
  Object.fromEntries(recordings(tensors).map(([name, theirs]) => [name, distance(ours[name.slice(4)], theirs)]));

const gradDistances = (tensors: Tensors, grads: Record<string, tf.Tensor>): Record<string, number> =>
  Object.fromEntries(
    recordings(tensors).map(([name, theirs]) => [`grad ${name}`, distance(grads[name.slice(4)]?.dataSync(), theirs)]),
  );

/** Languages are given for every token, or once for all. */
function readBatch(tensors: Tensors, names: { x: string; lengths: string; langs: string }): TokenBatch {
  const x = tensors[`in.${names.x}`] as TensorData;
  const [seq, rows] = x.shape as [number, number];
  const read = (name: string): Int32Array | undefined => {
    const tensor = tensors[`in.${name}`];
    const values = tensor && toInt32(tensor);
    return values?.length === 1
      ? new Int32Array(rows * seq).fill(values[0] as number)
      : values && toBatchFirst(values, seq, rows);
  };
  const positions = read("positions");
  const langs = read(names.langs);
  return {
    ids: read(names.x) as Int32Array,
    shape: [rows, seq],
    lengths: toInt32(tensors[`in.${names.lengths}`] as TensorData),
    ...(positions && { positions }),
    ...(langs && { langs }),
  };
}

/** The places to predict in the order of the recording, sequence first. */
function readTargets(tensors: Tensors, batch: TokenBatch): PredictionBatch {
  const [rows, seq] = batch.shape;
  const mask = toInt32(tensors["in.pred_mask"] as TensorData);
  const places = Int32Array.from(mask.keys()).filter((at) => mask[at] === 1);
  const targetIndices = places.map((at) => (at % rows) * seq + Math.floor(at / rows));
  return { ...batch, targetIndices, targets: toInt32(tensors["in.y"] as TensorData) };
}

function sequenceFirst(data: ArrayLike<number>, rows: number, seq: number): Float32Array {
  const dim = data.length / (rows * seq);
  return Float32Array.from({ length: data.length }, (_, at) => {
    const place = Math.floor(at / dim);
    return data[((place % rows) * seq + Math.floor(place / rows)) * dim + (at % dim)] as number;
  });
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
