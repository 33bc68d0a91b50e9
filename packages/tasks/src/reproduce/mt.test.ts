import * as tf from "@tensorflow/tfjs-core";
import { registerWasmBackend } from "@xlm/backend-wasm";
import { createRng } from "@xlm/core";
import { beforeAll, describe, expect, it } from "vitest";
import { toyLines, toyTranslation } from "../../test/toy.js";
import type { ReadLines } from "./experiment.js";
import { memoryStore } from "./lab.js";
import { joinResults, shortPairs, shortSentences } from "./mt-common.js";
import type { Reproduction } from "./reproduction.js";
import { reproduce } from "./run.js";
import { supervisedMt } from "./supervised-mt.js";
import { unsupervisedMt } from "./unsupervised-mt.js";
import { learnTextCodec } from "../text-codec.js";

beforeAll(async () => {
  await registerWasmBackend({ threads: 1 });
  await tf.setBackend("xlm-wasm");
});

/** Made-up text for every file: English-like lines, and their words turned round in any other language. */
const read: ReadLines = (name) => {
  const [file, lang] = name.split(".") as [string, string];
  const n = file.endsWith("train") ? 60 : 8;
  const seed = [...file].reduce((sum, char) => sum + char.charCodeAt(0), 0);
  const [one, two] = [toyLines(n, seed), toyLines(n, seed + 1)];
  const lines = one.map((line, i) => `${line} and ${two[i]}`);
  return lang === "en" ? lines : toyTranslation(lines);
};

const stage = { updates: 2, lr: 0.01, warmup: 1 };
const sizes = {
  ...{ merges: 30, embDim: 8, nLayers: 1, nHeads: 2, maxLen: 128, maxTokens: 80 },
  ...{ mlm: { ...stage, batchSize: 2, seqLen: 16 }, clm: { ...stage, batchSize: 2, seqLen: 16 } },
  ...{ tokensPerBatch: 100, validLines: 1, testLines: 3, lines: 60 },
};

describe("unsupervisedMt", () => {
  const run = (seed: number): Promise<Reproduction> =>
    reproduce(unsupervisedMt, read, memoryStore(), {
      seeds: [seed],
      sizes: { ...sizes, translation: { ...stage, updates: 4, lambdaAe: "0:1,2:0.1" } },
    });

  let found: Reproduction;
  beforeAll(async () => void (found = await run(1)));

  it("scores both directions from no text but that of two halves", () => {
    expect(found.complete).toBe(true);
    expect(found.rows.map(({ arm }) => arm)).toEqual(["random", "clm-clm", "mlm-none", "mlm-mlm"]);
    for (const { mean } of found.rows) {
      expect(mean["mean"]).toBeCloseTo((mean["en-es"]! + mean["es-en"]!) / 2, 10);
    }
    expect(found.facts[0]).toEqual(["en-es: text in en", expect.stringContaining("30 lines")]);
    expect(found.verdicts.map(({ worse, better }) => [worse, better])).toEqual([
      ["mlm-none", "mlm-mlm"],
      ["clm-clm", "mlm-none"],
      ["random", "clm-clm"],
    ]);
  });

  it("pretrains once a seed, then learns by denoising and back-translation", () => {
    const { stages } = found;
    expect(stages.map(({ arm, name }) => [arm, name.replace("seed-1/en-es/", "")])).toEqual([
      ["random", "random"],
      ["clm-clm", "clm"],
      ["clm-clm", "clm-clm"],
      ["mlm-none", "mlm"],
      ["mlm-none", "mlm-none"],
      ["mlm-mlm", "mlm-mlm"],
    ]);
    const losses = stages[0]!.curve.flatMap((point) => Object.keys(point.losses));
    expect(new Set(losses)).toEqual(new Set(["ae", "bt"]));
  });

  it("shows where the decoder of the last arm looks, and translations of all", () => {
    const { pictures, samples } = found;
    expect(pictures.map(({ arm, picture }) => [arm, picture.kind])).toEqual([["mlm-mlm", "attention"]]);
    expect(samples.map(({ lines }) => lines.length)).toEqual([6, 6, 6, 6]);
  });

  it("gives the same table for the same seed, and leaves no tensor", async () => {
    const before = tf.memory().numTensors;
    expect(await run(1)).toEqual(found);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("supervisedMt", () => {
  const run = (seed: number, arms?: readonly string[]): Promise<Reproduction> =>
    reproduce(supervisedMt, read, memoryStore(), {
      seeds: [seed],
      sizes: { ...sizes, parallel: 20, translation: stage },
      ...(arms && { arms }),
    });

  it("crosses three beginnings with three ways of learning", async () => {
    const found = await run(1);
    expect(found.rows.map(({ arm }) => arm)).toEqual(
      ["mono", "bi", "bi-bt"].flatMap((mode) => ["none", "clm", "mlm"].map((init) => `${init}-${mode}`)),
    );
    expect(found.verdicts.every(({ verdict }) => verdict !== "not run")).toBe(true);
    expect(found.pictures.map(({ arm }) => arm)).toEqual(["mlm-bi-bt"]);
    const updates = found.stages.map(({ arm, name, updates: made }) => [name.endsWith(arm), made] as const);
    expect(updates.flatMap(([isArm, made]) => (isArm ? [made] : []))).toEqual([2, 2, 2, 4, 4, 4, 8, 8, 8]);
    // 20 pairs, and of the 40 other lines one half for each language
    expect(found.facts.slice(0, 3).map(([, value]) => parseInt(value))).toEqual([20, 40, 40]);
  });

  it("gives the same table for the same seed", async () => {
    const arms = ["mlm-bi-bt"];
    expect(await run(3, arms)).toEqual(await run(3, arms));
  });
});

describe("short text", () => {
  const codec = learnTextCodec({ en: ["a b c d"], xx: ["a b c d"] }, createRng(0), { merges: 1 });

  it("leaves out what is empty or too long, of pairs on either side", () => {
    const pairs = { source: ["a", "a b c d", "", "a b", "b"], target: ["a", "a", "a", "a b c", "b"] };
    const direction = { from: "en", to: "xx" };
    expect(shortPairs(codec, pairs, direction, { maxTokens: 3 }).source).toEqual(["a", "a b", "b"]);
    expect(shortPairs(codec, pairs, direction, { maxTokens: 2, most: 1 }).target).toEqual(["a"]);
    expect(shortSentences(codec, pairs.source, "en", 3).positions).toHaveLength(6);
  });
});

describe("joinResults", () => {
  it("puts scores together, with the mean of some", () => {
    const one = { a: 1, "a-unrelated": 0, b: 9, "b-unrelated": 5 };
    const other = { c: 3, "c-unrelated": 1 };
    const { scores } = joinResults([{ scores: one }, { scores: other }], ["a", "c"]);
    expect(scores).toEqual({ ...one, ...other, mean: 2, "mean-unrelated": 0.5 });
  });
});
