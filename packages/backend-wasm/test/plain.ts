// Comparing tfjs's own kernels on `xlm-wasm` with the same on tfjs's cpu backend.
import * as tf from "@tensorflow/tfjs-core";
import { createRng, fillNormal, sizeOf } from "@xlm/core";
import fc from "fast-check";
import { expect } from "vitest";
import type { WasmBackend } from "../src/backend.js";
import { BACKEND_NAME } from "../src/index.js";
import { blocksInUse } from "./values.js";

interface Result {
  shape: number[];
  dtype: tf.DataType;
  values: ArrayLike<number>;
}

async function resultsOn(backend: string, build: () => tf.Tensor[]): Promise<Result[]> {
  await tf.setBackend(backend);
  const tensors = tf.tidy(build);
  const results = tensors.map((x) => ({ shape: x.shape, dtype: x.dtype, values: x.dataSync() }));
  tf.dispose(tensors);
  return results;
}

/** What `build` starts kernels for in the linear memory, by how often. */
export async function launches(build: () => tf.Tensor | tf.Tensor[]): Promise<number> {
  await tf.setBackend(BACKEND_NAME);
  const { native } = tf.backend() as WasmBackend;
  const { launch } = native;
  let count = 0;
  native.launch = (...args) => {
    count++;
    launch.apply(native, args);
  };
  tf.dispose(tf.tidy(build));
  native.launch = launch;
  return count;
}

/** How far a value may be from tfjs's cpu kernel's: a number for all, or one for each of the result's. */
export type Tolerance = (expected: number, at: { tensor: number; index: number }) => number;

const exact: Tolerance = () => 0;
/** Units in the last place of a float, or nearly. */
export const ulps =
  (n: number): Tolerance =>
  (expected) =>
    n * 2 ** -23 * Math.abs(expected) + n * 2 ** -126;

/**
 * Same shapes, types and values (NaN where NaN is, infinities exactly) on both backends, no tensor and no block of memory
 * left behind, and the same bits when it is done again.
 */
export async function expectAgreement(build: () => tf.Tensor[], tolerance: Tolerance = exact): Promise<void> {
  const expected = await resultsOn("cpu", build);
  const first = await resultsOn(BACKEND_NAME, build);
  const [blocks, tensors] = [blocksInUse(), tf.memory().numTensors];
  const again = await resultsOn(BACKEND_NAME, build);
  expect([blocksInUse(), tf.memory().numTensors]).toEqual([blocks, tensors]);
  expect(again).toEqual(first);
  expect(first.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(
    expected.map(({ shape, dtype }) => ({ shape, dtype })),
  );
  expected.forEach(({ values, shape }, tensor) => {
    const got = first[tensor]?.values as ArrayLike<number>;
    expect(got.length).toBe(values.length);
    for (let index = 0; index < values.length; index++) {
      const [a, b] = [got[index] as number, values[index] as number];
      const same = a === b || (Number.isNaN(a) && Number.isNaN(b));
      const allowed = Number.isFinite(b) ? tolerance(b, { tensor, index }) : 0;
      if (!same && !(Math.abs(a - b) <= allowed)) {
        throw new Error(`element ${index} of [${shape.join()}] is ${a} where tfjs's cpu kernel has ${b} +- ${allowed}`);
      }
    }
  });
}

const MOST = 20_000;
const SPECIAL = [NaN, Infinity, -Infinity, 0, -0, 1e-40, -1e-40, 3e38, -3e38, 0.5, -0.5, 1];

/**
 * Shapes of rank 0 to 6, some axes 1, some 0, now and then longer than a chunk's row of vectors. Axes of 0 do not excuse the others: a
 * sum over the 0 of [300, 300, 300, 0] has 27 million elements.
 */
export const shapes = (maxRank = 6, least = 0): fc.Arbitrary<number[]> =>
  fc
    .array(
      fc.oneof(
        { weight: 6, arbitrary: fc.integer({ min: 1, max: 9 }) },
        { weight: 2, arbitrary: fc.constant(1) },
        { weight: 2, arbitrary: fc.integer({ min: 15, max: 70 }) },
        { weight: 1, arbitrary: fc.constantFrom(least, 300) },
      ),
      { maxLength: maxRank },
    )
    .filter((shape) => sizeOf(shape.filter((size) => size > 0)) <= MOST);

/** Normal numbers, the same for the same seed; with `special`, NaN, infinities, zeros and the like among them. */
export function floats(shape: number[], seed: number, { special = false, scale = 1 } = {}): tf.Tensor {
  const data = new Float32Array(sizeOf(shape));
  const rng = createRng(seed);
  fillNormal(rng, data);
  for (let i = 0; i < data.length; i++) data[i] = (data[i] as number) * scale;
  if (special) {
    for (let i = 0; i < data.length; i++) {
      if (rng.next() < 0.1) data[i] = SPECIAL[Math.floor(rng.next() * SPECIAL.length)] as number;
    }
  }
  return tf.tensor(data, shape);
}

/** Whole numbers from `least` to below `bound`. */
export function whole(shape: number[], seed: number, least: number, bound: number): tf.Tensor {
  const rng = createRng(seed);
  const data = Int32Array.from({ length: sizeOf(shape) }, () => least + Math.floor(rng.next() * (bound - least)));
  return tf.tensor(data, shape, "int32");
}

/** Bools. */
export const bools = (shape: number[], seed: number): tf.Tensor =>
  tf.tensor(Uint8Array.from(whole(shape, seed, 0, 2).dataSync()), shape, "bool");
