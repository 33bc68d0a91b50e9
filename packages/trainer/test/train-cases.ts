// Recorded training runs of the original, for a folder laid out as the reference's `train`.
import fs from "node:fs";
import path from "node:path";
import type { PredictionBatch, TensorData } from "@xlm/core";
import { readJson, readTensors, toBatchFirst, toInt32 } from "@xlm/tools/golden";
import { createTransformer, exportWeights, type Transformer } from "@xlm/transformer";
import { expect } from "vitest";
import { createTensorOptimizer, parseOptimizer, trainStep, type ObjectiveBatch } from "../src/index.js";
import { tinyObjectives } from "./tiny.js";

interface ModelParams {
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

export interface RunInfo {
  model_params?: ModelParams;
  optimizer: string;
  clip_grad_norm: number;
  causal?: boolean;
  n_steps: number;
  initial_weights: string;
  losses_f64: number[];
  lr_used: number[];
  grad_norm_before_clipping_f64: (number | null)[];
}

type Tensors = Readonly<Record<string, TensorData>>;

/** The runs of an encoder alone that predicts words: translation has two models, classification another head. */
export function languageModelRuns(dir: string): { name: string; kind: "mlm" | "tlm" | "clm"; info: RunInfo }[] {
  const all = readJson<Record<string, RunInfo>>(path.join(dir, "info.json"));
  return Object.entries(all).flatMap(([name, info]) => {
    if (!info.model_params || info.initial_weights.includes(",")) return [];
    const file = path.join(dir, `${name}.batches.safetensors`);
    if (!fs.existsSync(file)) return [];
    const batches = readTensors(file);
    const prefix = Object.keys(batches)[0]!.split(".")[0]!;
    if (!batches[`${prefix}.pred_mask`]) return [];
    return [{ name, kind: info.causal ? "clm" : batches[`${prefix}.positions`] ? "tlm" : "mlm", info } as const];
  });
}

/** A batch as recorded, `[seq, batch]`, made ours. */
export function recordedBatch(tensors: Tensors, prefix: string): PredictionBatch {
  const x = tensors[`${prefix}x`]!;
  const [seq, rows] = x.shape as [number, number];
  const turned = (name: string): Int32Array | undefined => {
    const tensor = tensors[`${prefix}${name}`];
    return tensor && toBatchFirst(toInt32(tensor), seq, rows);
  };
  return predictionBatch({
    ids: turned("x")!,
    shape: [rows, seq],
    lengths: toInt32(tensors[`${prefix}lengths`]!),
    positions: turned("positions"),
    langs: turned("langs"),
    mask: toInt32(tensors[`${prefix}pred_mask`]!),
    y: toInt32(tensors[`${prefix}y`]!),
  });
}

/** Puts the targets, recorded in `[seq, batch]` order, into ours. */
export function predictionBatch(parts: {
  ids: Int32Array;
  shape: [number, number];
  lengths: Int32Array;
  positions: Int32Array | undefined;
  langs: Int32Array | undefined;
  mask: ArrayLike<number>;
  y: ArrayLike<number>;
}): PredictionBatch {
  const { ids, shape, lengths, positions, langs, mask, y } = parts;
  const [rows, seq] = shape;
  const places: [index: number, target: number][] = [];
  for (let t = 0; t < seq; t++)
    for (let b = 0; b < rows; b++) if (mask[t * rows + b]) places.push([b * seq + t, y[places.length]!]);
  expect(places.length).toBe(y.length);
  places.sort((a, b) => a[0] - b[0]);
  return {
    ids,
    shape,
    lengths,
    ...(positions && { positions }),
    ...(langs && { langs }),
    targetIndices: Int32Array.from(places, ([index]) => index),
    targets: Int32Array.from(places, ([, target]) => target),
  };
}

export function recordedModel(params: ModelParams, weights: Tensors): Transformer {
  expect(params.share_inout_emb && !params.asm && !params.use_memory).toBe(true);
  const options = {
    vocabSize: params.n_words,
    nLangs: params.n_langs,
    embDim: params.emb_dim,
    nLayers: params.n_layers,
    nHeads: params.n_heads,
    maxLen: weights["position_embeddings.weight"]!.shape[0]!,
    activation: params.gelu_activation ? "gelu" : "relu",
    positionEmbeddings: params.sinusoidal_embeddings ? "sinusoidal" : "learned",
    useLangEmb: params.use_lang_emb,
    padId: params.pad_index,
    dropout: 0,
    attentionDropout: 0,
  } as const;
  return createTransformer(options, { weights });
}

/**
 * Trains on the recorded batches and compares losses, learning rates, gradient norms, and the final weights where there are some.
 * @param initial the folder that `initial_weights` starts from.
 */
export async function compareRun(dir: string, initial: string, name: string): Promise<void> {
  const run = languageModelRuns(dir).find((candidate) => candidate.name === name)!;
  const { info, kind } = run;
  const batches = readTensors(path.join(dir, `${name}.batches.safetensors`));
  const model = recordedModel(info.model_params!, readTensors(path.join(initial, info.initial_weights)));
  const optimizer = createTensorOptimizer(parseOptimizer(info.optimizer), model.params);
  try {
    const prefixes = [...new Set(Object.keys(batches).map((key) => key.split(".")[0]!))];
    prefixes.sort((a, b) => Number(a.replace(/\D/g, "")) - Number(b.replace(/\D/g, "")));
    expect(prefixes.length).toBe(info.n_steps);
    for (const [i, prefix] of prefixes.entries()) {
      const part: ObjectiveBatch = { objective: tinyObjectives[kind], batch: recordedBatch(batches, `${prefix}.`) };
      const { loss, lr, gradNorm } = await trainStep(model, optimizer, [part], { clip: info.clip_grad_norm });
      // float32 against float64; losses within the tolerance of the recording, norms after weights that far apart.
      expect(Math.abs(loss - info.losses_f64[i]!), `loss of step ${i}`).toBeLessThan(1e-5);
      expect(Math.abs(lr / info.lr_used[i]! - 1)).toBeLessThanOrEqual(1e-15);
      const norm = info.grad_norm_before_clipping_f64[i] ?? null;
      if (norm !== null) expect(Math.abs(gradNorm / norm - 1), `norm of step ${i}`).toBeLessThan(1e-4);
    }
    compareWeights(model, path.join(dir, `${name}.final.safetensors`));
  } finally {
    optimizer.dispose();
    model.dispose();
  }
}

function compareWeights(model: Transformer, file: string): void {
  if (!fs.existsSync(file)) return; // the cut fixtures end before the recorded runs do
  const finals = readTensors(file);
  const weights = exportWeights(model);
  for (const [parameter, { data }] of Object.entries(weights)) {
    const expected = finals[parameter]!.data as Float32Array;
    const worst = data.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
    // The gradient of k_lin.bias is zero in exact arithmetic; Adam blows up what rounding makes of it.
    expect(worst, parameter).toBeLessThan(parameter.endsWith("k_lin.bias") ? 1e-3 : 2e-5);
  }
}
