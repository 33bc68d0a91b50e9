import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import { createRng, fillUniform } from "@xlm/core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { batchProduct, columnSums, sumAll, transpose, transposedProduct } from "./products.js";

function random(shape: number[], seed: number): tf.Tensor {
  const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
  fillUniform(createRng(seed), data, -1, 1);
  return tf.tensor(data, shape);
}
const farthest = (a: tf.Tensor, b: tf.Tensor): number => {
  expect(a.shape).toEqual(b.shape);
  const [x, y] = [a.dataSync(), b.dataSync()];
  return Array.from(x).reduce((most, value, i) => Math.max(most, Math.abs(value - (y[i] as number))), 0);
};
const size = fc.integer({ min: 0, max: 40 });
const rows = fc.oneof(size, fc.constantFrom(32, 64, 96, 128));

describe.each(["cpu", "wasm"])("products on %s", (backend) => {
  beforeAll(() => tf.setBackend(backend));
  const law = <T extends unknown[]>(
    arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> },
    check: (...args: T) => void,
  ): void =>
    fc.assert(
      fc.property(fc.tuple<T>(...arbitraries), (args) => tf.tidy(() => check(...args))),
      { numRuns: 40 },
    );

  it("transpose is the transpose, for any size", () =>
    law([rows, fc.oneof(size, fc.constantFrom(128, 200)), fc.nat()], (m, n, seed) => {
      const x = random([m, n], seed);
      expect(farthest(transpose(x), tf.transpose(x))).toBe(0);
    }));

  it("transposedProduct is transpose(a) @ b", () =>
    law([rows, size, size, fc.nat()], (k, m, n, seed) => {
      const [a, b] = [random([k, m], seed), random([k, n], seed + 1)];
      // sums of k products below 1: k rounding errors of 2^-24 at most k
      const expected =
        k === 0 ? tf.zeros([m, n]) : tf.sum(tf.mul(tf.reshape(a, [k, m, 1]), tf.reshape(b, [k, 1, n])), 0);
      expect(farthest(transposedProduct(a, b), expected)).toBeLessThanOrEqual(k * k * 2 ** -23);
    }));

  it("batchProduct multiplies pair by pair", () =>
    law(
      [fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.nat()],
      (n, m, k, seed) => {
        const [a, b] = [random([n, m, k], seed) as tf.Tensor3D, random([n, k, m], seed + 1) as tf.Tensor3D];
        expect(farthest(batchProduct(a, b), tf.matMul(a, b))).toBeLessThanOrEqual(k * k * 2 ** -23);
      },
    ));

  it("columnSums and sumAll add up everything", () =>
    law([rows, size, fc.nat()], (m, n, seed) => {
      const x = random([m, n], seed);
      const data = Array.from(x.dataSync());
      const total = data.reduce((sum, value) => sum + value, 0);
      const bound = (m * n) ** 2 * 2 ** -23;
      expect(Math.abs((sumAll(x).dataSync()[0] as number) - total)).toBeLessThanOrEqual(bound);
      const columns = Array.from(columnSums(x).dataSync());
      expect(Math.abs(columns.reduce((sum, value) => sum + value, 0) - total)).toBeLessThanOrEqual(bound);
    }));
});

it.each([2 ** 20, 2 ** 20 + 2, 1048573])("sumAll keeps its digits over %i elements", async (n) => {
  await tf.setBackend("wasm");
  const sum = tf.tidy(() => sumAll(tf.fill([n], 0.1)).dataSync()[0] as number);
  // three rounds of at most 256 additions; one running sum of stock wasm is off by 1e-2
  expect(Math.abs(sum / (n * Math.fround(0.1)) - 1)).toBeLessThan(3 * 256 * 2 ** -24);
});
