import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { createRng, type XlmError } from "@xlm/core";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { randomBatch, smallOptions } from "../test/batches.js";
import {
  createHead,
  createTransformer,
  encode,
  exportWeights,
  joinModels,
  labelLoss,
  lossGradients,
  partWeights,
  regressionLoss,
  sequenceScores,
  tokenScores,
} from "./index.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
});
afterEach(() => expect(tf.memory().numTensors).toBe(0));

/** Two outputs of two inputs: the difference, and the second and one half. */
const byHand = {
  "proj.weight": { dtype: "F32", shape: [2, 2], data: Float32Array.of(1, -1, 0, 1) },
  "proj.bias": { dtype: "F32", shape: [2], data: Float32Array.of(0, 0.5) },
} as const;

/** [batch 2, seq 2, dim 2] */
const hidden = (): tf.Tensor3D => tf.tensor3d([1, 2, 9, 9, 3, 0, 0, 4], [2, 2, 2]);

describe("createHead", () => {
  it("draws uniformly within 1 / sqrt(inputDim), the same for the same seed", () => {
    const draw = (seed: number): Float32Array[] => {
      const head = createHead({ inputDim: 16, nOutputs: 10 }, { rng: createRng(seed) });
      const weights = Object.values(exportWeights(head)).map(({ data }) => data);
      head.dispose();
      return weights;
    };
    const [weight, bias] = draw(1) as [Float32Array, Float32Array];
    expect([weight.length, bias.length]).toEqual([160, 10]);
    for (const values of [weight, bias]) {
      const largest = Math.max(...values.map(Math.abs));
      expect(largest).toBeLessThanOrEqual(1 / 4);
      expect(largest).toBeGreaterThan(1 / 8); // all of 10 below half: once in 1024 seeds, and the seed is fixed
    }
    expect(draw(1)).toEqual([weight, bias]);
    expect(draw(2)).not.toEqual([weight, bias]);
  });

  it("is saved and restored with its encoder", () => {
    const encoder = createTransformer(smallOptions, { rng: createRng(1) });
    const head = createHead({ inputDim: 8, nOutputs: 3, dropout: 0.1 }, { rng: createRng(2) });
    const model = joinModels({ encoder, head });
    const weights = exportWeights(model);
    expect(weights["head.proj.weight"]?.shape).toEqual([3, 8]);
    expect(model.config.head).toEqual({ inputDim: 8, nOutputs: 3, dropout: 0.1 });
    const again = createHead(model.config.head, { weights: partWeights(weights, "head") });
    expect(exportWeights(again)).toEqual(exportWeights(head));
    model.dispose();
    again.dispose();
  });

  it("refuses sizes and weights that make no sense", () => {
    const create = (options: object, weights: object) => () =>
      createHead({ inputDim: 2, nOutputs: 2, ...options }, { weights: { ...byHand, ...weights } });
    expect(create({ inputDim: 0 }, {})).toThrow("inputDim is 0");
    expect(create({ nOutputs: 1.5 }, {})).toThrow("nOutputs is 1.5");
    expect(create({ dropout: 1 }, {})).toThrow("dropout is 1");
    expect(create({ nOutputs: 3 }, {})).toThrowErrorMatchingInlineSnapshot(
      `[MismatchError: the weights do not fit the configuration (of another shape or type: proj.weight is [2, 2], not [3, 2], proj.bias is [2], not [3]): a model is its sizes and its weights together. Fix: use the configuration that was saved beside the weights]`,
    );
    expect(create({}, { "proj.extra": byHand["proj.bias"] })).toThrow("unexpected: proj.extra");
  });
});

describe("scores", () => {
  it("of a sentence come from its first state, of tokens from their own", () => {
    const head = createHead({ inputDim: 2, nOutputs: 2 }, { weights: byHand });
    tf.tidy(() => {
      expect(sequenceScores(head, hidden()).arraySync()).toEqual([
        [1 - 2, 2 + 0.5],
        [3 - 0, 0 + 0.5],
      ]);
      expect(tokenScores(head, hidden(), Int32Array.of(3, 1, 3)).arraySync()).toEqual([
        [-4, 4.5],
        [0, 9.5],
        [-4, 4.5],
      ]);
      expect(tokenScores(head, hidden(), new Int32Array(0)).shape).toEqual([0, 2]);
    });
    head.dispose();
  });

  it("drop the documented share of the states they read, and scale the rest up", () => {
    const rate = 0.25;
    const eye = { ...byHand["proj.weight"], data: Float32Array.of(1, 0, 0, 1) };
    const zero = { ...byHand["proj.bias"], data: new Float32Array(2) };
    const head = createHead(
      { inputDim: 2, nOutputs: 2, dropout: rate },
      { weights: { "proj.weight": eye, "proj.bias": zero } },
    );
    const n = 4000;
    const ones = tf.ones<tf.Rank.R3>([n / 2, 1, 2]);
    const read = (seed: number): Float32Array =>
      tf.tidy(
        () =>
          sequenceScores(head, ones, { dropoutRng: createRng(seed) })
            .dataSync()
            .slice() as Float32Array,
      );
    const scores = read(1);
    const kept = scores.filter((score) => score !== 0);
    expect(new Set(kept)).toEqual(new Set([Math.fround(1 / (1 - rate))]));
    expect(Math.abs(kept.length - (1 - rate) * n)).toBeLessThan(6 * Math.sqrt(n * rate * (1 - rate))); // binomial
    expect(read(1)).toEqual(scores);
    expect(read(2)).not.toEqual(scores);
    expect(
      tf.tidy(() =>
        sequenceScores(head, ones)
          .dataSync()
          .every((score) => score === 1),
      ),
    ).toBe(true);
    tf.dispose(ones);
    head.dispose();
  });

  it("draw two words whatever the rate", () => {
    const head = createHead({ inputDim: 2, nOutputs: 2 }, { weights: byHand });
    const dropoutRng = createRng(1);
    tf.tidy(() => void sequenceScores(head, hidden(), { dropoutRng }));
    expect(dropoutRng.state()[2]).toBe(2);
    head.dispose();
  });
});

