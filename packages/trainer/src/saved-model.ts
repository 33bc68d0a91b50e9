import { encodeSafetensors } from "@xlm/core";
import {
  loadCheckpoint,
  saveCheckpoint,
  type CheckpointPlace,
  type LoadCheckpointOptions,
  type LoadedCheckpoint,
  type SaveCheckpointOptions,
} from "@xlm/checkpoint";
import * as v from "valibot";
import type { SavedName } from "./epochs.js";
import { countersForm, jsonBytes, jsonOf, progressForm, saveTrainer, tensorsOf } from "./saved.js";
import type { TrainerState } from "./trainer.js";

const WEIGHTS = "model.safetensors";
const ABOUT = "model.json";
const VERSION = 1;

const schema = v.object({
  format: v.literal("xlm-model"),
  version: v.literal(VERSION),
  settings: v.record(v.string(), v.unknown()),
  counters: countersForm,
  progress: progressForm,
});

/** Of a run what a trained model needs: `settings.model` is its configuration. */
export type SavedModel = Pick<TrainerState, "weights" | "settings" | "counters" | "progress">;

/**
 * Saves the model of a run without the optimiser's averages (the original's `include_optimizers=False`), completely or not at all, as a
 * checkpoint of `@xlm/checkpoint`: `model.safetensors` and `model.json`.
 * @param dir made when absent.
 * @throws as `saveCheckpoint`.
 */
export function saveModel(dir: string, model: SavedModel, options: SaveCheckpointOptions = {}): CheckpointPlace {
  const { weights, settings, counters, progress } = model;
  const about = { format: "xlm-model", version: VERSION, settings, counters, progress };
  const files = { [WEIGHTS]: encodeSafetensors(weights), [ABOUT]: jsonBytes(about) };
  return saveCheckpoint(dir, { step: counters.updates, files }, options);
}

/**
 * Loads a model: `createTransformer(settings.model, { weights })` makes it again.
 * @param dir that of `saveModel`.
 * @throws as `loadCheckpoint`; FormatError (`XLM_FORMAT`) for a checkpoint that is no model.
 */
export function loadModel(
  dir: string,
  options: LoadCheckpointOptions = {},
): { model: SavedModel; checkpoint: LoadedCheckpoint } {
  const checkpoint = loadCheckpoint(dir, options);
  const { format: _format, version: _version, ...about } = jsonOf(checkpoint, ABOUT, schema);
  const weights = tensorsOf(checkpoint, WEIGHTS) as SavedModel["weights"];
  return { model: { ...about, weights }, checkpoint };
}

/**
 * Saves what `trainEpochs` gives to `save`, in folders of the original's names: with `saveTrainer` in `DIR/checkpoint`, and with
 * `saveModel` one model each in `DIR/best-METRIC` and `DIR/periodic-N`.
 * @param options for `DIR/checkpoint`; of the others one is kept.
 * @throws as `saveCheckpoint`.
 * @example
 * await trainEpochs(trainer, { evaluate, save: (state, name) => saveRun("run", state, name) });
 */
export function saveRun(dir: string, state: TrainerState, name: SavedName, options: SaveCheckpointOptions = {}): void {
  const folder = `${dir}/${name}`;
  if (name === "checkpoint") saveTrainer(folder, state, options);
  else saveModel(folder, state, { ...options, keep: 1 });
}
