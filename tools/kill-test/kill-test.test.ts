import "@tensorflow/tfjs-backend-cpu";
import { execFile } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import * as tf from "@tensorflow/tfjs-core";
import { createRng } from "@xlm/core";
import { listCheckpoints } from "@xlm/checkpoint";
import { loadTrainer, saveTrainer, type TrainerState } from "@xlm/trainer";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { digestOf } from "./digest.js";
import { checkDamage, checkFolder, Failure, TornCheckpoint } from "./folder.js";
import { createRun } from "./run.js";

let state: TrainerState;
let dir = "";
beforeAll(async () => {
  await tf.setBackend("cpu");
  const trainer = createRun();
  await trainer.train(1);
  state = await trainer.state();
  trainer.dispose();
});
beforeEach(() => void (dir = fs.mkdtempSync(path.join(os.tmpdir(), "xlm-kill-test-"))));
afterEach(() => fs.rmSync(dir, { recursive: true }));

const atUpdate = (nUpdates: number): TrainerState => ({ ...state, optimizer: { ...state.optimizer, nUpdates } });
const referenceOf = (...states: TrainerState[]): Map<number, string> =>
  new Map(states.map((each) => [each.optimizer.nUpdates, digestOf(each)]));

describe("digestOf", () => {
  it("is the same for a state that was saved and loaded", () => {
    saveTrainer(dir, state);
    expect(digestOf(loadTrainer(dir).state)).toBe(digestOf(state));
  });

  it("is another one when any part of the state is", () => {
    const flipped = (data: Float32Array): Float32Array => {
      const copy = data.slice();
      new Uint8Array(copy.buffer)[0]! ^= 1;
      return copy;
    };
    const [name, weight] = Object.entries(state.weights)[0]!;
    const ofParam = state.optimizer.params[name]!;
    const [slot, average] = Object.entries(ofParam.slots)[0]!;
    const withParam = (param: typeof ofParam): TrainerState => ({
      ...state,
      optimizer: { ...state.optimizer, params: { ...state.optimizer.params, [name]: param } },
    });
    const changed: TrainerState[] = [
      { ...state, weights: { ...state.weights, [name]: { ...weight, data: flipped(weight.data) } } },
      withParam({ ...ofParam, slots: { ...ofParam.slots, [slot]: flipped(average as Float32Array) } }),
      withParam({ ...ofParam, step: ofParam.step + 1 }),
      atUpdate(state.optimizer.nUpdates + 1),
      { ...state, counters: { ...state.counters, tokens: state.counters.tokens + 1 } },
      { ...state, dropout: [0, 0, 0, 0] },
      { ...state, losses: { ...state.losses, mlm: [1] } },
      { ...state, data: { ...(state.data as object), chance: [0, 0, 0, 0] } },
    ];
    expect(new Set([state, ...changed].map(digestOf)).size).toBe(1 + changed.length);
  });
});

describe("checkFolder", () => {
  it("returns the checkpoints when all are whole and right", () => {
    saveTrainer(dir, atUpdate(1));
    saveTrainer(dir, atUpdate(2));
    fs.mkdirSync(path.join(dir, ".tmp-step-00000003")); // a save that was not finished
    const whole = checkFolder(dir, new Set(), referenceOf(atUpdate(1), atUpdate(2)));
    expect(whole).toEqual(listCheckpoints(dir));
  });

  it("tells a torn checkpoint, a wrong state, and unfinished saves that pile up", () => {
    const { path: place } = saveTrainer(dir, state);
    const reference = referenceOf(state);
    expect(() => checkFolder(dir, new Set(), new Map([[1, "another"]]))).toThrow(/is not the state of the run never/);
    for (const name of [".tmp-step-00000002", ".tmp-step-00000003"]) fs.mkdirSync(path.join(dir, name));
    expect(() => checkFolder(dir, new Set(), reference)).toThrow(/pile up: \.tmp-step-00000002, \.tmp/);
    fs.truncateSync(path.join(place, "model.safetensors"), 100);
    expect(() => checkFolder(dir, new Set(), reference)).toThrow(TornCheckpoint);
  });
});

describe("checkDamage", () => {
  it.each(Array.from({ length: 12 }, (_, seed) => seed))(
    "sees the newest refused and the one before used: seed %i",
    (seed) => {
      const before = saveTrainer(dir, atUpdate(1));
      const newest = saveTrainer(dir, atUpdate(2));
      checkDamage(dir, newest, before, createRng(seed));
      const { checkpoint } = loadTrainer(dir);
      expect([checkpoint.step, checkpoint.skipped.length]).toEqual([1, 1]);
    },
  );

  it("tells when another one was used", () => {
    const before = saveTrainer(dir, atUpdate(1));
    saveTrainer(dir, atUpdate(2));
    const newest = saveTrainer(dir, atUpdate(3));
    expect(() => checkDamage(dir, newest, before, createRng(1))).toThrow(Failure);
  });
});

describe("node tools/kill-test.mjs", () => {
  const run = (...args: string[]): Promise<{ stdout: string }> =>
    promisify(execFile)(process.execPath, [path.join(import.meta.dirname, "../kill-test.mjs"), ...args], { cwd: dir });

  it("kills, resumes to the bit and counts", async () => {
    const { stdout } = await run("--kills", "2");
    expect(stdout.trimEnd().split("\n").at(-1)).toBe("2 kills, 2 resumed to the bit, 0 torn checkpoints");
  });

  it("refuses a number of kills that is none", async () => {
    await expect(run("--kills", "0")).rejects.toMatchObject({ code: 2, stderr: expect.stringMatching(/^usage: /) });
  });
});
