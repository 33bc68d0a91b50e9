// Models and batches as the original's recordings have them, made ours.
import path from "node:path";
import type { PredictionBatch, TensorData, TokenBatch, TranslationBatch } from "@xlm/core";
import { readJson, readTensors, toBatchFirst, toInt32 } from "@xlm/tools/golden";
import {
  createEncoderDecoder,
  createTransformer,
  type EncoderDecoder,
  type Transformer,
  type TransformerOptions,
} from "@xlm/transformer";
import { expect } from "vitest";
import type { LabelledBatch } from "../src/index.js";

export type Tensors = Readonly<Record<string, TensorData>>;

export interface ModelParams {
  n_words: number;
  n_langs: number;
  emb_dim: number;
  n_layers: number;
  n_heads: number;
  sinusoidal_embeddings: boolean;
  gelu_activation: boolean;
  use_lang_emb: boolean;
  share_inout_emb: boolean;
  pad_index: number;
  asm: boolean;
  use_memory: boolean;
}

function optionsOf(params: ModelParams, weights: Tensors, prefix = ""): TransformerOptions {
  expect(params.share_inout_emb && !params.asm && !params.use_memory).toBe(true);
  return {
    vocabSize: params.n_words,
    nLangs: params.n_langs,
    embDim: params.emb_dim,
    nLayers: params.n_layers,
    nHeads: params.n_heads,
    maxLen: weights[`${prefix}position_embeddings.weight`]!.shape[0]!,
    activation: params.gelu_activation ? "gelu" : "relu",
    positionEmbeddings: params.sinusoidal_embeddings ? "sinusoidal" : "learned",
    useLangEmb: params.use_lang_emb,
    padId: params.pad_index,
    dropout: 0,
    attentionDropout: 0,
  };
}

export const recordedModel = (params: ModelParams, weights: Tensors): Transformer =>
  createTransformer(optionsOf(params, weights), { weights });

/** The configuration beside a file of weights. */
export const readConfig = <T>(file: string): T => readJson<T>(path.join(path.dirname(file), "config.json"));

/** @param weights `encoder.*` and `decoder.*`. @param files of the weights training began with; their configuration lies beside them. */
export function recordedTranslator(files: readonly string[], weights: Tensors = startWeights(files)): EncoderDecoder {
  const params = readConfig<{ encoder_params: ModelParams; decoder_params: ModelParams }>(files[0]!);
  return createEncoderDecoder(
    {
      encoder: optionsOf(params.encoder_params, weights, "encoder."),
      decoder: optionsOf(params.decoder_params, weights, "decoder."),
    },
    { weights },
  );
}

/** `encoder.safetensors` and `decoder.safetensors` taken together. */
const startWeights = (files: readonly string[]): Tensors =>
  Object.fromEntries(
    files.flatMap((file) => {
      const part = path.basename(file, ".safetensors");
      return Object.entries(readTensors(file)).map(([name, tensor]) => [`${part}.${name}`, tensor]);
    }),
  );

/** Arrays of a recorded batch, `[seq, batch]` flattened. */
export interface RecordedText {
  ids: ArrayLike<number>;
  seq: number;
  lengths: ArrayLike<number>;
  positions?: ArrayLike<number> | undefined;
  langs?: ArrayLike<number> | undefined;
}

export function tokenBatch({ ids, seq, lengths, positions, langs }: RecordedText): TokenBatch {
  const rows = lengths.length;
  const turned = (values: ArrayLike<number>): Int32Array => toBatchFirst(values, seq, rows);
  return {
    ids: turned(ids),
    shape: [rows, seq],
    lengths: Int32Array.from(lengths),
    ...(positions && { positions: turned(positions) }),
    ...(langs && { langs: turned(langs) }),
  };
}

/** Puts the targets, recorded in `[seq, batch]` order, into ours. */
export function predictionBatch(batch: TokenBatch, mask: ArrayLike<number>, y: ArrayLike<number>): PredictionBatch {
  const [rows, seq] = batch.shape;
  const places: [index: number, target: number][] = [];
  for (let t = 0; t < seq; t++)
    for (let b = 0; b < rows; b++) if (mask[t * rows + b]) places.push([b * seq + t, y[places.length]!]);
  expect(places.length).toBe(y.length);
  places.sort((a, b) => a[0] - b[0]);
  return {
    ...batch,
    targetIndices: Int32Array.from(places, ([index]) => index),
    targets: Int32Array.from(places, ([, target]) => target),
  };
}

type Names = Record<"ids" | "lengths" | "positions" | "langs", string>;
const ONE: Names = { ids: "x", lengths: "lengths", positions: "positions", langs: "langs" };
const sideNames = (side: 1 | 2): Names => ({
  ids: `x${side}`,
  lengths: `len${side}`,
  positions: `positions${side}`,
  langs: `langs${side}`,
});

function textOf(tensors: Tensors, prefix: string, names: Names = ONE): TokenBatch {
  const read = (name: keyof Names): Int32Array | undefined => {
    const tensor = tensors[`${prefix}${names[name]}`];
    return tensor && toInt32(tensor);
  };
  return tokenBatch({
    ids: read("ids")!,
    seq: tensors[`${prefix}${names.ids}`]!.shape[0]!,
    lengths: read("lengths")!,
    positions: read("positions"),
    langs: read("langs"),
  });
}

const targetsOf = (tensors: Tensors, prefix: string, batch: TokenBatch): PredictionBatch =>
  predictionBatch(batch, toInt32(tensors[`${prefix}pred_mask`]!), toInt32(tensors[`${prefix}y`]!));

export const recordedPredictions = (tensors: Tensors, prefix: string): PredictionBatch =>
  targetsOf(tensors, prefix, textOf(tensors, prefix));

export const recordedTranslation = (tensors: Tensors, prefix: string): TranslationBatch => ({
  source: textOf(tensors, prefix, sideNames(1)),
  target: targetsOf(tensors, prefix, textOf(tensors, prefix, sideNames(2))),
});

export function recordedLabels(tensors: Tensors, prefix: string): LabelledBatch {
  const y = tensors[`${prefix}y`]!;
  return { ...textOf(tensors, prefix), labels: y.dtype === "F32" ? (y.data as Float32Array) : toInt32(y) };
}

/** `step00`, `step01`... in order: what the names of the tensors begin with. */
export function stepNames(tensors: Tensors): string[] {
  const names = Object.keys(tensors).flatMap((key) => /^step\d+(?=\.)/.exec(key) ?? []);
  return [...new Set(names)].sort((a, b) => Number(a.slice(4)) - Number(b.slice(4)));
}
