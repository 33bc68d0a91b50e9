import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { createRng, drawPermutation, type TokenBatch } from "@xlm/core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pickRows, randomBatch, randomSource, smallOptions, widen } from "../test/batches.js";
import { expectClose, ROUNDING, tokensOf } from "../test/compare.js";
import {
  createTransformer,
  decode,
  decodeAt,
  encode,
  encodeAt,
  type EncodedSource,
  type Transformer,
} from "./index.js";

const SEQ = 6;
const DIM = smallOptions.embDim;
const SIZE = [SEQ, DIM] as const;
const runs = { numRuns: 15 };
const seeds = fc.nat(0xffff);
const someRows = fc.array(
  fc.record({ length: fc.integer({ min: 1, max: SEQ }), source: fc.integer({ min: 1, max: SEQ }) }),
  { minLength: 1, maxLength: 4 },
);
type Rows = { length: number; source: number }[];

describe.each(["cpu", "wasm"])("a decoder on the stock %s backend", (backend) => {
  let decoder: Transformer;
  let encoder: Transformer;
  beforeAll(async () => {
    await tf.setBackend(backend);
    encoder = createTransformer(smallOptions, { rng: createRng(7) });
    decoder = createTransformer({ ...smallOptions, crossAttention: true }, { rng: createRng(8) });
  });
  afterAll(() => {
    encoder.dispose();
    decoder.dispose();
    expect(tf.memory().numTensors).toBe(0);
  });

  const batchOf = (seed: number, rows: Rows) =>
    randomBatch(
      seed,
      rows.map(({ length }) => length),
      SEQ,
    );
  const sourceOf = (seed: number, rows: Rows): EncodedSource =>
    randomSource(
      seed,
      rows.map(({ source }) => source),
      SEQ,
      DIM,
    );
  /** What it writes, the tensors of the source made inside. */
  const states = (batch: TokenBatch, source: () => EncodedSource): Float32Array =>
    tf.tidy(() => decode(decoder, batch, source()).dataSync().slice() as Float32Array);

  it("padding of the source changes nothing, whatever it holds and however much", () => {
    fc.assert(
      fc.property(seeds, someRows, fc.integer({ min: 1, max: 3 }), (seed, rows, more) => {
        const batch = batchOf(seed, rows);
        const plain = states(batch, () => sourceOf(seed, rows));
        const padded = (seq: number) => (): EncodedSource => {
          const { states: own, lengths } = sourceOf(seed, rows);
          const { states: other } = randomSource(seed + 1, [...lengths], seq, DIM);
          const wide = tf.pad(own, [
            [0, 0],
            [0, seq - SEQ],
            [0, 0],
          ]);
          const isToken = tf.tensor2d(
            rows.map(({ source }) => Array.from({ length: seq }, (_, t) => t < source)),
            undefined,
            "bool",
          );
          return { states: tf.where(tf.expandDims(isToken, 2), wide, other), lengths };
        };
        expect(states(batch, padded(SEQ))).toEqual(plain);
        expectClose(states(batch, padded(SEQ + more)), plain, ROUNDING);
      }),
      runs,
    );
  });

  it("padding of what it writes changes nothing, and its states are zero", () => {
    fc.assert(
      fc.property(seeds, someRows, fc.integer({ min: 1, max: 3 }), (seed, rows, more) => {
        const batch = batchOf(seed, rows);
        const narrow = states(batch, () => sourceOf(seed, rows));
        const wide = states(widen(batch, SEQ + more), () => sourceOf(seed, rows));
        rows.forEach(({ length }, row) => {
          const [written, before] = [
            tokensOf(wide, [SEQ + more, DIM], row, 0, length),
            tokensOf(narrow, SIZE, row, 0, length),
          ];
          expectClose(written, before, ROUNDING);
          expect(tokensOf(wide, [SEQ + more, DIM], row, length, SEQ + more).every((value) => value === 0)).toBe(true);
        });
      }),
      runs,
    );
  });

  it("the future changes nothing, the source everything", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: SEQ - 1 }), (seed, now) => {
        const rows = [
          { length: SEQ, source: 2 },
          { length: SEQ, source: SEQ },
        ];
        const batch = batchOf(seed, rows);
        const ids = batch.ids.map((id, at) => (at % SEQ < now ? id : (id + 1) % smallOptions.vocabSize));
        const before = states(batch, () => sourceOf(seed, rows));
        const after = states({ ...batch, ids }, () => sourceOf(seed, rows));
        const elsewhere = states(batch, () => sourceOf(seed + 1, rows));
        for (const row of [0, 1]) {
          const [first, second, third] = [before, after, elsewhere].map((all) => tokensOf(all, SIZE, row, 0, now));
          expect(second).toEqual(first);
          expect(third).not.toEqual(first);
        }
      }),
      runs,
    );
  });

  it("the order of rows does not matter", () => {
    fc.assert(
      fc.property(seeds, someRows, (seed, rows) => {
        const order = drawPermutation(createRng(seed), rows.length);
        const batch = batchOf(seed, rows);
        const straight = states(batch, () => sourceOf(seed, rows));
        const shuffled = states(pickRows(batch, order), () => {
          const { states: all, lengths } = sourceOf(seed, rows);
          return {
            states: tf.gather(all, tf.tensor1d(order, "int32")),
            lengths: order.map((row) => lengths[row] as number),
          };
        });
        order.forEach((from, to) =>
          expectClose(tokensOf(shuffled, SIZE, to, 0, SEQ), tokensOf(straight, SIZE, from, 0, SEQ), ROUNDING),
        );
      }),
      runs,
    );
  });

  it("decodeAt is decode and a choice of places, as encodeAt is of encode, a generator for rates of 0 or none", () => {
    fc.assert(
      fc.property(seeds, someRows, fc.boolean(), (seed, rows, draws) => {
        const batch = batchOf(seed, rows);
        const options = draws ? { dropoutRng: createRng(seed) } : {};
        tf.tidy(() => {
          const source = sourceOf(seed, rows);
          for (const [all, some] of [
            [decode(decoder, batch, source, options), decodeAt(decoder, batch, source, batch.targetIndices, options)],
            [encode(encoder, batch, options), encodeAt(encoder, batch, batch.targetIndices, options)],
          ] as const) {
            const places = tf.tensor1d(batch.targetIndices, "int32");
            const picked = tf.gather(tf.reshape(all, [-1, DIM]), places);
            expectClose(some.dataSync(), picked.dataSync(), ROUNDING);
          }
        });
      }),
      runs,
    );
  });
});
