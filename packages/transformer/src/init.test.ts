import { createRng, type TensorData } from "@xlm/core";
import { describe, expect, it } from "vitest";
import { completeConfig, initWeights, listParameters, presets, type TransformerConfig } from "./index.js";

const config = completeConfig({ ...presets.tiny, vocabSize: 200, nLangs: 3 });
const dataOf = (weights: Record<string, TensorData<"F32">>, name: string): Float32Array =>
  (weights[name] as TensorData<"F32">).data;
const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0) / values.length;

describe("initWeights", () => {
  const weights = initWeights(config, createRng(1));

  it("makes every parameter in its shape", () => {
    expect(Object.entries(weights).map(([name, { shape, data }]) => [name, shape, data.length])).toEqual(
      listParameters(config).map(({ name, shape }) => [name, shape, shape.reduce((a, b) => a * b, 1)]),
    );
  });

  it("draws embeddings from N(0, 1 / embDim) and leaves the padding row at zero", () => {
    const table = dataOf(weights, "embeddings.weight");
    const { padId, embDim } = config;
    expect(table.subarray(padId * embDim, (padId + 1) * embDim).every((value) => value === 0)).toBe(true);
    const n = table.length - embDim;
    const variance = (mean(table.map((value) => value ** 2)) * table.length) / n;
    // The mean square of n normal draws has relative standard deviation sqrt(2 / n); six of them.
    expect(Math.abs(variance * embDim - 1)).toBeLessThan(6 * Math.sqrt(2 / n));
    expect(dataOf(weights, "lang_embeddings.weight").every((value) => value !== 0)).toBe(true);
    expect(dataOf(weights, "position_embeddings.weight").every((value) => value !== 0)).toBe(true);
  });

  it("draws linear layers uniformly within 1 / sqrt(inputs)", () => {
    for (const [name, inputs] of [
      ["attentions.0.q_lin.weight", config.embDim],
      ["attentions.1.out_lin.bias", config.embDim],
      ["ffns.0.lin1.bias", config.embDim],
      ["ffns.1.lin2.weight", config.hiddenDim],
      ["ffns.1.lin2.bias", config.hiddenDim],
      ["pred_layer.proj.bias", config.embDim],
    ] as const) {
      const bound = 1 / Math.sqrt(inputs);
      const data = dataOf(weights, name);
      const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expect(largest).toBeLessThanOrEqual(bound);
      expect(largest).toBeGreaterThan(0.5 * bound); // 16 draws or more all below half: once in 65,536 seeds, and the seed is fixed
    }
  });

  it("draws the other output layers uniformly, too", () => {
    const adaptive: Partial<TransformerConfig> = { output: "adaptive", adaptiveCutoffs: [50, 100] };
    for (const [change, name, inputs] of [
      [{ output: "untied" }, "pred_layer.proj.weight", 16],
      [{ output: "untied" }, "pred_layer.proj.bias", 16],
      [adaptive, "pred_layer.proj.head.weight", 16],
      [adaptive, "pred_layer.proj.head.bias", 16],
      [adaptive, "pred_layer.proj.tail.0.0.weight", 16],
      [adaptive, "pred_layer.proj.tail.0.1.weight", 4],
      [adaptive, "pred_layer.proj.tail.1.1.weight", 1],
    ] as const) {
      const data = dataOf(initWeights({ ...config, ...change }, createRng(1)), name);
      const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expect(largest).toBeLessThanOrEqual(inputs ** -0.5);
      expect(largest).toBeGreaterThan(0.5 * inputs ** -0.5);
    }
  });

  it("starts layer norms at 1 and 0", () => {
    const decoder = initWeights({ ...config, crossAttention: true }, createRng(1));
    for (const norm of ["layer_norm_emb", "layer_norm1.0", "layer_norm15.1", "layer_norm2.1"]) {
      expect(dataOf(decoder, `${norm}.weight`).every((value) => value === 1)).toBe(true);
      expect(dataOf(decoder, `${norm}.bias`).every((value) => value === 0)).toBe(true);
    }
  });

  it("gives the same weights for the same seed, others for another", () => {
    expect(initWeights(config, createRng(1))).toEqual(weights);
    expect(initWeights(config, createRng(2))).not.toEqual(weights);
  });

  it.each<[string, Partial<TransformerConfig>]>([
    ["another layer", { nLayers: 3 }],
    ["another language", { nLangs: 1 }],
    ["fixed positions", { positionEmbeddings: "sinusoidal" }],
    ["attention to a source", { crossAttention: true }],
    ["adaptive softmax", { output: "adaptive", adaptiveCutoffs: [50] }],
  ])("leaves the other weights as they were with %s", (_, change) => {
    const others = initWeights({ ...config, ...change }, createRng(1));
    const shared = Object.keys(weights).filter((name) => name in others && !name.startsWith("position"));
    expect(shared.length).toBeGreaterThan(30);
    for (const name of shared) expect(others[name]).toEqual(weights[name]);
  });

  it("computes sinusoidal positions: sine and cosine of each wavelength side by side", () => {
    const fixed = initWeights({ ...config, embDim: 4, positionEmbeddings: "sinusoidal" }, createRng(1));
    const table = dataOf(fixed, "position_embeddings.weight");
    expect(Array.from(table.subarray(0, 4))).toEqual([0, 1, 0, 1]);
    expect(Array.from(table.subarray(12, 16))).toEqual(
      [Math.sin(3), Math.cos(3), Math.sin(3 / 100), Math.cos(3 / 100)].map(Math.fround),
    );
  });
});
