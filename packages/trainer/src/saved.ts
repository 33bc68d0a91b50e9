import { decodeSafetensors, encodeSafetensors, FormatError, type TensorData } from "@xlm/core";
import {
  loadCheckpoint,
  saveCheckpoint,
  type CheckpointPlace,
  type LoadCheckpointOptions,
  type LoadedCheckpoint,
  type SaveCheckpointOptions,
} from "@xlm/checkpoint";
import * as v from "valibot";
import type { ParamState, Reals } from "./rules.js";
import type { TrainerState } from "./trainer.js";

const WEIGHTS = "model.safetensors";
const AVERAGES = "optimizer.safetensors";
const REST = "training.json";
const VERSION = 1;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const table = v.record(v.string(), v.unknown());
/** Of `Counters`. */
export const countersForm = v.object({
  updates: count,
  emptyBatches: count,
  sentences: count,
  tokens: count,
  targets: count,
  batches: v.record(v.string(), count),
});
/** Absent in runs that are not in epochs, among them all of releases before there were any. */
export const progressForm = v.exactOptional(
  v.object({
    epoch: count,
    startedAt: count,
    selection: v.object({ best: v.record(v.string(), v.number()), notBetter: count }),
  }),
);
const schema = v.object({
  format: v.literal("xlm-training"),
  version: v.literal(VERSION),
  nUpdates: count,
  /** Updates of each parameter. */
  steps: v.record(v.string(), count),
  settings: table,
  data: v.unknown(),
  dropout: v.tuple([count, count, count, count]),
  losses: v.record(v.string(), v.array(v.number())),
  counters: countersForm,
  progress: progressForm,
});

/**
 * Saves a run completely or not at all, as a checkpoint of `@xlm/checkpoint` at its number of updates: `model.safetensors`,
 * `optimizer.safetensors` (`SLOT/PARAMETER`) and `training.json`.
 * @param dir made when absent.
 * @throws as `saveCheckpoint`.
 */
export function saveTrainer(dir: string, state: TrainerState, options: SaveCheckpointOptions = {}): CheckpointPlace {
  const { weights, optimizer, ...others } = state;
  const averages: Record<string, TensorData> = {};
  const steps: Record<string, number> = {};
  for (const [name, { step, slots }] of Object.entries(optimizer.params)) {
    steps[name] = step;
    for (const [slot, values] of Object.entries(slots)) {
      const dtype = values instanceof Float64Array ? "F64" : "F32";
      averages[`${slot}/${name}`] = { dtype, shape: weights[name]?.shape ?? [values.length], data: values };
    }
  }
  const { nUpdates } = optimizer;
  const rest = { format: "xlm-training", version: VERSION, nUpdates, steps, ...others };
  const files = {
    [WEIGHTS]: encodeSafetensors(weights),
    [AVERAGES]: encodeSafetensors(averages),
    [REST]: jsonBytes(rest),
  };
  return saveCheckpoint(dir, { step: nUpdates, files }, options);
}

/**
 * Loads a run: what `createTrainer` takes as `resume`.
 * @param dir that of `saveTrainer`.
 * @throws as `loadCheckpoint`; FormatError (`XLM_FORMAT`) for a checkpoint that is no training run's.
 */
export function loadTrainer(
  dir: string,
  options: LoadCheckpointOptions = {},
): { state: TrainerState; checkpoint: LoadedCheckpoint } {
  const checkpoint = loadCheckpoint(dir, options);
  const { path } = checkpoint;
  const { format: _format, version: _version, nUpdates, steps, ...others } = jsonOf(checkpoint, REST, schema);
  const slots = new Map<string, Record<string, Reals>>(Object.keys(steps).map((name) => [name, {}]));
  for (const [name, { data }] of Object.entries(tensorsOf(checkpoint, AVERAGES))) {
    const cut = name.indexOf("/");
    const ofParam = slots.get(name.slice(cut + 1));
    if (!ofParam || !(data instanceof Float32Array || data instanceof Float64Array)) {
      throw notOurs(path, `${AVERAGES} has ${JSON.stringify(name)}, which no parameter owns`);
    }
    ofParam[name.slice(0, cut)] = data;
  }
  const params = Object.fromEntries(
    [...slots].map(([name, own]): [string, ParamState] => [name, { step: steps[name] as number, slots: own }]),
  );
  const weights = tensorsOf(checkpoint, WEIGHTS) as TrainerState["weights"];
  return { state: { ...others, weights, optimizer: { nUpdates, params } }, checkpoint };
}

/** A line of JSON. */
export const jsonBytes = (value: unknown): Uint8Array => new TextEncoder().encode(`${JSON.stringify(value)}\n`);

/** A JSON file of a checkpoint. @throws FormatError (`XLM_FORMAT`) for another form. */
export function jsonOf<S extends v.GenericSchema>(
  checkpoint: LoadedCheckpoint,
  name: string,
  form: S,
): v.InferOutput<S> {
  const result = v.safeParse(form, JSON.parse(new TextDecoder().decode(fileOf(checkpoint, name))));
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw notOurs(checkpoint.path, `${name} is wrong at ${v.getDotPath(issue) ?? "its top"} (${issue.message})`);
}

/** The tensors of a safetensors file of a checkpoint. */
export const tensorsOf = (checkpoint: LoadedCheckpoint, name: string): Readonly<Record<string, TensorData>> =>
  decodeSafetensors(fileOf(checkpoint, name), `${checkpoint.path}/${name}`).tensors;

function fileOf({ files, path }: LoadedCheckpoint, name: string): Uint8Array {
  const bytes = files[name];
  if (bytes) return bytes;
  throw notOurs(path, `it has no ${name}`);
}

const notOurs = (path: string, what: string): FormatError =>
  new FormatError({
    what,
    why: "a run goes on from its weights, its optimiser's averages and the state of everything else; a model is its weights and settings",
    fix: "load what saveTrainer of this release wrote, with loadModel what saveModel wrote",
    at: { file: path },
  });
