// Recorded training runs of the original, for a folder laid out as the reference's `train`.
import fs from "node:fs";
import path from "node:path";
import { langId, type TensorData, type TokenBatch, type TranslationBatch } from "@xlm/core";
import { readJson, readTensors } from "@xlm/tools/golden";
import {
  createHead,
  encode,
  exportWeights,
  joinModels,
  sequenceScores,
  type EncoderDecoder,
  type Trainable,
  type Transformer,
} from "@xlm/transformer";
import { expect } from "vitest";
import {
  bt,
  classify,
  createTensorOptimizer,
  joinOptimizers,
  parametersOfLayers,
  parseOptimizer,
  trainStep,
  type Classifier,
  type ObjectiveBatch,
  type TensorOptimizer,
} from "../src/index.js";
import {
  readConfig,
  recordedLabels,
  recordedModel,
  recordedPredictions,
  recordedTranslation,
  recordedTranslator,
  stepNames,
  type ModelParams,
  type Tensors,
} from "./recorded.js";
import { tinyObjectives } from "./tiny.js";

interface RunInfo {
  /** Files of weights, in some folder above. */
  initial_weights: string;
  losses_f64: number[];
  /** Of an encoder alone; the others have a configuration beside their weights. */
  model_params?: ModelParams;
  causal?: boolean;
  /** Of one optimiser; classification has two, and no more of these. */
  optimizer?: string;
  clip_grad_norm?: number;
  lr_used?: number[];
  grad_norm_before_clipping_f32?: (number | null)[];
  grad_norm_before_clipping_f64?: (number | null)[];
  optimizer_e?: string;
  optimizer_p?: string;
  finetune_layers?: string;
}

type LanguageModelKind = "mlm" | "tlm" | "clm";
type TranslationKind = "mt" | "ae" | "bt";
type AnswerKind = "classes" | "number";

export interface Run {
  readonly name: string;
  readonly kind: LanguageModelKind | TranslationKind | AnswerKind;
  readonly info: RunInfo;
  readonly tensors: Tensors;
}

/** All runs of a folder: what they train is known by what their files hold, how a source came about by the name of the run. */
export function recordedRuns(dir: string): Run[] {
  const all = readJson<Record<string, RunInfo>>(path.join(dir, "info.json"));
  return Object.entries(all).map(([name, info]) => {
    const file = [`${name}.batches.safetensors`, `${name}.safetensors`].find((f) => fs.existsSync(path.join(dir, f)));
    if (file === undefined) throw new Error(`${name} has no batches in ${dir}`);
    const tensors = readTensors(path.join(dir, file));
    return { name, info, tensors, kind: kindOf(name, info, tensors) };
  });
}

function kindOf(name: string, info: RunInfo, tensors: Tensors): Run["kind"] {
  const [step] = stepNames(tensors);
  if (tensors[`${step}.x1`]) return (/^(ae|bt)/.exec(name)?.[0] ?? "mt") as TranslationKind;
  if (tensors["proj.weight"]) return tensors[`${step}.y`]!.dtype === "F32" ? "number" : "classes";
  if (info.causal) return "clm";
  return tensors[`${step}.positions`] ? "tlm" : "mlm";
}

/** A run made ready to be run again. */
interface Rerun {
  readonly model: Trainable;
  readonly optimizer: TensorOptimizer;
  /** What is learnt in a step; on the way, what is to be compared before it. */
  readonly part: (step: string) => Promise<ObjectiveBatch>;
  /** Recorded final weights by our names of the parameters. */
  readonly finals: Readonly<Record<string, TensorData>>;
}

/** Largest distances from the recording. */
export interface Distances {
  /** Absolute, of losses and of logits, in float32 against float64. */
  loss: number;
  logits: number;
  /** Relative, of learning rates and of gradient norms. */
  rate: number;
  norm: number;
  /** Absolute, of final weights. The gradient of `k_lin.bias` is zero in exact arithmetic; Adam blows up what rounding makes of it. */
  weights: number;
  keyBiases: number;
}

/** What the recording allows: weights drift apart, and with them norms. */
export const TOLERANCES: Distances = {
  loss: 1e-5,
  logits: 1e-5,
  rate: 1e-15,
  norm: 1e-4,
  weights: 2e-5,
  keyBiases: 1e-3,
};

/**
 * Trains on the recorded batches.
 * @param initial the folder that `initial_weights` starts from.
 * @returns the distances of what is recorded.
 */
export async function compareRun(dir: string, initial: string, run: Run): Promise<Partial<Distances>> {
  const { info, tensors } = run;
  const found: Partial<Distances> = {};
  const note = (name: keyof Distances, ours: ArrayLike<number>, theirs: ArrayLike<number>, relative = false): void => {
    for (let i = 0; i < Math.max(ours.length, theirs.length); i++) {
      const off = Math.abs(ours[i]! - theirs[i]!) / (relative ? theirs[i]! : 1);
      const before = found[name] ?? 0;
      found[name] = off <= before ? before : Number.isNaN(off) ? Infinity : off;
    }
  };
  const rerun = rerunOf(dir, initial, run, (ours, theirs) => note("logits", ours, theirs));
  const { model, optimizer } = rerun;
  try {
    const steps = stepNames(tensors);
    expect(steps.length).toBe(info.losses_f64.length);
    for (const [i, step] of steps.entries()) {
      const part = await rerun.part(step);
      const { loss, lr, gradNorm } = await trainStep(model, optimizer, [part], { clip: info.clip_grad_norm ?? 0 });
      note("loss", [loss], [info.losses_f64[i]!]);
      if (info.lr_used) note("rate", [lr], [info.lr_used[i]!], true);
      const norm = info.grad_norm_before_clipping_f64?.[i] ?? info.grad_norm_before_clipping_f32?.[i] ?? null;
      if (norm !== null) note("norm", [gradNorm], [norm], true);
    }
    const weights = exportWeights(model);
    for (const [name, { data }] of Object.entries(rerun.finals)) {
      note(name.endsWith("k_lin.bias") ? "keyBiases" : "weights", weights[name]!.data, data as Float32Array);
    }
    return found;
  } finally {
    optimizer.dispose();
    model.dispose();
  }
}

