import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { createRng } from "@xlm/core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomBatch, randomSource, smallOptions } from "../test/batches.js";
import { expectClose, ROUNDING } from "../test/compare.js";
import { createTransformer, decode, encode, type EncodeOptions, type Transformer } from "./index.js";

const SEQ = 5;
const SOURCE_SEQ = 4;
const { embDim: DIM, nHeads: HEADS, nLayers: LAYERS } = smallOptions;
const runs = { numRuns: 15 };
const seeds = fc.nat(0xffff);
const someRows = fc.array(
  fc.record({ length: fc.integer({ min: 1, max: SEQ }), source: fc.integer({ min: 1, max: SOURCE_SEQ }) }),
  {
    minLength: 1,
    maxLength: 3,
  },
);

let encoder: Transformer;
let decoder: Transformer;
beforeAll(async () => {
  await tf.setBackend("cpu");
  encoder = createTransformer(smallOptions, { rng: createRng(7) });
  decoder = createTransformer({ ...smallOptions, crossAttention: true }, { rng: createRng(8) });
});
afterAll(() => {
  encoder.dispose();
  decoder.dispose();
  expect(tf.memory().numTensors).toBe(0);
});

type Arrays = Record<string, Float32Array>;
interface Seen {
  shapes: Record<string, number[]>;
  maps: Arrays;
  states: Arrays;
}

/** Everything there is to see of a run. */
function watch(run: (options: Pick<EncodeOptions, "onState" | "onAttention">) => tf.Tensor): Seen {
  const seen: Seen = { shapes: {}, maps: {}, states: {} };
  const output = run({
    onState: (name, state) => (seen.states[name] = state.dataSync<"float32">().slice()),
    onAttention: (name, weights) => {
      seen.shapes[name] = weights.shape;
      seen.maps[name] = weights.dataSync<"float32">().slice();
    },
  });
  output.dispose();
  return seen;
}

/** A linear map of the model over rows of `DIM`. */
function project(model: Transformer, name: string, x: ArrayLike<number>): Float64Array {
  const weight = model.params[`${name}.weight`]?.dataSync() as Float32Array;
  const bias = model.params[`${name}.bias`]?.dataSync() as Float32Array;
  return Float64Array.from({ length: x.length }, (_, at) => {
    const row = at - (at % DIM);
    let sum = bias[at % DIM] as number;
    for (let i = 0; i < DIM; i++) sum += (x[row + i] as number) * (weight[(at % DIM) * DIM + i] as number);
    return sum;
  });
}

/** What an attention makes of the values under its map: `[batch, seq, DIM]`, in front of its output map. */
function mix(map: Float32Array, values: Float64Array, queries: number, keys: number): Float64Array {
  const rows = values.length / (keys * DIM);
  return Float64Array.from({ length: rows * queries * DIM }, (_, at) => {
    const [row, query, column] = [Math.floor(at / (queries * DIM)), Math.floor(at / DIM) % queries, at % DIM];
    const head = Math.floor(column / (DIM / HEADS));
    let sum = 0;
    for (let key = 0; key < keys; key++) {
      const weight = map[((row * HEADS + head) * queries + query) * keys + key] as number;
      sum += weight * (values[(row * keys + key) * DIM + column] as number);
    }
    return sum;
  });
}

/** Calls `check` with each row of a map: the weights one query gives. */
function eachQuery(
  map: Float32Array,
  queries: number,
  keys: number,
  check: (weights: number[], row: number, query: number) => void,
): void {
  for (let at = 0; at < map.length / keys; at++) {
    check([...map.subarray(at * keys, (at + 1) * keys)], Math.floor(at / (HEADS * queries)), at % queries);
  }
}

const range = (n: number): number[] => [...Array(n).keys()];
/** Weights are at most 1, and are as exact as float32. */
const expectSumOf1 = (weights: number[]): void =>
  expect(Math.abs(weights.reduce((a, b) => a + b, 0) - 1)).toBeLessThan(1e-6);

