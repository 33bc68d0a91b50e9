import "@tensorflow/tfjs-backend-cpu";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { listCheckpoints } from "@xlm/checkpoint";
import { createTransformer, type TransformerConfig } from "@xlm/transformer";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { oneNumberRun, type OneNumberRun } from "../test/one-number.js";
import { tinyRun } from "../test/tiny-run.js";
import {
  loadModel,
  loadTrainer,
  saveModel,
  saveRun,
  saveTrainer,
  trainEpochs,
  type EpochEvent,
  type EpochOptions,
  type SavedName,
  type TrainerState,
} from "./index.js";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "xlm-epochs-"));
beforeAll(() => tf.setBackend("cpu"));
afterAll(() => fs.rmSync(folder, { recursive: true }));

interface Followed {
  ending: string;
  events: EpochEvent[];
  saved: { name: SavedName; state: TrainerState }[];
  state: TrainerState;
}

/** A run of one number, evaluated by `score`, with all that it told and saved. */
async function follow(
  options: Partial<EpochOptions> & { seed?: number; resume?: TrainerState | undefined },
  score: (run: OneNumberRun, epoch: number) => Record<string, number> = ({ weight }) => ({ acc: weight() }),
): Promise<Followed> {
  const { seed = 1, resume, ...rest } = options;
  const run = oneNumberRun(seed, resume);
  const events: EpochEvent[] = [];
  const saved: Followed["saved"] = [];
  const ending = await trainEpochs(run.trainer, {
    epochSize: 10,
    maxEpochs: 5,
    evaluate: (epoch) => score(run, epoch),
    onEpoch: (event) => events.push(event),
    save: (state, name) => void saved.push({ name, state }),
    ...rest,
  }).catch(String);
  const state = await run.trainer.state();
  run.dispose();
  return { ending, events, saved, state };
}

describe("trainEpochs", () => {
  it("ends an epoch with the batch that fills it, and counts what was read", async () => {
    const sizes: number[] = [];
    const { ending, events } = await follow({ onStep: ({ nSentences }) => sizes.push(nSentences) });
    expect(ending).toBe("done");
    expect(events.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3, 4]);
    let before = 0;
    for (const { counters } of events) {
      const own = sizes.splice(0, counters.updates - before);
      before = counters.updates;
      const read = own.reduce((sum, n) => sum + n, 0);
      expect(read).toBeGreaterThanOrEqual(10);
      expect(read - own.at(-1)!).toBeLessThan(10);
    }
    expect(sizes).toEqual([]);
  });

  it("keeps one best model a metric, one every so many epochs, and the newest state last", async () => {
    const scores = [5, 7, 7, 6, 8];
    const { saved, events } = await follow({ validationMetrics: "acc,_ppl", savePeriodic: 2 }, (_, epoch) => ({
      acc: scores[epoch]!,
      ppl: scores[epoch]!,
    }));
    expect(saved.map(({ name }) => name)).toEqual([
      ...["best-acc", "best-ppl", "periodic-0", "checkpoint"],
      ...["best-acc", "checkpoint"],
      ...["periodic-2", "checkpoint"],
      ...["checkpoint"],
      ...["best-acc", "periodic-4", "checkpoint"],
    ]);
    expect(events.map(({ improved }) => improved.join())).toEqual(["acc,ppl", "acc", "", "", "acc"]);
    expect(saved.at(-1)!.state.progress).toEqual({
      epoch: 5,
      startedAt: events.at(-1)!.counters.sentences,
      selection: { best: { acc: 8, _ppl: 5 }, notBetter: 0 },
    });
  });

  it("stops when the criterion has waited long enough, and stays stopped", async () => {
    const scores = [1, 1, 1, 1, 1];
    const options = { stoppingCriterion: "acc,1" };
    const first = await follow(options, (_, epoch) => ({ acc: scores[epoch]! }));
    expect(first.ending).toBe("stopped");
    expect(first.events).toHaveLength(3); // the first is better than nothing, the second is borne, the third is not
    const { name, state } = first.saved.at(-1)!;
    expect(name).toBe("checkpoint");
    const again = await follow({ ...options, resume: state });
    expect(again).toMatchObject({ ending: "stopped", events: [], saved: [] });
    expect(again.state).toEqual(state);
    const patient = await follow({ stoppingCriterion: "acc,2", resume: state }, () => ({ acc: 1 }));
    expect(patient).toMatchObject({ ending: "stopped", events: [{ epoch: 3 }] });
  });

  it("saves within an epoch too, but not twice at its end", async () => {
    const { saved, events } = await follow({ saveEvery: 1, maxEpochs: 2 });
    const updates = saved.map(({ state }) => state.counters.updates);
    expect(updates).toEqual(Array.from({ length: events.at(-1)!.counters.updates }, (_, i) => i + 1));
  });

  it("counts epochs from where it finds a trainer that has trained before", async () => {
    const run = oneNumberRun(1);
    await run.trainer.train({ sentences: 7 });
    expect(run.trainer.counters.sentences).toBeGreaterThanOrEqual(7);
    const { sentences } = run.trainer.counters;
    await trainEpochs(run.trainer, { epochSize: 10, maxEpochs: 1, evaluate: () => ({}) });
    expect(run.trainer.counters.sentences - sentences).toBeGreaterThanOrEqual(10);
    expect(await trainEpochs(run.trainer, { maxEpochs: 1, evaluate: () => ({}) })).toBe("done"); // the epoch there was
    run.dispose();
  });

  it("saves before it fails with an evaluation, and begins with that evaluation again", async () => {
    const failed = await follow({ validationMetrics: "_ppl" });
    expect(failed.ending).toMatchInlineSnapshot(
      `"OptionError: the evaluation has no score "ppl": models are chosen, or training stopped, by it. Fix: name one of acc"`,
    );
    expect(failed.saved.map(({ name }) => name)).toEqual(["checkpoint"]);
    const { state } = failed.saved[0]!;
    const { events } = await follow({ validationMetrics: "acc", maxEpochs: 1, resume: state });
    expect(events).toMatchObject([{ epoch: 0, improved: ["acc"], counters: state.counters }]);
    expect((await follow({ evaluate: () => Promise.reject(new Error("no text")) })).ending).toBe("Error: no text");
  });

  it("checks its options before any training", async () => {
    const run = oneNumberRun(1);
    const wrong: Partial<EpochOptions>[] = [
      { epochSize: 0 },
      { epochSize: 1.5 },
      { maxEpochs: -1 },
      { savePeriodic: -1 },
      { saveEvery: -1 },
      { stoppingCriterion: "acc,1.5" },
      { validationMetrics: "_" },
    ];
    for (const options of wrong) {
      const refused = trainEpochs(run.trainer, { evaluate: () => ({}), ...options });
      await expect(refused, JSON.stringify(options)).rejects.toMatchObject({ code: "XLM_OPTION" });
    }
    await expect(run.trainer.train({ sentences: -1 })).rejects.toMatchObject({ code: "XLM_OPTION" });
    expect(run.trainer.counters.updates).toBe(0);
    run.dispose();
  });
});

