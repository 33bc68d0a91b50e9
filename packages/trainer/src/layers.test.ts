import fc from "fast-check";
import { completeConfig, listParameters, presets, type TransformerOptions } from "@xlm/transformer";
import { describe, expect, it } from "vitest";
import { parametersOfLayers } from "./index.js";

const config = (options: Partial<TransformerOptions> = {}): ReturnType<typeof completeConfig> =>
  completeConfig({ ...presets.tiny, nLayers: 3, vocabSize: 30, nLangs: 2, ...options });
const trained = (of: ReturnType<typeof completeConfig>): string[] =>
  listParameters(of)
    .filter(({ name, trainable }) => trainable && !name.startsWith("pred_layer"))
    .map(({ name }) => name);

describe("parametersOfLayers", () => {
  it("counts the embeddings as 0, layers from 1, and from the end with _", () => {
    expect(parametersOfLayers(config(), "0")).toEqual([
      "position_embeddings.weight",
      "lang_embeddings.weight",
      "embeddings.weight",
      "layer_norm_emb.weight",
      "layer_norm_emb.bias",
    ]);
    const last = parametersOfLayers(config(), "_1");
    expect(last).toEqual(parametersOfLayers(config(), "3"));
    expect(last).toContain("ffns.2.lin1.weight");
    expect(last.every((name) => /\.2\./.test(name))).toBe(true);
    expect(parametersOfLayers(config(), "0,_1")).toEqual([...parametersOfLayers(config(), "0"), ...last]);
  });

  it('"0:_1" is all but the output layer, and a table that is not trained', () => {
    for (const options of [
      {},
      { nLangs: 1 },
      { positionEmbeddings: "sinusoidal" },
      { crossAttention: true },
      { output: "adaptive", adaptiveCutoffs: [10, 20], adaptiveDivValue: 2 },
    ] as const) {
      const of = config(options);
      expect(parametersOfLayers(of, "0:_1")).toEqual(trained(of));
    }
  });

  it("the layers share no parameter, and a range is its layers", () => {
    const layer = fc.nat({ max: 3 });
    fc.assert(
      fc.property(layer, layer, (i, j) => {
        const [from, to] = [Math.min(i, j), Math.max(i, j)];
        const singles = Array.from({ length: to - from + 1 }, (_, k) => parametersOfLayers(config(), `${from + k}`));
        expect(parametersOfLayers(config(), `${from}:${to}`)).toHaveLength(singles.flat().length);
        expect(new Set(parametersOfLayers(config(), `${from}:_${4 - to}`))).toEqual(new Set(singles.flat()));
      }),
    );
  });

  it("refuses what names no layer", () => {
    for (const layers of ["", "4", "_5", "2:1", "0:1:2", "a", "0,", "-1", "1.5"]) {
      expect(() => parametersOfLayers(config(), layers), layers).toThrow(
        expect.objectContaining({ code: "XLM_OPTION" }) as Error,
      );
    }
    expect(() => parametersOfLayers(config(), "0,2:1")).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: "2:1" of the layers "0,2:1" names none of a model with 3: 0 is the embeddings, 1 the first layer and _1 the last. Fix: write numbers and ranges from 0 to 3, such as "0:_1" for all or "0,3"]`,
    );
  });
});
