import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { createRng, drawPermutation, fillNormal, type PredictionBatch, type TokenBatch } from "@xlm/core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomBatch, smallOptions, widen } from "../test/batches.js";
import {
  createTransformer,
  encode,
  exportWeights,
  lossGradients,
  predictionLoss,
  type EncodeOptions,
  type Transformer,
  type TransformerOptions,
} from "./index.js";

const SEQ = 6;
const DIM = smallOptions.embDim;
const runs = { numRuns: 15 };
const seeds = fc.nat(0xffff);
const someLengths = fc.array(fc.integer({ min: 1, max: SEQ }), { minLength: 1, maxLength: 4 });
const attentions = fc.constantFrom("full" as const, "causal" as const);

// States are of size 1 after a layer norm; products in another order differ by a few units in the last place of float32.
const ROUNDING = 2e-6;

const states = (model: Transformer, batch: TokenBatch, options: EncodeOptions = {}): Float32Array =>
  tf.tidy(() => encode(model, batch, options).dataSync().slice() as Float32Array);

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    expect(Math.abs((actual[i] as number) - (expected[i] as number))).toBeLessThanOrEqual(tolerance);
  }
}

/** The states of tokens `[from, to)` of one row. */
const statesOf = (all: Float32Array, seq: number, row: number, from: number, to: number): Float32Array =>
  all.subarray((row * seq + from) * DIM, (row * seq + to) * DIM);

describe.each(["cpu", "wasm"])("on the stock %s backend", (backend) => {
  let model: Transformer;
  beforeAll(async () => {
    await tf.setBackend(backend);
    model = createTransformer(smallOptions, { rng: createRng(7) });
  });
  afterAll(() => model.dispose());

  it("padding changes nothing, whatever it holds", () => {
    fc.assert(
      fc.property(seeds, someLengths, attentions, (seed, lengths, attention) => {
        const batch = randomBatch(seed, lengths, SEQ);
        const other = randomBatch(seed + 1, lengths, SEQ);
        const isToken = (at: number): boolean => at % SEQ < (lengths[Math.floor(at / SEQ)] as number);
        const merge = (a: Int32Array, b: Int32Array): Int32Array =>
          a.map((v, at) => (isToken(at) ? v : (b[at] as number)));
        const repadded: TokenBatch = {
          ...batch,
          ids: merge(batch.ids, other.ids),
          langs: merge(batch.langs as Int32Array, other.langs as Int32Array),
          positions: merge(
            batch.ids.map((_, at) => at % SEQ),
            batch.ids.map(() => seed % 9),
          ),
        };
        expect(states(model, repadded, { attention })).toEqual(states(model, batch, { attention }));
      }),
      runs,
    );
  });

  it("more padding changes nothing", () => {
    fc.assert(
      fc.property(seeds, someLengths, attentions, fc.integer({ min: 1, max: 3 }), (seed, lengths, attention, more) => {
        const batch = randomBatch(seed, lengths, SEQ);
        const narrow = states(model, batch, { attention });
        const wide = states(model, widen(batch, SEQ + more), { attention });
        lengths.forEach((length, row) => {
          expectClose(statesOf(wide, SEQ + more, row, 0, length), statesOf(narrow, SEQ, row, 0, length), ROUNDING);
          expect(statesOf(wide, SEQ + more, row, length, SEQ + more).every((value) => value === 0)).toBe(true);
        });
      }),
      runs,
    );
  });

  it("under causal attention the future changes nothing, under full attention it does", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: SEQ - 1 }), (seed, now) => {
        const batch = randomBatch(seed, [SEQ, SEQ], SEQ);
        const ids = batch.ids.map((id, at) => (at % SEQ < now ? id : (id + 1) % smallOptions.vocabSize));
        for (const attention of ["causal", "full"] as const) {
          const before = states(model, batch, { attention });
          const after = states(model, { ...batch, ids }, { attention });
          for (const row of [0, 1]) {
            const pair = [before, after].map((all) => statesOf(all, SEQ, row, 0, now));
            if (attention === "causal") expect(pair[1]).toEqual(pair[0]);
            else expect(pair[1]).not.toEqual(pair[0]);
          }
        }
      }),
      runs,
    );
  });

  it("the order of sentences in a batch does not matter", () => {
    fc.assert(
      fc.property(seeds, someLengths, attentions, (seed, lengths, attention) => {
        const batch = randomBatch(seed, lengths, SEQ);
        const order = drawPermutation(createRng(seed), lengths.length);
        const pick = (values: Int32Array, width: number): Int32Array =>
          Int32Array.from(order).reduce((out, from, to) => {
            out.set(values.subarray(from * width, (from + 1) * width), to * width);
            return out;
          }, new Int32Array(values.length));
        const reordered: TokenBatch = {
          ids: pick(batch.ids, SEQ),
          langs: pick(batch.langs as Int32Array, SEQ),
          lengths: pick(batch.lengths, 1),
          shape: batch.shape,
        };
        const straight = states(model, batch, { attention });
        const shuffled = states(model, reordered, { attention });
        order.forEach((from, to) =>
          expectClose(statesOf(shuffled, SEQ, to, 0, SEQ), statesOf(straight, SEQ, from, 0, SEQ), ROUNDING),
        );
      }),
      runs,
    );
  });

  it("without dropout, encoding twice gives the same bits", () => {
    const batch = randomBatch(3, [4, 6], SEQ);
    expect(states(model, batch)).toEqual(states(model, batch));
  });

  it.each<[string, TransformerOptions, "full" | "causal"]>([
    ["masked language model", smallOptions, "full"],
    ["causal language model", { ...smallOptions, positionEmbeddings: "sinusoidal", nLangs: 1 }, "causal"],
    ["model with dropout", { ...smallOptions, dropout: 0.2, attentionDropout: 0.2 }, "full"],
  ])("gradients of a %s match finite differences", (_, options, attention) => {
    checkGradients(options, attention);
  });
});

