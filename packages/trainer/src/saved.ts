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
  counters: v.object({
    updates: count,
    emptyBatches: count,
    sentences: count,
    tokens: count,
    targets: count,
    batches: v.record(v.string(), count),
  }),
});
type Rest = v.InferOutput<typeof schema>;

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
    [REST]: new TextEncoder().encode(`${JSON.stringify(rest)}\n`),
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
  const { files, path } = checkpoint;
  const file = (name: string): Uint8Array => {
    const bytes = files[name];
    if (bytes) return bytes;
    throw notOurs(path, `it has no ${name}`);
  };
  const { format: _format, version: _version, nUpdates, steps, ...others } = parseRest(file(REST), path);
  const slots = new Map<string, Record<string, Reals>>(Object.keys(steps).map((name) => [name, {}]));
  for (const [name, { data }] of Object.entries(decodeSafetensors(file(AVERAGES), `${path}/${AVERAGES}`).tensors)) {
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
  const { tensors: weights } = decodeSafetensors(file(WEIGHTS), `${path}/${WEIGHTS}`);
  const state = { ...others, weights: weights as TrainerState["weights"], optimizer: { nUpdates, params } };
  return { state, checkpoint };
}

function parseRest(bytes: Uint8Array, path: string): Rest {
  const result = v.safeParse(schema, JSON.parse(new TextDecoder().decode(bytes)));
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw notOurs(path, `${REST} is wrong at ${v.getDotPath(issue) ?? "its top"} (${issue.message})`);
}

const notOurs = (path: string, what: string): FormatError =>
  new FormatError({
    what,
    why: "a training run is its weights, its optimiser's averages and the state of everything else",
    fix: "load a checkpoint that saveTrainer of this release wrote",
    at: { file: path },
  });