describe("a run in epochs that is stopped and resumed", () => {
  /** Few values, so that scores are equal, better, worse and at times no number. */
  const rough = ({ weight }: OneNumberRun): Record<string, number> => {
    const value = Math.floor(weight()) % 7;
    return { acc: value, ppl: value === 3 ? NaN : Math.floor(weight() * 8) % 5 };
  };
  const options = { validationMetrics: "acc,_ppl", stoppingCriterion: "_ppl,3", savePeriodic: 2, maxEpochs: 12 };
  const cases = fc.record({
    seed: fc.nat({ max: 1000 }),
    epochSize: fc.integer({ min: 1, max: 12 }),
    saveEvery: fc.nat({ max: 3 }),
    at: fc.integer({ min: 1, max: 40 }),
  });
  /** Goes on from the newest state of a run that was killed: to the same end. */
  const checkRest = async (straight: Followed, own: Partial<EpochOptions>, first: Followed): Promise<Followed> => {
    const newest = first.saved.findLast(({ name }) => name === "checkpoint")?.state;
    const second = await follow({ ...options, ...own, resume: newest }, rough);
    const before = first.events.filter(({ epoch }) => epoch < (newest?.progress?.epoch ?? 0));
    expect(second.ending).toBe(straight.ending);
    expect(outcome([...before, ...second.events])).toBe(outcome(straight.events));
    expect(second.state).toEqual(straight.state);
    return second;
  };
  const outcome = (events: readonly EpochEvent[]): string =>
    JSON.stringify(events.map(({ epoch, scores, improved, counters }) => [epoch, scores, improved, counters]));

  it("aborted at any update: the same evaluations, decisions and state as one that was not", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ at, ...own }) => {
        const straight = await follow({ ...options, ...own }, rough);
        const stop = new AbortController();
        const onStep: EpochOptions["onStep"] = ({ update }) => void (update === at && stop.abort());
        const first = await follow({ ...options, ...own, onStep, signal: stop.signal }, rough);
        const { state } = first.saved.at(-1)!;
        const second = await follow({ ...options, ...own, resume: state }, rough);
        expect(second.ending).toBe(straight.ending);
        expect(outcome([...first.events, ...second.events])).toBe(outcome(straight.events));
        expect(second.state).toEqual(straight.state);
      }),
      { numRuns: 30 },
    );
  });

  it("killed at any update: the same from the newest state that was saved", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ at, ...own }) => {
        const straight = await follow({ ...options, ...own }, rough);
        const onStep: EpochOptions["onStep"] = ({ update }) => {
          if (update === at) throw new Error("killed");
        };
        await checkRest(straight, own, await follow({ ...options, ...own, onStep }, rough));
      }),
      { numRuns: 30 },
    );
  });

  it("killed at any saving: the same, and every model that was to be kept is", async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ at, ...own }) => {
        const straight = await follow({ ...options, ...own }, rough);
        const saved: Followed["saved"] = [];
        const save: EpochOptions["save"] = (state, name) => {
          if (saved.length === at) throw new Error("killed");
          saved.push({ name, state });
        };
        const first = { ...(await follow({ ...options, ...own, save }, rough)), saved };
        const second = await checkRest(straight, own, first);
        const last = (all: Followed["saved"]): string =>
          JSON.stringify(
            [...new Map(all.map(({ name, state }) => [name, state.counters.updates]))].sort(([a], [b]) =>
              a < b ? -1 : 1,
            ),
          );
        expect(last([...saved, ...second.saved])).toBe(last(straight.saved));
      }),
      { numRuns: 30 },
    );
  });

  it("through files, with a model: to the bit, a model without averages for the best", async () => {
    const train = async (dir: string, updates: number, resume?: TrainerState): Promise<TrainerState> => {
      const { model, trainer } = tinyRun(resume);
      const stop = new AbortController();
      await trainEpochs(trainer, {
        epochSize: 14,
        maxEpochs: 3,
        evaluate: () => ({ size: model.params["embeddings.weight"]!.dataSync()[20]! }),
        validationMetrics: "_size",
        savePeriodic: 2,
        save: (state, name) => saveRun(dir, state, name),
        onStep: ({ update }) => void (update === updates && stop.abort()),
        signal: stop.signal,
      });
      const state = await trainer.state();
      trainer.dispose();
      model.dispose();
      return state;
    };
    const [whole, parts] = [path.join(folder, "whole"), path.join(folder, "parts")];
    const straight = await train(whole, Infinity);
    const stopped = await train(parts, 5);
    expect(stopped.counters.updates).toBe(5);
    const { state } = loadTrainer(path.join(parts, "checkpoint"));
    expect(state).toEqual(stopped);
    expect(await train(parts, Infinity, state)).toEqual(straight);

    expect(fs.readdirSync(parts).sort()).toEqual(["best-size", "checkpoint", "periodic-0", "periodic-2"]);
    for (const name of ["best-size", "periodic-0", "periodic-2"]) {
      const { model, checkpoint } = loadModel(path.join(parts, name));
      expect(Object.keys(checkpoint.files).sort()).toEqual(["model.json", "model.safetensors"]);
      expect(model).toEqual(loadModel(path.join(whole, name)).model);
      expect(listCheckpoints(path.join(parts, name))).toHaveLength(1);
    }
    const { weights, settings, progress } = loadModel(path.join(parts, "periodic-2")).model;
    expect(progress).toEqual(straight.progress);
    expect(weights).toEqual(straight.weights);
    createTransformer(settings["model"] as TransformerConfig, { weights }).dispose();
  });
});

describe("what is saved", () => {
  it("of a run without epochs has no progress, and loads as files of before did", async () => {
    const run = oneNumberRun(1);
    await run.trainer.train(3);
    const state = await run.trainer.state();
    run.dispose();
    const { path: at } = saveTrainer(path.join(folder, "plain"), state);
    expect(fs.readFileSync(path.join(at, "training.json"), "utf8")).not.toContain("progress");
    expect(loadTrainer(path.join(folder, "plain")).state).toEqual(state);
    saveModel(path.join(folder, "model"), state);
    expect(() => loadTrainer(path.join(folder, "model"))).toThrow(/it has no training\.json/);
    expect(() => loadModel(path.join(folder, "plain"))).toThrow(/it has no model\.json/);
  });
});
