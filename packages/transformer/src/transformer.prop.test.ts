import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { createRng, drawPermutation, type TokenBatch } from "@xlm/core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pickRows, randomBatch, smallOptions, widen } from "../test/batches.js";
import { expectClose, ROUNDING, tokensOf } from "../test/compare.js";
import { createTransformer, encode, exportWeights, type EncodeOptions, type Transformer } from "./index.js";

const SEQ = 6;
const DIM = smallOptions.embDim;
const runs = { numRuns: 15 };
const seeds = fc.nat(0xffff);
const someLengths = fc.array(fc.integer({ min: 1, max: SEQ }), { minLength: 1, maxLength: 4 });
const attentions = fc.constantFrom("full" as const, "causal" as const);

const states = (model: Transformer, batch: TokenBatch, options: EncodeOptions = {}): Float32Array =>
  tf.tidy(() => encode(model, batch, options).dataSync().slice() as Float32Array);

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
          expectClose(
            tokensOf(wide, [SEQ + more, DIM], row, 0, length),
            tokensOf(narrow, [SEQ, DIM], row, 0, length),
            ROUNDING,
          );
          expect(tokensOf(wide, [SEQ + more, DIM], row, length, SEQ + more).every((value) => value === 0)).toBe(true);
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
            const pair = [before, after].map((all) => tokensOf(all, [SEQ, DIM], row, 0, now));
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
        const reordered = pickRows(batch, order);
        const straight = states(model, batch, { attention });
        const shuffled = states(model, reordered, { attention });
        order.forEach((from, to) =>
          expectClose(
            tokensOf(shuffled, [SEQ, DIM], to, 0, SEQ),
            tokensOf(straight, [SEQ, DIM], from, 0, SEQ),
            ROUNDING,
          ),
        );
      }),
      runs,
    );
  });

  it("without dropout, encoding twice gives the same bits", () => {
    const batch = randomBatch(3, [4, 6], SEQ);
    expect(states(model, batch)).toEqual(states(model, batch));
  });
});

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
