import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { createRng, MismatchError, type TranslationBatch, type XlmError } from "@xlm/core";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { randomBatch, randomSource, smallOptions } from "../test/batches.js";
import { expectClose } from "../test/compare.js";
import {
  completeConfig,
  createEncoderDecoder,
  createTransformer,
  decode,
  decodeAt,
  encode,
  exportWeights,
  initWeights,
  lossGradients,
  partWeights,
  predictionLoss,
  translationLoss,
  type EncoderDecoder,
  type Transformer,
} from "./index.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
});
afterEach(() => expect(tf.memory().numTensors).toBe(0));

const batch: TranslationBatch = { source: randomBatch(1, [5, 3], 5), target: randomBatch(2, [2, 4], 4) };
const isFresh = (name: string): boolean => /^(encoder_attn|layer_norm15)\./.test(name);

describe("createEncoderDecoder", () => {
  const pretrained = initWeights(completeConfig(smallOptions), createRng(9));
  const weightsOf = (source: Parameters<typeof createEncoderDecoder>[1]): ReturnType<typeof exportWeights> => {
    const model = createEncoderDecoder(smallOptions, source);
    const weights = exportWeights(model);
    model.dispose();
    return weights;
  };

  it("has an encoder and a decoder, with parameters named after them", () => {
    const model = createEncoderDecoder(
      { encoder: smallOptions, decoder: { ...smallOptions, nLayers: 1 } },
      { rng: createRng(1) },
    );
    expect(model.config.encoder).toEqual(completeConfig(smallOptions));
    expect(model.config.decoder).toEqual(completeConfig({ ...smallOptions, nLayers: 1, crossAttention: true }));
    expect(model.params["encoder.attentions.1.q_lin.weight"]).toBe(model.encoder.params["attentions.1.q_lin.weight"]);
    expect(model.params["decoder.encoder_attn.0.q_lin.weight"]).toBeDefined();
    expect(model.params["encoder.encoder_attn.0.q_lin.weight"]).toBeUndefined();
    model.dispose();
  });

  it("starts both from one pretrained encoder; what it lacks is drawn, the same as without it", () => {
    const drawn = weightsOf({ rng: createRng(1) });
    const started = weightsOf({ rng: createRng(1), encoder: pretrained, decoder: pretrained });
    expect(partWeights(started, "encoder")).toEqual(pretrained);
    const decoder = Object.entries(partWeights(started, "decoder"));
    expect(Object.fromEntries(decoder.filter(([name]) => !isFresh(name)))).toEqual(pretrained);
    const fresh = decoder.filter(([name]) => isFresh(name));
    expect(fresh).toHaveLength(2 * (4 * 2 + 2)); // layers, linear maps and norms, each two arrays
    expect(fresh).toEqual(Object.entries(partWeights(drawn, "decoder")).filter(([name]) => isFresh(name)));
  });

  it("starts one of them alone, the other as drawn", () => {
    const drawn = weightsOf({ rng: createRng(1) });
    const reader = weightsOf({ rng: createRng(1), encoder: pretrained });
    expect(partWeights(reader, "encoder")).toEqual(pretrained);
    expect(partWeights(reader, "decoder")).toEqual(partWeights(drawn, "decoder"));
    const writer = weightsOf({ rng: createRng(1), decoder: pretrained });
    expect(partWeights(writer, "encoder")).toEqual(partWeights(drawn, "encoder"));
    expect(writer["decoder.embeddings.weight"]).toEqual(pretrained["embeddings.weight"]);
  });

  it("takes the decoder of another translation model as it is", () => {
    const other = weightsOf({ rng: createRng(2) });
    const started = weightsOf({ rng: createRng(1), decoder: partWeights(other, "decoder") });
    expect(partWeights(started, "decoder")).toEqual(partWeights(other, "decoder"));
  });

  it("encodes as the pretrained encoder does", () => {
    const model = createEncoderDecoder(smallOptions, { rng: createRng(1), encoder: pretrained, decoder: pretrained });
    const single = createTransformer(smallOptions, { weights: pretrained });
    tf.tidy(() => {
      const expected = encode(single, batch.source).dataSync();
      expect(encode(model.encoder, batch.source).dataSync()).toEqual(expected);
    });
    model.dispose();
    single.dispose();
  });

  it("comes back from its weights", () => {
    const weights = weightsOf({ rng: createRng(1) });
    expect(weightsOf({ weights })).toEqual(weights);
  });

  it("refuses widths that do not match and weights that do not fit, and keeps nothing", () => {
    expect(() =>
      createEncoderDecoder({ encoder: smallOptions, decoder: { ...smallOptions, embDim: 16 } }, { rng: createRng(1) }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[MismatchError: the encoder has embDim 8 and the decoder 16: the decoder attends to the encoder's states. Fix: give both the same width]`,
    );
    const { "decoder.layer_norm15.0.bias": _, ...incomplete } = weightsOf({ rng: createRng(1) });
    expect(() => weightsOf({ weights: incomplete })).toThrow(MismatchError);
    expect(() => weightsOf({ weights: incomplete })).toThrow("missing: layer_norm15.0.bias");
  });
});

describe("translationLoss", () => {
  const withModel = <T>(run: (model: EncoderDecoder) => T): T => {
    const model = createEncoderDecoder(smallOptions, { rng: createRng(1) });
    try {
      return run(model);
    } finally {
      model.dispose();
    }
  };

  it("is the loss of predicting the target from the states of the decoder", () => {
    withModel((model) =>
      tf.tidy(() => {
        const { source, target } = batch;
        const encoded = { states: encode(model.encoder, source), lengths: source.lengths };
        const states = decode(model.decoder, target, encoded);
        const expected = predictionLoss(model.decoder, states, target.targetIndices, target.targets).dataSync();
        expectClose(translationLoss(model, batch).dataSync(), expected, 1e-6);
      }),
    );
  });

  it("moves both parts, but not the encoder's output layer", () => {
    withModel((model) => {
      const { loss, grads } = lossGradients(model, () => translationLoss(model, batch));
      expect(Object.keys(model.params).filter((name) => !(name in grads))).toEqual(["encoder.pred_layer.proj.bias"]);
      tf.dispose([loss, grads]);
    });
  });

  it("drops what the generator says", () => {
    const model = createEncoderDecoder({ ...smallOptions, dropout: 0.3 }, { rng: createRng(1) });
    const loss = (seed?: number): number =>
      tf.tidy(() => translationLoss(model, batch, seed ? { dropoutRng: createRng(seed) } : {}).arraySync());
    expect(loss(1)).toBe(loss(1));
    expect(loss(1)).not.toBe(loss(2));
    expect(loss(1)).not.toBe(loss());
    model.dispose();
  });

  it("refuses before any work", () => {
    const message = (change: Partial<TranslationBatch["target"]>): string =>
      withModel((model) => {
        const before = tf.memory().numTensors;
        const dropoutRng = createRng(1);
        try {
          translationLoss(model, { ...batch, target: { ...batch.target, ...change } }, { dropoutRng }).dispose();
        } catch (error) {
          expect(tf.memory().numTensors).toBe(before);
          expect(dropoutRng.state()).toEqual(createRng(1).state());
          return `${(error as XlmError).code} ${(error as Error).message}`;
        }
        return "accepted";
      });
    expect(message({})).toBe("accepted");
    expect(message({ ids: batch.target.ids.map(() => 12) })).toContain("XLM_OPTION ids[0, 0] is 12");
    expect(message({ targets: batch.target.targets.map(() => 12) })).toContain("XLM_OPTION targets[0] is 12");
    expect(message(randomBatch(1, [2, 2, 2], 2))).toMatchInlineSnapshot(
      `"XLM_SHAPE there are 2 sources and 3 targets: every target is the translation of its own source. Fix: pass both sides of the same batch"`,
    );
  });
});

describe("a decoder without a source", () => {
  it("is the causal language model that the encoder with its weights would be", () => {
    const model = createEncoderDecoder(smallOptions, { rng: createRng(1) });
    const shared = Object.entries(partWeights(exportWeights(model), "decoder")).filter(
      ([name]) => !/^(layer_norm15|encoder_attn)\./.test(name),
    );
    const plain = createTransformer(smallOptions, { weights: Object.fromEntries(shared) });
    const states = (of: Transformer): ArrayLike<number> =>
      tf.tidy(() => encode(of, batch.target, { attention: "causal" }).dataSync());
    expect(states(model.decoder)).toEqual(states(plain));
    model.dispose();
    plain.dispose();
  });
});

describe("decode refuses", () => {
  const message = (run: () => tf.Tensor): string => {
    const before = tf.memory().numTensors;
    try {
      run().dispose();
    } catch (error) {
      expect(tf.memory().numTensors).toBe(before);
      return `${(error as XlmError).code} ${(error as Error).message}`;
    }
    return "accepted";
  };

  it("an encoder, as encode refuses a decoder", () => {
    const model = createEncoderDecoder(smallOptions, { rng: createRng(1) });
    const source = randomSource(1, [5, 3], 5, 8);
    expect(message(() => encode(model.decoder, batch.target))).toMatchInlineSnapshot(
      `"XLM_UNSUPPORTED the model is a decoder: without a source it only writes, and sees no token before it is written. Fix: call decode with the states of an encoder, or encode with attention: "causal""`,
    );
    expect(message(() => decode(model.encoder, batch.target, source))).toMatchInlineSnapshot(
      `"XLM_UNSUPPORTED the model is an encoder: it has no attention to the states of another model. Fix: make it with crossAttention: true, or call encode"`,
    );
    tf.dispose(source.states);
    model.dispose();
  });

  it("states that do not belong to the batch", () => {
    const decoder = createTransformer({ ...smallOptions, crossAttention: true }, { rng: createRng(1) });
    const decoded = (lengths: number[], seq = 5, dim = 8, stated = lengths): string => {
      const { states } = randomSource(1, lengths, seq, dim);
      const source = { states, lengths: Int32Array.from(stated) };
      const said = message(() => decodeAt(decoder, batch.target, source, Int32Array.of(0)));
      states.dispose();
      return said;
    };
    expect(decoded([5, 3])).toBe("accepted");
    expect(decoded([5])).toMatchInlineSnapshot(
      `"XLM_SHAPE the source states are [1, 5, 8], the batch has 2 rows and the decoder embDim 8: every row is written from the states of its own source. Fix: encode as many rows, with an encoder as wide"`,
    );
    expect(decoded([5, 3], 5, 16)).toContain("XLM_SHAPE the source states are [2, 5, 16]");
    expect(decoded([5, 3], 5, 8, [5])).toContain("XLM_SHAPE source lengths has 1 elements");
    expect(decoded([5, 3], 5, 8, [5, 0])).toMatchInlineSnapshot(
      `"XLM_SHAPE source row 1 has length 0 and the states are [2, 5, 8]: attention is over at least one state, and over no padding. Fix: pass the lengths of the batch that was encoded"`,
    );
    expect(decoded([5, 3], 5, 8, [6, 3])).toContain("source row 0 has length 6");
    decoder.dispose();
  });
});
