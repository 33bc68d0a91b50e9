import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { createRng, MismatchError, type TensorData } from "@xlm/core";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { smallOptions } from "../test/batches.js";
import {
  completeConfig,
  createTransformer,
  exportWeights,
  initWeights,
  type Transformer,
  type TransformerOptions,
} from "./index.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
});
afterEach(() => expect(tf.memory().numTensors).toBe(0));

describe("createTransformer", () => {
  it("holds a variable for each parameter and frees them all", () => {
    const model = createTransformer({ ...smallOptions, positionEmbeddings: "sinusoidal" }, { rng: createRng(1) });
    expect(model.config).toEqual(completeConfig({ ...smallOptions, positionEmbeddings: "sinusoidal" }));
    expect(tf.memory().numTensors).toBe(Object.keys(model.params).length);
    const frozen = Object.entries(model.params).filter(([, variable]) => !variable.trainable);
    expect(frozen.map(([name]) => name)).toEqual(["position_embeddings.weight"]);
    model.dispose();
    model.dispose(); // a second time does nothing
  });

  it("lets two models live side by side", () => {
    const models = [1, 2].map((seed) => createTransformer(smallOptions, { rng: createRng(seed) }));
    const [first, second] = models.map((model) => exportWeights(model));
    expect(first).not.toEqual(second);
    models.forEach((model) => model.dispose());
  });

  it("survives a tidy around it", () => {
    const made: Transformer[] = [];
    tf.tidy(() => void made.push(createTransformer(smallOptions, { rng: createRng(1) })));
    const [model] = made as [Transformer];
    expect(exportWeights(model)).toEqual(initWeights(model.config, createRng(1)));
    model.dispose();
  });
});

describe("weights", () => {
  const weights = initWeights(completeConfig(smallOptions), createRng(3));

  it("come out as they went in, copied both ways", () => {
    const given = structuredClone(weights);
    const model = createTransformer(smallOptions, { weights: given });
    (given["embeddings.weight"] as TensorData<"F32">).data.fill(7);
    const exported = exportWeights(model);
    expect(exported).toEqual(weights);
    (exported["embeddings.weight"] as TensorData<"F32">).data.fill(8);
    expect(exportWeights(model)).toEqual(weights);
    model.dispose();
  });

  it("may repeat the tied output matrix, and leave out fixed positions", () => {
    const tied = { ...weights, "pred_layer.proj.weight": weights["embeddings.weight"] as TensorData };
    const model = createTransformer(smallOptions, { weights: tied });
    expect(exportWeights(model)).toEqual(weights);
    model.dispose();

    const options: TransformerOptions = { ...smallOptions, positionEmbeddings: "sinusoidal" };
    const { "position_embeddings.weight": _, ...trained } = weights;
    const fixed = createTransformer(options, { weights: trained });
    expect(exportWeights(fixed)["position_embeddings.weight"]).toEqual(
      initWeights(completeConfig(options), createRng(1))["position_embeddings.weight"],
    );
    fixed.dispose();
  });

  it.each<[string, Partial<TransformerOptions>]>([
    ["an output matrix of its own", { output: "untied" }],
    ["adaptive softmax", { output: "adaptive", adaptiveCutoffs: [4, 9], adaptiveDivValue: 2 }],
    ["attention to a source", { crossAttention: true }],
    ["no language embeddings", { useLangEmb: false }],
  ])("come out as they went in with %s", (_, change) => {
    const options = { ...smallOptions, ...change };
    const own = initWeights(completeConfig(options), createRng(3));
    const model = createTransformer(options, { weights: own });
    expect(exportWeights(model)).toEqual(own);
    model.dispose();
  });

  const message = (options: TransformerOptions, given: Record<string, TensorData>): string => {
    try {
      createTransformer(options, { weights: given }).dispose();
    } catch (error) {
      expect(error).toBeInstanceOf(MismatchError);
      return (error as Error).message;
    }
    return "accepted";
  };

  it("are refused with everything that does not fit", () => {
    const { "layer_norm_emb.bias": _, ...rest } = weights;
    expect(
      message(smallOptions, { ...rest, "decoder.weight": weights["layer_norm_emb.weight"] as TensorData }),
    ).toMatchInlineSnapshot(
      `"the weights do not fit the configuration (missing: layer_norm_emb.bias; unexpected: decoder.weight): a model is its sizes and its weights together. Fix: use the configuration that was saved beside the weights"`,
    );
    expect(message({ ...smallOptions, vocabSize: 11, maxLen: 16 }, weights)).toMatchInlineSnapshot(
      `"the weights do not fit the configuration (of another shape or type: position_embeddings.weight is [9, 8], not [16, 8], embeddings.weight is [12, 8], not [11, 8], pred_layer.proj.bias is [12], not [11]): a model is its sizes and its weights together. Fix: these weights were made with vocabSize: 12, maxLen: 9; configure the model so, or give it other weights"`,
    );
    expect(message({ ...smallOptions, nLangs: 1 }, weights)).toContain("unexpected: lang_embeddings.weight");
    expect(message({ ...smallOptions, nLangs: 3 }, weights)).toContain("made with nLangs: 2");
    expect(message({ ...smallOptions, nLayers: 3 }, weights)).toContain("attentions.2.v_lin.weight and 11 more");
    expect(message(smallOptions, {})).toContain("missing: position_embeddings.weight");
    expect(message({ ...smallOptions, output: "untied" }, weights)).toContain("missing: pred_layer.proj.weight");
    expect(message({ ...smallOptions, crossAttention: true }, weights)).toContain("encoder_attn.0.q_lin.weight");
  });

  it("are refused in another number format or with too little data", () => {
    const bias = weights["layer_norm_emb.bias"] as TensorData<"F32">;
    const wide: TensorData = { dtype: "F64", shape: bias.shape, data: Float64Array.from(bias.data) };
    expect(message(smallOptions, { ...weights, "layer_norm_emb.bias": wide })).toContain(
      "layer_norm_emb.bias holds F64, not F32",
    );
    const short = { ...bias, data: bias.data.slice(1) };
    expect(message(smallOptions, { ...weights, "layer_norm_emb.bias": short })).toMatchInlineSnapshot(
      `"the weights do not fit the configuration (of another shape or type: layer_norm_emb.bias is [8] and holds 7 numbers): a model is its sizes and its weights together. Fix: use the configuration that was saved beside the weights"`,
    );
  });

  it("are refused with an output matrix of its own", () => {
    const table = weights["embeddings.weight"] as TensorData<"F32">;
    const untied = { ...table, data: table.data.map((value, i) => (i === 0 ? value + 1 : value)) };
    expect(message(smallOptions, { ...weights, "pred_layer.proj.weight": untied })).toMatchInlineSnapshot(
      `"pred_layer.proj.weight differs from embeddings.weight: this model uses one matrix for both (share_inout_emb). Fix: use weights trained with tied embeddings, or configure the model with output: "untied""`,
    );
  });
});
