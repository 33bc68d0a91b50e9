import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { createRng, type TranslationBatch } from "@xlm/core";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { randomBatch, randomSource, smallOptions, withoutPadId } from "../test/batches.js";
import { checkGradients } from "../test/gradients.js";
import {
  batchLoss,
  createEncoderDecoder,
  createHead,
  createTransformer,
  decode,
  encode,
  joinModels,
  labelLoss,
  predictionLoss,
  regressionLoss,
  sequenceScores,
  tokenScores,
  translationLoss,
  type TransformerOptions,
} from "./index.js";

const LENGTHS = [4, 6];
const SEQ = 6;
const batchFor = (options: TransformerOptions) => withoutPadId(randomBatch(2, LENGTHS, SEQ, options));
const dropouts = { dropout: 0.2, attentionDropout: 0.2 };
const adaptive: TransformerOptions = {
  ...smallOptions,
  output: "adaptive",
  adaptiveCutoffs: [4, 8],
  adaptiveDivValue: 2,
};

describe.each(["cpu", "wasm"])("gradients match finite differences, on the stock %s backend", (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });
  afterEach(() => expect(tf.memory().numTensors).toBe(0));

  it.each<[string, TransformerOptions, "full" | "causal"]>([
    ["masked language model", smallOptions, "full"],
    ["causal language model", { ...smallOptions, positionEmbeddings: "sinusoidal", nLangs: 1 }, "causal"],
    ["model with dropout", { ...smallOptions, ...dropouts }, "full"],
    ["model with an output matrix of its own", { ...smallOptions, output: "untied" }, "full"],
    ["model without language embeddings", { ...smallOptions, useLangEmb: false }, "causal"],
    ["model with adaptive softmax", { ...adaptive, ...dropouts }, "full"],
  ])("of a %s", (_, options, attention) => {
    const model = createTransformer(options, { rng: createRng(11) });
    const batch = batchFor(options);
    checkGradients(model, () => batchLoss(model, batch, { attention, dropoutRng: createRng(5) }));
    model.dispose();
  });

  it("of every state that is predicted from", () => {
    const model = createTransformer(smallOptions, { rng: createRng(11) });
    const { targetIndices, targets, ...batch } = batchFor(smallOptions);
    checkGradients(model, () => predictionLoss(model, encode(model, batch), targetIndices, targets));
    model.dispose();
  });

  it("of a decoder and the states it attends to", () => {
    const options = { ...smallOptions, ...dropouts, crossAttention: true };
    const decoder = createTransformer(options, { rng: createRng(11) });
    const { targetIndices, targets, ...batch } = batchFor(options);
    const { states, lengths } = randomSource(3, [5, 2], 5, options.embDim);
    const source = tf.variable(states);
    const model = joinModels({
      decoder,
      source: { config: {}, params: { states: source }, dispose: () => source.dispose() },
    });
    checkGradients(model, () => {
      const encoded = { states: source as tf.Tensor as tf.Tensor3D, lengths };
      const hidden = decode(decoder, batch, encoded, { dropoutRng: createRng(5) });
      return predictionLoss(decoder, hidden, targetIndices, targets);
    });
    tf.dispose(states);
    model.dispose();
  });

  it("of an encoder and a decoder", () => {
    const options = { encoder: { ...smallOptions, nLayers: 1 }, decoder: { ...adaptive, ...dropouts, nLayers: 1 } };
    const model = createEncoderDecoder(options, { rng: createRng(11) });
    const batch: TranslationBatch = {
      source: withoutPadId(randomBatch(3, [5, 2], 5)),
      target: batchFor(smallOptions),
    };
    checkGradients(model, () => translationLoss(model, batch, { dropoutRng: createRng(5) }));
    model.dispose();
  });

  it("of heads and the encoder below", () => {
    const encoder = createTransformer({ ...smallOptions, nLayers: 1 }, { rng: createRng(11) });
    const { embDim: inputDim } = encoder.config;
    const heads = {
      sentence: createHead({ inputDim, nOutputs: 3, dropout: 0.2 }, { rng: createRng(1) }),
      token: createHead({ inputDim, nOutputs: 4 }, { rng: createRng(2) }),
      similarity: createHead({ inputDim, nOutputs: 1 }, { rng: createRng(3) }),
    };
    const model = joinModels({ encoder, ...heads });
    const batch = batchFor(smallOptions);
    checkGradients(model, () =>
      tf.tidy(() => {
        const hidden = encode(encoder, batch);
        const dropoutRng = createRng(5);
        const losses = [
          labelLoss(sequenceScores(heads.sentence, hidden, { dropoutRng }), Int32Array.of(2, 0)),
          labelLoss(tokenScores(heads.token, hidden, Int32Array.of(7, 0, 7)), Int32Array.of(3, 1, 0)),
          regressionLoss(sequenceScores(heads.similarity, hidden), Float32Array.of(0.5, -1)),
        ];
        return losses.reduce((sum, loss) => tf.add(sum, loss));
      }),
    );
    model.dispose();
  });
});