describe("attention maps", () => {
  it("of an encoder: queries share 1 among their tokens, none goes to padding, under causal none to the future", () => {
    fc.assert(
      fc.property(seeds, someRows, fc.constantFrom("full" as const, "causal" as const), (seed, rows, attention) => {
        const batch = randomBatch(
          seed,
          rows.map(({ length }) => length),
          SEQ,
        );
        const { shapes, maps, states } = watch((options) => encode(encoder, batch, { ...options, attention }));
        expect(shapes).toEqual(
          Object.fromEntries(range(LAYERS).map((i) => [`attn${i}`, [rows.length, HEADS, SEQ, SEQ]])),
        );
        for (const i of range(LAYERS)) {
          const map = maps[`attn${i}`] as Float32Array;
          eachQuery(map, SEQ, SEQ, (weights, row, query) => {
            expectSumOf1(weights);
            const { length } = rows[row] as { length: number };
            const seen = attention === "causal" ? query + 1 : length;
            expect(weights.map((weight) => weight > 0)).toEqual(range(SEQ).map((key) => key < seen));
          });
          const input = states[i === 0 ? "emb" : `layer${i - 1}`] as Float32Array;
          const mixed = mix(map, project(encoder, `attentions.${i}.v_lin`, input), SEQ, SEQ);
          expectClose(states[`attn${i}`] as Float32Array, project(encoder, `attentions.${i}.out_lin`, mixed), ROUNDING);
        }
      }),
      runs,
    );
  });

  it("of a decoder: also those to the source, without its padding", () => {
    fc.assert(
      fc.property(seeds, someRows, (seed, rows) => {
        const batch = randomBatch(
          seed,
          rows.map(({ length }) => length),
          SEQ,
        );
        const source = randomSource(
          seed,
          rows.map((row) => row.source),
          SOURCE_SEQ,
          DIM,
        );
        const { shapes, maps, states } = watch((options) => decode(decoder, batch, source, options));
        expect(Object.keys(shapes)).toEqual(range(LAYERS).flatMap((i) => [`attn${i}`, `encattn${i}`]));
        for (const i of range(LAYERS)) {
          const map = maps[`encattn${i}`] as Float32Array;
          expect(shapes[`encattn${i}`]).toEqual([rows.length, HEADS, SEQ, SOURCE_SEQ]);
          eachQuery(map, SEQ, SOURCE_SEQ, (weights, row) => {
            expectSumOf1(weights);
            const { source: length } = rows[row] as { source: number };
            expect(weights.map((weight) => weight > 0)).toEqual(range(SOURCE_SEQ).map((key) => key < length));
          });
          const mixed = mix(
            map,
            project(decoder, `encoder_attn.${i}.v_lin`, source.states.dataSync()),
            SEQ,
            SOURCE_SEQ,
          );
          const expected = project(decoder, `encoder_attn.${i}.out_lin`, mixed);
          expectClose(states[`encattn${i}`] as Float32Array, expected, ROUNDING);
          eachQuery(maps[`attn${i}`] as Float32Array, SEQ, SEQ, (weights, _, query) => {
            expectSumOf1(weights);
            expect(weights.map((weight) => weight > 0)).toEqual(range(SEQ).map((key) => key <= query));
          });
        }
        source.states.dispose();
      }),
      runs,
    );
  });

  it("are the same with dropout, which falls on them only afterwards", () => {
    const dropping = createTransformer({ ...smallOptions, attentionDropout: 0.5 }, { rng: createRng(7) });
    const batch = randomBatch(1, [5, 3], SEQ);
    const plain = watch((options) => encode(dropping, batch, options));
    const dropped = watch((options) => encode(dropping, batch, { ...options, dropoutRng: createRng(1) }));
    expect(dropped.maps["attn0"]).toEqual(plain.maps["attn0"]);
    expect(dropped.states["attn0"]).not.toEqual(plain.states["attn0"]);
    dropping.dispose();
  });
});
