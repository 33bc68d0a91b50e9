// What a killed process left: every checkpoint whole and right, and what happens to one that is damaged on purpose.
import fs from "node:fs";
import path from "node:path";
import { drawInt, XlmError, type Rng } from "@xlm/core";
import { listCheckpoints, type CheckpointPlace } from "@xlm/checkpoint";
import { loadTrainer } from "@xlm/trainer";
import { digestOf } from "./digest.js";

/** What is wrong with the run, the disk or the project: the kill test has failed. */
export class Failure extends Error {}

/** A checkpoint that the folder offers and that does not load. */
export class TornCheckpoint extends Failure {}

/**
 * Loads every checkpoint that was not damaged on purpose and compares it with the run that was never stopped.
 * @param reference digests by updates.
 * @returns the whole ones, oldest first.
 */
export function checkFolder(
  dir: string,
  damaged: ReadonlySet<string>,
  reference: ReadonlyMap<number, string>,
): CheckpointPlace[] {
  const whole = listCheckpoints(dir).filter((place) => !damaged.has(place.path));
  for (const { step, path: at } of whole) {
    const { state, checkpoint } = loadWhole(dir, step);
    if (checkpoint.path !== at) throw new Failure(`asked for ${at}, ${checkpoint.path} was loaded`);
    if (digestOf(state) !== reference.get(step)) throw new Failure(`${at} is not the state of the run never stopped`);
  }
  if (leftovers(dir).length > 1) throw new Failure(`unfinished saves pile up: ${leftovers(dir).join(", ")}`);
  return whole;
}

function loadWhole(dir: string, step: number): ReturnType<typeof loadTrainer> {
  try {
    return loadTrainer(dir, { step });
  } catch (error) {
    throw new TornCheckpoint(`the checkpoint of update ${step} does not load: ${String(error)}`);
  }
}

/** Folders that are no checkpoint: a save, or the removal of an old checkpoint, that was not finished. */
export function leftovers(dir: string): string[] {
  if (!fs.existsSync(dir)) return [];
  const checkpoints = new Set(listCheckpoints(dir).map((place) => path.basename(place.path)));
  return fs.readdirSync(dir).filter((name) => !checkpoints.has(name));
}

/** Bytes of all files in a folder. */
export function diskUse(dir: string): number {
  if (!fs.existsSync(dir)) return 0;
  const names = fs.readdirSync(dir, { recursive: true, encoding: "utf8" });
  return names.map((name) => fs.statSync(path.join(dir, name))).reduce((sum, { size }) => sum + size, 0);
}

const harms: readonly ((bytes: Uint8Array, rng: Rng) => Uint8Array)[] = [
  (bytes, rng) => bytes.subarray(0, drawInt(rng, bytes.length - 1)), // cut short, by more than the manifest's last line break
  (bytes) => new Uint8Array(bytes.length), // its pages never reached the disk
  (bytes, rng) => {
    const flipped = bytes.slice();
    flipped[drawInt(rng, bytes.length)]! ^= 1 << drawInt(rng, 8);
    return flipped;
  },
];

/** Harms a file of the newest checkpoint; it must be refused by name, and the one before be loaded in its place. */
export function checkDamage(dir: string, newest: CheckpointPlace, before: CheckpointPlace, rng: Rng): void {
  const names = fs.readdirSync(newest.path).sort();
  const name = names[drawInt(rng, names.length)]!;
  const file = path.join(newest.path, name);
  // A bit of the manifest may be that of another file's name: then that one is missing, and named.
  const harm = harms[drawInt(rng, name === "manifest.json" ? harms.length - 1 : harms.length)]!;
  fs.writeFileSync(file, harm(fs.readFileSync(file), rng));
  const refused = (error: unknown): boolean =>
    error instanceof XlmError && error.code === "XLM_FORMAT" && error.message.startsWith(file);

  const { checkpoint } = loadTrainer(dir);
  if (checkpoint.path !== before.path) throw new Failure(`with ${file} damaged, ${checkpoint.path} was loaded`);
  if (!refused(checkpoint.skipped[0])) throw new Failure(`${file} is damaged and was not named`);
  try {
    loadTrainer(dir, { step: newest.step });
  } catch (error) {
    if (refused(error)) return;
    throw error;
  }
  throw new Failure(`${file} is damaged and was loaded`);
}
