import "@tensorflow/tfjs-backend-cpu";
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { createRng, type PredictionBatch, type TokenBatch, type TranslationBatch } from "@xlm/core";
import { loadCheckpoint, saveCheckpoint } from "@xlm/checkpoint";
import type { EncoderDecoder } from "@xlm/transformer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tinyRun } from "../test/tiny-run.js";
import { stepsOf, tinyModel, tinyOptions, tinyText, tinyTranslator } from "../test/tiny.js";
import {
  ae,
  bt,
  createTrainingData,
  createTrainer,
  loadTrainer,
  mlm,
  mt,
  saveTrainer,
  tlm,
  type BackTranslationBatch,
  type BatchSource,
  type TrainingDataOptions,
  type StepEvent,
  type TrainerOptions,
  type TrainerState,
} from "./index.js";

const { dictionary, corpora } = tinyText();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "xlm-trainer-"));
beforeAll(() => tf.setBackend("cpu"));
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** Trains `n` updates of the usual run and returns where it stands. */
async function stateAfter(n: number, resume?: TrainerState): Promise<TrainerState> {
  const { model, trainer } = tinyRun(resume);
  await trainer.train(n);
  const state = await trainer.state();
  trainer.dispose();
  model.dispose();
  return state;
}

describe("createTrainer", () => {
  it("trains, and tells of every step", async () => {
    const model = tinyModel(dictionary);
    const data = createTrainingData(corpora, dictionary, createRng(1), tinyOptions);
    const trainer = createTrainer(model, data, createRng(2), { optimizer: "adam,lr=0.01" });
    const events: StepEvent[] = [];
    let time = 0;
    const ending = await trainer.train(30, { onStep: (event) => events.push(event), clock: () => (time += 250) });
    expect(ending).toBe("done");
    expect(events.map(({ update }) => update)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    expect(events[0]).toMatchObject({ objective: "mlm", lr: 0.01, updated: true, seconds: 0.25 });
    expect(events[0]!.tokensPerSecond).toBe(events[0]!.nTokens / 0.25);
    const mean = (part: StepEvent[]): number => part.reduce((sum, { loss }) => sum + loss, 0) / part.length;
    expect(mean(events.slice(-6))).toBeLessThan(mean(events.slice(0, 6)) - 0.5);
    const sum = (field: "nTokens" | "nSentences" | "nTargets"): number => events.reduce((n, e) => n + e[field], 0);
    const { batches, ...counters } = trainer.counters;
    expect(counters).toEqual({
      updates: 30,
      emptyBatches: 0,
      tokens: sum("nTokens"),
      sentences: sum("nSentences"),
      targets: sum("nTargets"),
    });
    expect(batches["tlm en-xx"]).toBe(15);
    expect(batches["mlm en"]! + batches["mlm xx"]!).toBe(15);
    trainer.dispose();
    model.dispose();
  });

  it("counts of translations rows, tokens of both sides as the model read them, and target tokens", async () => {
    const model = tinyTranslator(dictionary);
    const through = bt();
    const read: TranslationBatch[] = [];
    const steps = [ae(), mt(), through].map((objective) => ({
      objective: {
        ...objective,
        prepare: async (part: EncoderDecoder, batch: TranslationBatch): Promise<TranslationBatch> => {
          const isBack = objective === through; // its source is written only now
          const prepared = isBack ? await through.prepare!(part, batch as BackTranslationBatch) : batch;
          read.push(prepared);
          return prepared;
        },
      },
    }));
    const data = createTrainingData(corpora, dictionary, createRng(1), { ...tinyOptions, steps });
    const trainer = createTrainer(model, data, createRng(2), { optimizer: "adam,lr=0.01", accumulate: 2 });
    const events: StepEvent[] = [];
    await trainer.train(6, { onStep: (event) => events.push(event) });
    const words = ({ lengths }: TokenBatch): number => lengths.reduce((sum, length) => sum + length, 0);
    const sum = (of: (batch: TranslationBatch) => number): number => read.reduce((n, batch) => n + of(batch), 0);
    read.forEach(({ source, target }, i) => {
      const [rows] = target.shape;
      expect(events[i]).toMatchObject({
        nSentences: rows,
        nTokens: words(source) + words(target),
        nTargets: words(target) - rows, // every token but the first mark is predicted
      });
    });
    expect(trainer.counters).toMatchObject({
      updates: 6,
      sentences: sum(({ source }) => source.shape[0]),
      tokens: sum(({ source, target }) => words(source) + words(target)),
      targets: sum(({ target }) => target.targets.length),
    });
    expect(Object.values(trainer.counters.batches).reduce((a, b) => a + b)).toBe(6);
    trainer.dispose();
    model.dispose();
  });

  it("reads a number of sentences, the last batch whole", async () => {
    const { model, trainer } = tinyRun();
    const sizes: number[] = [];
    const onStep = ({ nSentences }: StepEvent): void => void sizes.push(nSentences);
    const saved: number[] = [];
    const save = ({ counters }: TrainerState): void => void saved.push(counters.sentences);
    expect(await trainer.train({ sentences: 11 }, { onStep, save })).toBe("done");
    const { sentences } = trainer.counters;
    expect(sentences).toBeGreaterThanOrEqual(11);
    expect(sentences - sizes.at(-1)!).toBeLessThan(11);
    expect(await trainer.train({ sentences: 0 }, { onStep, save })).toBe("done");
    expect(saved).toEqual([sentences, sentences]);
    expect(sizes.reduce((a, b) => a + b)).toBe(sentences);
    trainer.dispose();
    model.dispose();
  });

  it("saves on its way, at the end, and when it is told to stop", async () => {
    const { model, trainer } = tinyRun();
    const saved: number[] = [];
    const save = (state: TrainerState): void => void saved.push(state.counters.updates);
    expect(await trainer.train(5, { save, saveEvery: 2 })).toBe("done");
    expect(saved).toEqual([2, 4, 5]);
    const stop = new AbortController();
    const onStep = ({ update }: StepEvent): void => void (update === 7 && stop.abort());
    expect(await trainer.train(100, { save, onStep, signal: stop.signal })).toBe("aborted");
    expect(saved).toEqual([2, 4, 5, 7]);
    trainer.dispose();
    model.dispose();
  });

  it("lets timers run between steps, so that a stop from outside is heard", async () => {
    const { model, trainer } = tinyRun();
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 1);
    expect(await trainer.train(100_000, { signal: stop.signal })).toBe("aborted");
    trainer.dispose();
    model.dispose();
  });

  it("frees all it made", async () => {
    const before = tf.memory().numTensors;
    await stateAfter(3);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("counts batches without targets, and gives up when there is nothing else", async () => {
    const model = tinyModel(dictionary);
    const full = createTrainingData(corpora, dictionary, createRng(1), tinyOptions);
    let served = 0;
    const holed: BatchSource = {
      ...full,
      next: () => {
        const part = full.next();
        if (++served % 3 !== 0) return part;
        const batch = {
          ...(part.batch as PredictionBatch),
          targets: new Int32Array(),
          targetIndices: new Int32Array(),
        };
        return { ...part, batch };
      },
    };
    const trainer = createTrainer(model, holed, createRng(1));
    await trainer.train(4);
    expect(trainer.counters).toMatchObject({ updates: 4, emptyBatches: 1 });
    trainer.dispose();
    const steps = [{ objective: mlm({ predictProb: 0 }) }, { objective: tlm({ predictProb: 0 }) }];
    const options: TrainingDataOptions = { ...tinyOptions, steps };
    const none = createTrainingData(corpora, dictionary, createRng(1), options);
    const stuck = createTrainer(model, none, createRng(1));
    await expect(stuck.train(1)).rejects.toThrowErrorMatchingInlineSnapshot(
      `[DataError: 1000 batches in a row had nothing to predict, the last for tlm on en-xx: training would go on for ever without learning anything. Fix: raise predictProb or the batch size, or look whether the text has words]`,
    );
    stuck.dispose();
    model.dispose();
  });

  it("stops at a loss that goes nowhere", async () => {
    const model = tinyModel(dictionary);
    const data = createTrainingData(corpora, dictionary, createRng(1), tinyOptions);
    const trainer = createTrainer(model, data, createRng(1), { optimizer: "sgd,lr=0", watch: { window: 10 } });
    await expect(trainer.train(1000)).rejects.toMatchObject({
      code: "XLM_DIVERGED",
      fix: "the learning rate is 0: give the optimiser one above it",
    });
    expect(trainer.counters.updates).toBeLessThan(25);
    trainer.dispose();
    model.dispose();
  });

  it("stops at a loss that flies off, weights and counters as before the step", async () => {
    const model = tinyModel(dictionary);
    const data = createTrainingData(corpora, dictionary, createRng(1), tinyOptions);
    const trainer = createTrainer(model, data, createRng(1), { optimizer: "sgd,lr=1e30", clip: 0 });
    const losses: number[] = [];
    const running = trainer.train(100, { onStep: ({ loss }) => losses.push(loss) });
    await expect(running).rejects.toMatchObject({ code: "XLM_DIVERGED" });
    expect(losses.every(Number.isFinite)).toBe(true);
    expect(trainer.counters.updates).toBe(losses.length);
    trainer.dispose();
    model.dispose();
  });

  it("checks its options before anything is done", () => {
    const model = tinyModel(dictionary);
    const data = createTrainingData(corpora, dictionary, createRng(1), tinyOptions);
    const make = (options: TrainerOptions) => () => createTrainer(model, data, createRng(1), options);
    const refused = expect.objectContaining({ code: "XLM_OPTION" }) as Error;
    expect(make({ clip: -1 })).toThrow(refused);
    expect(make({ accumulate: 0 })).toThrow(refused);
    expect(make({ optimizer: "adam,lr=x" })).toThrow(refused);
    expect(make({ watch: { window: -1 } })).toThrow(refused);
    const translating = createTrainingData(corpora, dictionary, createRng(1), { ...tinyOptions, ...stepsOf("mt") });
    expect(() => createTrainer(model, translating, createRng(1))).toThrowErrorMatchingInlineSnapshot(
      `[UnsupportedError: the model has no encoder and decoder: the objective learns to write one sentence from another. Fix: make the model with createEncoderDecoder]`,
    );
    model.dispose();
  });
});

describe("resuming", () => {
  it("n updates, new objects, m updates equal n + m updates, to the bit", async () => {
    const straight = await stateAfter(9);
    const stopped = await stateAfter(4);
    const place = saveTrainer(path.join(folder, "plain"), stopped);
    expect(place.step).toBe(4);
    const { state, checkpoint } = loadTrainer(path.join(folder, "plain"));
    expect(checkpoint.skipped).toEqual([]);
    expect(JSON.parse(JSON.stringify(state.counters))).toEqual(stopped.counters);
    expect(await stateAfter(5, state)).toEqual(straight);
  });

  it("the same after the process was killed at any moment", async () => {
    const dir = path.join(folder, "killed");
    const script = path.join(import.meta.dirname, "../test/endless-run.ts");
    const child = spawn(process.execPath, ["--conditions=@xlm/source", "--import", "tsx", script, dir], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let complaints = "";
    child.stderr.on("data", (text: Buffer) => (complaints += text.toString()));
    const ending = new Promise<string | null>((resolve) => child.on("exit", (_, signal) => resolve(signal)));
    child.stdout.on("data", (text: Buffer) => text.toString().includes("4\n") && child.kill("SIGKILL"));
    expect(await ending, complaints).toBe("SIGKILL");
    const { state } = loadTrainer(dir);
    const done = state.counters.updates;
    expect(done).toBeGreaterThanOrEqual(3); // update 4 was announced before it was saved
    expect(await stateAfter(3, state)).toEqual(await stateAfter(done + 3));
  });

  describe("is refused", () => {
    const settingsOf = async (): Promise<TrainerState> => {
      const { model, trainer } = tinyRun();
      const state = await trainer.state();
      trainer.dispose();
      model.dispose();
      return state;
    };
    const resumeWith = async (
      changed: { text?: ReturnType<typeof tinyText>; data?: TrainingDataOptions; dropout?: number } & TrainerOptions,
    ): Promise<unknown> => {
      const resume = await settingsOf();
      const { text = { dictionary, corpora }, data = {}, dropout = 0.1, ...options } = changed;
      const model = tinyModel(text.dictionary, dropout);
      const source = createTrainingData(text.corpora, text.dictionary, createRng(2), { ...tinyOptions, ...data });
      const before = JSON.stringify(source.state());
      try {
        createTrainer(model, source, createRng(3), {
          optimizer: "adam_inverse_sqrt,lr=0.01,warmup_updates=3,weight_decay=0.01",
          clip: 1,
          accumulate: 2,
          ...options,
          resume,
        }).dispose();
        return undefined;
      } catch (error) {
        expect(JSON.stringify(source.state())).toBe(before);
        return error;
      } finally {
        model.dispose();
      }
    };

    it("with nothing changed: not at all", async () => expect(await resumeWith({})).toBeUndefined());

    it.each([
      [
        "another optimiser",
        { optimizer: "adam,lr=0.01" },
        /optimizer\.schedule\.kind was "inverseSqrt" and is "constant"/,
      ],
      ["another clipping", { clip: 2 }, /differ: clip was 1 and is 2: /],
      ["other dropout", { dropout: 0.2 }, /model\.dropout was 0\.1 and is 0\.2; model\.attentionDropout/],
      ["another batch size", { data: { batchSize: 8 } }, /differ: data\.batchSize was 4 and is 8: /],
      ["another text", { text: { ...tinyText(60, 6), dictionary } }, /data\.corpora\.en was "[0-9a-f]{64}" and is/],
      [
        "another objective",
        { data: stepsOf("clm") },
        /data\.steps\.0\.objective was "mlm" and is "clm"; data\.steps\.1 was {.*} and is absent/,
      ],
    ] as const)("with %s", async (_, changed, message) => {
      const error = await resumeWith(changed);
      expect(error).toMatchObject({ code: "XLM_MISMATCH" });
      expect(String(error)).toMatch(message);
    });

    it("with another vocabulary, by name", async () => {
      const text = tinyText(60, 8);
      expect(String(await resumeWith({ text }))).toMatch(/data\.vocabulary was "[0-9a-f]{64}" and is "[0-9a-f]{64}"/);
    });

    it("with weights that are not there", async () => {
      const state = await settingsOf();
      const { ["embeddings.weight"]: _, ...weights } = state.weights;
      expect(() => tinyRun({ ...state, weights })).toThrowErrorMatchingInlineSnapshot(
        `[MismatchError: the saved run has no "embeddings.weight" of 608 numbers: every parameter of the model goes on from what it was. Fix: resume with the model of the saved run]`,
      );
    });
  });
});

describe("loadTrainer", () => {
  it("refuses a checkpoint that is no training run's", async () => {
    const dir = path.join(folder, "strange");
    const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
    saveCheckpoint(dir, { step: 1, files: { "a.json": text({}) } });
    expect(() => loadTrainer(dir)).toThrow(/it has no training\.json/);
    saveCheckpoint(dir, { step: 2, files: { "training.json": text({ format: "xlm-training", version: 9 }) } });
    expect(() => loadTrainer(dir)).toThrow(/training\.json is wrong at version \(/);
    const state = await stateAfter(1);
    const strange = { ...state, optimizer: { ...state.optimizer, params: {} } };
    saveTrainer(dir, strange);
    const { files } = loadCheckpoint(dir);
    const whole = saveTrainer(path.join(folder, "whole"), state);
    const averages = fs.readFileSync(path.join(whole.path, "optimizer.safetensors"));
    saveCheckpoint(dir, { step: 3, files: { ...files, "optimizer.safetensors": averages } });
    expect(() => loadTrainer(dir)).toThrow(/which no parameter owns/);
  });
});