describe("losses", () => {
  it("of labels are minus the log of the softmax", () => {
    const loss = tf.tidy(() => labelLoss(tf.tensor2d([[1, 2.5, 2], [3, 0.5, 2]]), Int32Array.of(1, 2)).arraySync()); // prettier-ignore
    const logSumExp = (...scores: number[]): number => Math.log(scores.reduce((sum, s) => sum + Math.exp(s), 0));
    expect(loss).toBeCloseTo((logSumExp(1, 2.5, 2) - 2.5 + logSumExp(3, 0.5, 2) - 2) / 2, 6);
    const even = tf.tidy(() => labelLoss(tf.zeros([4, 5]), Int32Array.of(0, 1, 2, 4)).arraySync());
    expect(even).toBeCloseTo(Math.log(5), 6);
  });

  it("of numbers are squared differences", () => {
    const loss = tf.tidy(() => regressionLoss(tf.tensor2d([[1], [4]]), Float32Array.of(3, 3.5)).arraySync());
    expect(loss).toBe((4 + 0.25) / 2);
  });
});

it("a classifier learns its batch by heart", () => {
  const encoder = createTransformer(smallOptions, { rng: createRng(1) });
  const head = createHead({ inputDim: 8, nOutputs: 3 }, { rng: createRng(2) });
  const model = joinModels({ encoder, head });
  const batch = randomBatch(1, [4, 5, 3, 5], 5);
  const labels = Int32Array.of(2, 0, 1, 1);
  const step = (): number => {
    const { loss, grads } = lossGradients(model, () => labelLoss(sequenceScores(head, encode(encoder, batch)), labels));
    tf.tidy(() => {
      for (const [name, grad] of Object.entries(grads)) {
        const variable = model.params[name] as tf.Variable;
        variable.assign(tf.sub(variable, tf.mul(grad, 0.3)));
      }
    });
    const value = loss.dataSync()[0] as number;
    tf.dispose([loss, grads]);
    return value;
  };
  const losses = Array.from({ length: 30 }, step);
  expect(losses[0]).toBeGreaterThan(0.5);
  expect(losses.at(-1)).toBeLessThan(0.05);
  model.dispose();
});

it("what does not fit is refused", () => {
  const head = createHead({ inputDim: 2, nOutputs: 2 }, { weights: byHand });
  const message = (run: () => tf.Tensor): string => {
    let said = "accepted";
    tf.tidy(() => {
      try {
        run();
      } catch (error) {
        said = `${(error as XlmError).code} ${(error as Error).message}`;
      }
    });
    return said;
  };
  expect(message(() => sequenceScores(head, tf.zeros([2, 3, 4])))).toMatchInlineSnapshot(
    `"XLM_SHAPE the states are [2, 3, 4] and the head has inputDim 2: every output weighs each number of a state. Fix: make the head with inputDim equal to the encoder's embDim"`,
  );
  expect(message(() => tokenScores(head, hidden(), Int32Array.of(0, 4)))).toMatchInlineSnapshot(
    `"XLM_OPTION indices[1] is 4 and there are 4: indices start at 0 and end below that. Fix: pass flat indices into [batch, seq] of the batch that was encoded"`,
  );
  const scores = (): tf.Tensor2D => tf.zeros([2, 3]);
  expect(message(() => labelLoss(scores(), Int32Array.of(1)))).toMatchInlineSnapshot(
    `"XLM_SHAPE labels has 1 elements and its shape is [2]: that shape holds 2 elements. Fix: pass an array of 2 elements, or correct the shape"`,
  );
  expect(message(() => labelLoss(scores(), Int32Array.of(1, 3)))).toMatchInlineSnapshot(
    `"XLM_OPTION labels[1] is 3 and there are 3: indices start at 0 and end below that. Fix: count classes from 0, and make the head with an output for each"`,
  );
  expect(message(() => labelLoss(tf.zeros([0, 3]), new Int32Array(0)))).toMatchInlineSnapshot(
    `"XLM_SHAPE there are no labels: their mean is undefined. Fix: leave out empty batches"`,
  );
  expect(message(() => regressionLoss(scores(), Float32Array.of(1, 2)))).toMatchInlineSnapshot(
    `"XLM_SHAPE the scores are [2, 3]: a regression predicts one number. Fix: make the head with nOutputs: 1"`,
  );
  expect(message(() => regressionLoss(tf.zeros([2, 1]), Float32Array.of(1, NaN)))).toMatchInlineSnapshot(
    `"XLM_OPTION values[1] is NaN: the error would be no number. Fix: leave out rows without a value"`,
  );
  head.dispose();
});