/**
 * Moves every parameter a little and compares the change of the loss with the gradient. Half of the direction is the gradient's
 * own, so that the slope is not small, half is random, so that a gradient that is too short or has a hole shows.
 *
 * The loss is near 3, so float32 rounds it by a few 1e-7 and the quotient by a few 1e-7 / h = 1e-4; the curvature adds a multiple of h^2.
 */
function checkGradients(options: TransformerOptions, attention: "full" | "causal"): void {
  const model = createTransformer(options, { rng: createRng(11) });
  const drawn = randomBatch(2, [4, 6], SEQ, options);
  // The padding token in the text would be held still (see encode): not a gradient in the strict sense.
  const batch: PredictionBatch = { ...drawn, ids: drawn.ids.map((id) => (id === model.config.padId ? id + 1 : id)) };
  const lossOf = (): tf.Scalar =>
    predictionLoss(
      model,
      encode(model, batch, { attention, dropoutRng: createRng(5) }),
      batch.targetIndices,
      batch.targets,
    );
  const { loss, grads } = lossGradients(model, lossOf);
  const h = 5e-3;
  const rng = createRng(13);
  for (const [name, variable] of Object.entries(model.params).filter(([, { trainable }]) => trainable)) {
    const grad = grads[name]?.dataSync() as Float32Array;
    const random = new Float32Array(variable.size);
    fillNormal(rng, random);
    const mixed = unit(unit(grad).map((value, i) => value + (unit(random)[i] as number)));
    const start = Float32Array.from(variable.dataSync());
    const lossAt = (step: number): number =>
      tf.tidy(() => {
        variable.assign(
          tf.tensor(
            start.map((value, i) => value + step * (mixed[i] as number)),
            variable.shape,
          ),
        );
        return lossOf().dataSync()[0] as number;
      });
    const slope = (lossAt(h) - lossAt(-h)) / (2 * h);
    lossAt(0);
    const expected = grad.reduce((sum, value, i) => sum + value * (mixed[i] as number), 0);
    expect(Math.abs(slope - expected), `${name}: ${slope} and ${expected}`).toBeLessThan(2e-4);
  }
  tf.dispose([loss, grads]);
  model.dispose();
}

function unit(values: Float32Array): Float32Array {
  const norm = Math.hypot(...values);
  return norm > 0 ? values.map((value) => value / norm) : values;
}

it("dropout by the same generator gives the same states on every backend", async () => {
  const options = { ...smallOptions, dropout: 0.3, attentionDropout: 0.3 };
  const weights = await tf.setBackend("cpu").then(() => {
    const model = createTransformer(options, { rng: createRng(7) });
    const exported = exportWeights(model);
    model.dispose();
    return exported;
  });
  const batch = randomBatch(1, [6, 3], SEQ);
  const results: Float32Array[] = [];
  for (const backend of ["cpu", "wasm"]) {
    await tf.setBackend(backend);
    const model = createTransformer(options, { weights });
    results.push(states(model, batch, { dropoutRng: createRng(9) }));
    model.dispose();
  }
  expectClose(results[1] as Float32Array, results[0] as Float32Array, 1e-5);
});