/** Those distances that are above their tolerance. */
export const tooFar = (found: Partial<Distances>): [string, number][] =>
  Object.entries(found).filter(([name, off]) => !(off <= TOLERANCES[name as keyof Distances]));

type Note = (ours: ArrayLike<number>, theirs: ArrayLike<number>) => void;

function rerunOf(dir: string, initial: string, run: Run, noteLogits: Note): Rerun {
  const files = run.info.initial_weights.split(",").map((file) => path.join(initial, file.trim()));
  switch (run.kind) {
    case "mlm":
    case "tlm":
    case "clm":
      return languageModel(run, run.kind, dir, files[0]!);
    case "mt":
    case "ae":
    case "bt":
      return translator(run, run.kind, dir, files);
    default:
      return classifier(run, run.kind, files[0]!, noteLogits);
  }
}

/** Those of the file, if there is one (cut fixtures end before the runs do); a tied output matrix is the embeddings once more. */
function finalWeights(dir: string, { name }: Run): Tensors {
  const file = path.join(dir, `${name}.final.safetensors`);
  if (!fs.existsSync(file)) return {};
  return Object.fromEntries(
    Object.entries(readTensors(file)).filter(([key]) => !key.endsWith("pred_layer.proj.weight")),
  );
}

function languageModel(run: Run, kind: LanguageModelKind, dir: string, file: string): Rerun {
  const { info, tensors } = run;
  const model = recordedModel(info.model_params!, readTensors(file));
  return {
    model,
    optimizer: createTensorOptimizer(parseOptimizer(info.optimizer!), model.params),
    part: (step) =>
      Promise.resolve({ objective: tinyObjectives[kind], batch: recordedPredictions(tensors, `${step}.`) }),
    finals: finalWeights(dir, run),
  };
}

function translator(run: Run, kind: TranslationKind, dir: string, files: readonly string[]): Rerun {
  const { info, tensors } = run;
  const model = recordedTranslator(files);
  const part = async (step: string): Promise<ObjectiveBatch> => {
    const batch = recordedTranslation(tensors, `${step}.`);
    if (kind === "bt") expect(await backTranslated(model, batch)).toEqual(plain(batch.source));
    // The recorded source is read, not one written anew.
    return { objective: tinyObjectives[kind === "bt" ? "mt" : kind], batch };
  };
  const optimizer = createTensorOptimizer(parseOptimizer(info.optimizer!), model.params);
  return { model, optimizer, part, finals: finalWeights(dir, run) };
}

/** What back-translation makes of the target, to learn from. */
async function backTranslated(model: EncoderDecoder, { source, target }: TranslationBatch): Promise<unknown> {
  const through = langId(source.langs![0]!, model.encoder.config.nLangs);
  const prepared = await bt().prepare!(model, { source: target, target, through, eosId: target.ids[0]! });
  return plain(prepared.source);
}

const plain = ({ ids, shape, lengths, langs }: TokenBatch): unknown => ({ ids, shape, lengths, langs });

function classifier(run: Run, kind: AnswerKind, file: string, noteLogits: Note): Rerun {
  const { info, tensors } = run;
  const { params } = readConfig<{ params: ModelParams }>(file);
  const encoder: Transformer = recordedModel(params, readTensors(file));
  const weights = { "proj.weight": tensors["proj.weight"]!, "proj.bias": tensors["proj.bias"]! };
  const nOutputs = weights["proj.bias"].shape[0]!;
  const head = createHead({ inputDim: encoder.config.embDim, nOutputs }, { weights });
  const model: Classifier = joinModels({ encoder, head });
  const layers = parametersOfLayers(encoder.config, info.finetune_layers!).map((name) => `encoder.${name}`);
  const adam = (spec: string, names: readonly string[]): TensorOptimizer =>
    createTensorOptimizer(parseOptimizer(spec), Object.fromEntries(names.map((name) => [name, model.params[name]!])));
  const headNames = Object.keys(head.params).map((name) => `head.${name}`);
  return {
    model,
    optimizer: joinOptimizers([adam(info.optimizer_e!, layers), adam(info.optimizer_p!, headNames)]),
    part: (step) => {
      const batch = recordedLabels(tensors, `${step}.`);
      const hidden = encode(encoder, batch);
      const scores = sequenceScores(head, hidden);
      noteLogits(scores.dataSync(), tensors[`${step}.logits_f64`]!.data as Float64Array);
      hidden.dispose();
      scores.dispose();
      return Promise.resolve({ objective: classify(kind), batch });
    },
    finals: Object.fromEntries(
      Object.entries(tensors).flatMap(([key, tensor]) => {
        const [, name] = /^final\.(.*)/.exec(key) ?? [];
        return name === undefined ? [] : [[`${name.startsWith("proj.") ? "head" : "encoder"}.${name}`, tensor]];
      }),
    ),
  };
}
