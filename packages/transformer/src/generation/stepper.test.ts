import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { createRng, drawInt, type TokenBatch } from "@xlm/core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomBatch } from "../../test/batches.js";
import { pickRows, randomCausal, randomWriter } from "../../test/decode-models.js";
import { decode, encode, type EncodedSource, type EncoderDecoder, type Transformer } from "../index.js";
import { createStepper, type Stepper } from "./stepper.js";

const SEQ = 9;
// States are of size 1 after a layer norm, here with weights around 1; products in another order differ by a few units in the last place
// of float32, over two layers.
const ROUNDING = 1e-5;
const runs = { numRuns: 12 };
const seeds = fc.nat(0xffff);

let writer: EncoderDecoder;
let causal: Transformer;
let before: number;
beforeAll(async () => {
  await tf.setBackend("cpu");
  before = tf.memory().numTensors;
  writer = randomWriter(1);
  causal = randomCausal(2);
});
afterAll(() => {
  tf.dispose([writer.params, causal.params]);
  expect(tf.memory().numTensors).toBe(before);
});

/** Rows of full length. */
const fullBatch = (seed: number, rows: number): TokenBatch => randomBatch(seed, new Array<number>(rows).fill(SEQ), SEQ);

/** Columns `[from, to)` of ids or languages. */
const columns = (values: Int32Array | undefined, from: number, to: number): Int32Array =>
  (values as Int32Array).filter((_, at) => at % SEQ >= from && at % SEQ < to);

/** Reads some columns of a batch; the states of the last of them. */
const read = (stepper: Stepper, { ids, langs }: TokenBatch, from: number, to: number): Float32Array =>
  tf.tidy(() =>
    stepper
      .step(columns(ids, from, to), columns(langs, from, to))
      .dataSync<"float32">()
      .slice(),
  );

/** Of column `at` of states `[batch, SEQ, dim]`. */
const column = (states: tf.Tensor3D, at: number): Float32Array =>
  tf.tidy(() => tf.slice(states, [0, at, 0], [-1, 1, -1]).dataSync<"float32">().slice());

function expectClose(actual: Float32Array, expected: Float32Array): void {
  expect(actual.length).toBe(expected.length);
  expect(Math.max(...actual.map((value, i) => Math.abs(value - (expected[i] as number))))).toBeLessThanOrEqual(
    ROUNDING,
  );
}

function withSource<T>(source: TokenBatch, use: (encoded: EncodedSource) => T): T {
  const states = encode(writer.encoder, source);
  try {
    return use({ states, lengths: source.lengths });
  } finally {
    states.dispose();
  }
}

const someLengths = fc.array(fc.integer({ min: 1, max: SEQ }), { minLength: 1, maxLength: 4 });
/** Where the pieces end in which a batch is read. */
const someEnds = fc
  .subarray([1, 2, 3, 4, 5, 6, 7, 8])
  .map((ends) => [...ends, SEQ])
  .map((ends) => ends.map((end, i) => [ends[i - 1] ?? 0, end] as const));

describe("createStepper", () => {
  it("gives a decoder's states, read word by word or in pieces", () => {
    fc.assert(
      fc.property(seeds, someLengths, someEnds, (seed, lengths, pieces) => {
        const batch = fullBatch(seed, lengths.length);
        withSource(randomBatch(seed + 1, lengths, SEQ), (source) => {
          const whole = decode(writer.decoder, batch, source);
          const stepper = createStepper(writer.decoder, lengths.length, source);
          for (const [from, to] of pieces) expectClose(read(stepper, batch, from, to), column(whole, to - 1));
          stepper.dispose();
          whole.dispose();
        });
      }),
      runs,
    );
  });

  it("gives a causal language model's states", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 4 }), someEnds, (seed, rows, pieces) => {
        const batch = fullBatch(seed, rows);
        const whole = encode(causal, batch, { attention: "causal" });
        const stepper = createStepper(causal, rows);
        for (const [from, to] of pieces) expectClose(read(stepper, batch, from, to), column(whole, to - 1));
        stepper.dispose();
        whole.dispose();
      }),
      runs,
    );
  });

  it("goes on from rows that are chosen, some of them several times, some never", () => {
    fc.assert(
      fc.property(
        seeds,
        fc.integer({ min: 1, max: 3 }),
        fc.array(fc.nat(3), { minLength: 1, maxLength: 5 }),
        (seed, width, sentences) => {
          const sources = randomBatch(seed, [3, 9, 5, 7], SEQ);
          const start = fullBatch(seed + 1, 4);
          withSource(sources, (source) => {
            const stepper = createStepper(writer.decoder, 4, source);
            read(stepper, start, 0, 2);
            // `width` rows for each chosen sentence; then again, the rows of each in another order.
            const first = sentences.flatMap((sentence) => new Array<number>(width).fill(sentence));
            stepper.select(Int32Array.from(first), width);
            const middle = fullBatch(seed + 2, first.length);
            read(stepper, middle, 2, 4);
            const rng = createRng(seed);
            const second = first.map((_, row) => row - (row % width) + drawInt(rng, width));
            stepper.select(Int32Array.from(second), width);
            const end = fullBatch(seed + 3, second.length);
            const actual = read(stepper, end, 4, SEQ);
            stepper.dispose();

            const origin = second.map((row) => first[row] as number);
            const parts = [pickRows(start, origin), pickRows(middle, second), end];
            const merge = (kind: "ids" | "langs"): Int32Array =>
              Int32Array.from(
                end.ids,
                (_, at) => (parts[at % SEQ < 2 ? 0 : at % SEQ < 4 ? 1 : 2]?.[kind] as Int32Array)[at] as number,
              );
            const batch = { ...end, ids: merge("ids"), langs: merge("langs") };
            withSource(pickRows(sources, origin), (chosen) => {
              const whole = decode(writer.decoder, batch, chosen);
              expectClose(actual, column(whole, SEQ - 1));
              whole.dispose();
            });
          });
        },
      ),
      runs,
    );
  });

  it("computes nothing for rows that are the same in the same order", () => {
    const stepper = createStepper(causal, 2);
    stepper.step(Int32Array.of(1, 1)).dispose();
    const held = tf.memory().numBytes;
    const keys = tf.memory().numTensors;
    stepper.select(Int32Array.of(0, 1));
    expect(tf.memory()).toMatchObject({ numBytes: held, numTensors: keys });
    stepper.select(Int32Array.of(1));
    expect(tf.memory().numBytes).toBeLessThan(held);
    stepper.dispose();
  });
});
