import { OptionError } from "@xlm/core";
import { describe, expect, it } from "vitest";
import { completeConfig, listParameters, parameterCount, presets, type TransformerOptions } from "./index.js";

const tiny = { ...presets.tiny, vocabSize: 20 };

describe("completeConfig", () => {
  it("fills in what the paper used", () => {
    expect(completeConfig({ vocabSize: 100, embDim: 8, nLayers: 1, nHeads: 2 })).toEqual({
      vocabSize: 100,
      nLangs: 1,
      embDim: 8,
      nLayers: 1,
      nHeads: 2,
      hiddenDim: 32,
      maxLen: 512,
      activation: "gelu",
      positionEmbeddings: "learned",
      useLangEmb: true,
      dropout: 0.1,
      attentionDropout: 0.1,
      padId: 2,
      crossAttention: false,
      output: "tied",
      adaptiveCutoffs: [],
      adaptiveDivValue: 4,
    });
  });

  it("gives an adaptive softmax the original's cutoffs, and no other output any", () => {
    const large = { ...tiny, vocabSize: 30_000 };
    expect(completeConfig({ ...large, output: "adaptive" }).adaptiveCutoffs).toEqual([8000, 20000]);
    expect(completeConfig({ ...large, adaptiveCutoffs: [10] }).adaptiveCutoffs).toEqual([]);
  });

  it("leaves a complete configuration as it is", () => {
    for (const options of [
      { ...tiny, activation: "relu", padId: 0 } as const,
      { ...tiny, output: "adaptive", adaptiveCutoffs: [5], crossAttention: true } as const,
    ]) {
      const config = completeConfig(options);
      expect(completeConfig(config)).toEqual(config);
    }
  });

  const message = (change: Partial<TransformerOptions>): string => {
    try {
      completeConfig({ ...tiny, ...change });
    } catch (error) {
      expect(error).toBeInstanceOf(OptionError);
      return (error as Error).message;
    }
    return "accepted";
  };

  it("names the field that makes no sense", () => {
    expect(message({ nHeads: 3 })).toMatchInlineSnapshot(
      `"embDim is 16 and nHeads is 3: every head gets an equal share of the width. Fix: choose a width that is a multiple of the number of heads"`,
    );
    expect(message({ activation: "tanh" as "relu" })).toMatchInlineSnapshot(
      `"activation is "tanh": there is no such choice. Fix: use "gelu" or "relu""`,
    );
    expect(message({ dropout: 1 })).toMatchInlineSnapshot(
      `"dropout is 1: nothing would be left. Fix: use a rate below 1"`,
    );
    expect(message({ attentionDropout: -0.1 })).toContain("attentionDropout is -0.1");
    expect(message({ positionEmbeddings: "none" as "learned" })).toContain('use "learned" or "sinusoidal"');
    expect(message({ useLangEmb: 1 as unknown as boolean })).toContain("useLangEmb is 1");
    expect(message({ padId: 20 })).toContain("padId is 20");
    expect(message({ crossAttention: "yes" as unknown as boolean })).toContain("use true or false");
    expect(message({ output: "shared" as "tied" })).toContain('use "tied" or "untied" or "adaptive"');
    for (const name of ["vocabSize", "nLangs", "embDim", "nLayers", "nHeads", "hiddenDim", "maxLen"] as const) {
      expect(message({ [name]: 0 })).toContain(`${name} is 0`);
      expect(message({ [name]: 1.5 })).toContain(`${name} is 1.5`);
    }
  });
});

describe("the clusters of an adaptive softmax", () => {
  const message = (adaptiveCutoffs: number[], adaptiveDivValue = 4): string => {
    try {
      completeConfig({ ...tiny, output: "adaptive", adaptiveCutoffs, adaptiveDivValue });
    } catch (error) {
      expect(error).toBeInstanceOf(OptionError);
      return (error as Error).message;
    }
    return "accepted";
  };

  it("are cut at ascending ids of the vocabulary", () => {
    expect(message([1, 19])).toBe("accepted");
    for (const cutoffs of [[], [0, 5], [5, 5], [6, 5], [2.5], [5, 20]]) {
      expect(message(cutoffs)).toContain(`adaptiveCutoffs are [${cutoffs.join(", ")}]`);
    }
    expect(message([5, 20])).toMatchInlineSnapshot(
      `"adaptiveCutoffs are [5, 20] and the vocabulary has 20 ids: they cut the vocabulary into a shortlist and rarer clusters. Fix: use one or more ascending numbers from 1 to 19"`,
    );
  });

  it("are at least one number wide", () => {
    expect(message([5, 10], 1)).toBe("accepted");
    expect(message([5, 10], 4)).toBe("accepted"); // 16 / 4^2 = 1
    expect(message([5, 10, 15], 4)).toMatchInlineSnapshot(
      `"adaptiveDivValue is 4 with 3 cutoffs and embDim 16: every cluster is projected to a width of at least 1 and at most embDim. Fix: use a smaller number from 1 on, or fewer cutoffs"`,
    );
    expect(message([5], 0.5)).toContain("adaptiveDivValue is 0.5");
    expect(message([5], NaN)).toContain("adaptiveDivValue is NaN");
  });

  it("narrow as in torch, where 120 words cut at 30 and 75 have tails of 16 and 4 of 64 dimensions", () => {
    const config = completeConfig({
      ...{ vocabSize: 120, embDim: 64, nLayers: 1, nHeads: 8 },
      ...{ output: "adaptive", adaptiveCutoffs: [30, 75] },
    });
    const shapes = listParameters(config).flatMap(({ name, shape }) => (name.startsWith("pred_layer") ? [shape] : []));
    expect(shapes).toEqual([[32, 64], [32], [16, 64], [45, 16], [4, 64], [45, 4]]);
  });
});

describe("parameterCount", () => {
  it("counts every trained number once", () => {
    const config = completeConfig({ vocabSize: 5, embDim: 2, nLayers: 1, nHeads: 1, maxLen: 3 });
    const embeddings = 5 * 2 + 3 * 2 + (2 + 2); // tokens, positions, layer norm
    const attention = 4 * (2 * 2 + 2) + (2 + 2);
    const ffn = 8 * 2 + 8 + (2 * 8 + 2) + (2 + 2);
    expect(parameterCount(config)).toBe(embeddings + attention + ffn + 5);
    expect(parameterCount({ ...config, positionEmbeddings: "sinusoidal" })).toBe(embeddings + attention + ffn + 5 - 6);
    expect(parameterCount({ ...config, nLangs: 4 }) - parameterCount(config)).toBe(4 * 2);
    expect(parameterCount({ ...config, nLangs: 4, useLangEmb: false })).toBe(parameterCount(config));
  });

  it("gives the size of the paper's model: 12 layers over 95k words have about 250 million parameters", () => {
    const config = completeConfig({ ...presets.paper12, vocabSize: 95_000, nLangs: 15 });
    expect(parameterCount(config)).toBe(
      95_000 * 1024 + 512 * 1024 + 15 * 1024 + 2 * 1024 + 12 * (12 * 1024 * 1024 + 13 * 1024) + 95_000,
    );
  });
});

it.each(Object.entries(presets))("preset %s is a valid configuration", (_, preset) => {
  expect(completeConfig({ ...preset, vocabSize: 100 })).toMatchObject(preset);
});
