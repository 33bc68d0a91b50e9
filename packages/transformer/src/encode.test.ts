import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { createRng, XlmError, type TokenBatch } from "@xlm/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomBatch, randomSource, smallOptions } from "../test/batches.js";
import {
  createTransformer,
  decode,
  encode,
  lossGradients,
  pairLoss,
  predictionLoss,
  type Transformer,
} from "./index.js";

let model: Transformer;
let dropping: Transformer;
beforeAll(async () => {
  await tf.setBackend("cpu");
  model = createTransformer(smallOptions, { rng: createRng(1) });
  dropping = createTransformer({ ...smallOptions, dropout: 0.3, attentionDropout: 0.2 }, { rng: createRng(1) });
});
afterAll(() => {
  model.dispose();
  dropping.dispose();
  expect(tf.memory().numTensors).toBe(0);
});

const batch = randomBatch(5, [3, 5, 1], 5);
const states = (of: Transformer, input: TokenBatch, options = {}): Float32Array =>
  tf.tidy(() => encode(of, input, options).dataSync().slice() as Float32Array);

describe("encode", () => {
  it("gives a state for each token and zero for padding", () => {
    const hidden = encode(model, batch);
    expect(hidden.shape).toEqual([3, 5, 8]);
    const [first] = hidden.arraySync();
    expect(first?.map((state) => state.every((value) => value === 0))).toEqual([false, false, false, true, true]);
    // A layer norm that still has weight 1 and bias 0 leaves mean 0 and mean square 1.
    const state = first?.[0] as number[];
    expect(state.reduce((a, b) => a + b, 0) / 8).toBeCloseTo(0, 6);
    expect(state.reduce((a, b) => a + b * b, 0) / 8).toBeCloseTo(1, 6);
    hidden.dispose();
  });

  it("counts positions from 0 when none are given", () => {
    const positions = Int32Array.from({ length: 15 }, (_, i) => i % 5);
    expect(states(model, { ...batch, positions })).toEqual(states(model, batch));
    expect(states(model, { ...batch, positions: positions.map((at) => at + 1) })).not.toEqual(states(model, batch));
  });

  it("adds language embeddings when languages are given, none otherwise", () => {
    const { langs: _, ...without } = batch;
    expect(states(model, without)).not.toEqual(states(model, batch));
    tf.tidy(() => model.params["lang_embeddings.weight"]?.assign(tf.zeros([2, 8])));
    expect(states(model, without)).toEqual(states(model, batch));
  });

  it("ignores languages in a model without language embeddings", () => {
    const { langs: _, ...without } = batch;
    const off = createTransformer({ ...smallOptions, useLangEmb: false }, { rng: createRng(1) });
    expect(Object.keys(off.params)).not.toContain("lang_embeddings.weight");
    expect(off.config.nLangs).toBe(2);
    expect(states(off, batch)).toEqual(states(off, without));
    // The other weights are drawn the same: it is the first model, its languages left out.
    expect(states(off, batch)).toEqual(states(model, without));
    off.dispose();
  });

  it("shows the states on the way", () => {
    const seen: Record<string, number[]> = {};
    const onState = (name: string, state: tf.Tensor): void => void (seen[name] = state.shape);
    states(model, batch, { onState });
    const names = ["emb", "attn0", "ln1_0", "ffn0", "layer0", "attn1", "ln1_1", "ffn1", "layer1"];
    expect(Object.entries(seen)).toEqual(names.map((name) => [name, [3, 5, 8]]));
  });

  it("shows those after the attention to the source, too, of a decoder", () => {
    const decoder = createTransformer({ ...smallOptions, nLayers: 1, crossAttention: true }, { rng: createRng(1) });
    const seen: string[] = [];
    const source = randomSource(1, [2, 2, 2], 2, 8);
    decode(decoder, batch, source, { onState: (name) => seen.push(name) }).dispose();
    expect(seen).toEqual(["emb", "attn0", "ln1_0", "encattn0", "ln15_0", "ffn0", "layer0"]);
    source.states.dispose();
    decoder.dispose();
  });

  it("drops nothing without a generator, the same for the same generator, something else for another", () => {
    expect(states(dropping, batch)).toEqual(states(dropping, batch));
    const drop = (seed: number): Float32Array => states(dropping, batch, { dropoutRng: createRng(seed) });
    expect(drop(1)).toEqual(drop(1));
    expect(drop(1)).not.toEqual(drop(2));
    expect(drop(1)).not.toEqual(states(dropping, batch));
  });

  it("draws two words for each place that drops, whatever the rates", () => {
    for (const of of [model, dropping]) {
      const dropoutRng = createRng(1);
      states(of, batch, { dropoutRng });
      expect(dropoutRng.state()[2]).toBe(2 * (1 + 3 * 2)); // once after the embeddings, three times a layer
    }
    const decoder = createTransformer({ ...smallOptions, crossAttention: true }, { rng: createRng(1) });
    const source = randomSource(1, [2, 2, 2], 2, 8);
    const dropoutRng = createRng(1);
    decode(decoder, batch, source, { dropoutRng }).dispose();
    expect(dropoutRng.state()[2]).toBe(2 * (1 + 5 * 2)); // and twice more for the attention to the source
    source.states.dispose();
    decoder.dispose();
  });

  it("drops the documented share after the embeddings", () => {
    let zeros = 0;
    const onState = (name: string, state: tf.Tensor): void => {
      if (name === "emb") zeros += state.dataSync().filter((value) => value === 0).length;
    };
    const full = randomBatch(1, new Array<number>(60).fill(9), 9);
    states(dropping, full, { dropoutRng: createRng(3), onState });
    const n = 60 * 9 * 8;
    expect(Math.abs(zeros - 0.3 * n)).toBeLessThan(6 * Math.sqrt(n * 0.3 * 0.7)); // binomial
  });

  it("gives the padding token no gradient, even where it stands in the text", () => {
    const { padId } = model.config;
    const input = { ...batch, ids: batch.ids.map((_, at) => (at % 2 === 0 ? padId : 3)) };
    const { loss, grads } = lossGradients(model, () => pairLoss(model, encode(model, input), Int32Array.of(1, 0, 1)));
    const rows = grads["embeddings.weight"]?.arraySync() as number[][];
    expect(rows.map((row) => row.some((value) => value !== 0)).flatMap((moved, id) => (moved ? [id] : []))).toEqual([
      3, 8, 9,
    ]);
    tf.dispose([loss, grads]);
  });

  it("leaves no tensor behind, step after step", () => {
    const step = (): void => {
      const { loss, grads } = lossGradients(dropping, () =>
        predictionLoss(
          dropping,
          encode(dropping, batch, { attention: "causal", dropoutRng: createRng(1) }),
          batch.targetIndices,
          batch.targets,
        ),
      );
      expect(Number.isFinite(loss.dataSync()[0])).toBe(true);
      tf.dispose([loss, grads]);
    };
    step();
    const before = tf.memory().numTensors;
    for (let i = 0; i < 3; i++) step();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("encode refuses before any work", () => {
  const message = (change: Partial<TokenBatch>): string => {
    const before = tf.memory().numTensors;
    try {
      encode(model, { ...batch, ...change }).dispose();
    } catch (error) {
      expect(tf.memory().numTensors).toBe(before);
      expect(error).toBeInstanceOf(XlmError);
      return `${(error as XlmError).code} ${(error as Error).message}`;
    }
    return "accepted";
  };
  const withValue = (values: Int32Array, at: number, value: number): Int32Array => {
    const changed = values.slice();
    changed[at] = value;
    return changed;
  };

  it("ids, positions and languages it does not know", () => {
    expect(message({ ids: withValue(batch.ids, 7, 12) })).toMatchInlineSnapshot(
      `"XLM_OPTION ids[1, 2] is 12 and the model knows 0 to 11: there is no embedding for it. Fix: use the vocabulary the model was made for"`,
    );
    expect(message({ ids: withValue(batch.ids, 0, -1) })).toContain("ids[0, 0] is -1");
    expect(message({ positions: withValue(new Int32Array(15), 14, 9) })).toMatchInlineSnapshot(
      `"XLM_OPTION positions[2, 4] is 9 and the model knows 0 to 8: there is no embedding for it. Fix: cut sentences to 9 tokens, or make the model with a larger maxLen"`,
    );
    expect(message({ langs: withValue(batch.langs as Int32Array, 1, 2) })).toMatchInlineSnapshot(
      `"XLM_OPTION langs[0, 1] is 2 and the model knows 0 to 1: there is no embedding for it. Fix: use the languages the model was made for"`,
    );
  });

  it("sequences longer than its positions, empty rows and empty batches", () => {
    expect(message(randomBatch(1, [10], 10))).toMatchInlineSnapshot(
      `"XLM_OPTION the batch is 10 tokens wide and the model has 9 positions: there is no embedding for later positions. Fix: cut sentences to 9 tokens, or make the model with a larger maxLen"`,
    );
    expect(message({ lengths: Int32Array.of(3, 0, 1) })).toMatchInlineSnapshot(
      `"XLM_SHAPE row 1 has length 0: attention over no token at all is undefined. Fix: leave out empty rows; a sentence without words still has its two sentence marks"`,
    );
    expect(message({ ids: new Int32Array(0), shape: [0, 5], lengths: new Int32Array(0) })).toMatchInlineSnapshot(
      `"XLM_SHAPE the batch is [0, 5]: there is nothing to encode. Fix: leave out empty batches"`,
    );
  });

  it("arrays that do not belong together", () => {
    expect(message({ langs: new Int32Array(4) })).toContain("XLM_SHAPE langs has 4 elements");
    expect(message({ lengths: Int32Array.of(3, 6, 1) })).toContain("XLM_SHAPE row 1 has length 6");
  });
});
