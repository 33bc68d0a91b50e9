import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { expectAgreement, floats, launches } from "../../test/plain.js";
import { BACKEND_NAME, registerWasmBackend } from "../index.js";

beforeAll(async () => {
  await registerWasmBackend({ threads: 1 });
  await tf.setBackend(BACKEND_NAME);
});

const size = fc.integer({ min: 1, max: 40 });
const cases = fc.record({
  batch: fc.constantFrom([], [1], [3], [2, 2]),
  shared: fc.boolean(),
  m: size,
  n: size,
  k: size,
  transposeA: fc.boolean(),
  transposeB: fc.boolean(),
  bias: fc.constantFrom("none", "row", "rows", "scalar"),
  activation: fc.constantFrom("linear", "relu", "relu6", "sigmoid", "leakyrelu", "elu", "prelu"),
  seed: fc.nat(),
});

it("agrees with tfjs's cpu kernel for every bias and activation", async () => {
  await fc.assert(
    fc.asyncProperty(cases, ({ batch, shared, m, n, k, transposeA, transposeB, bias, activation, seed }) => {
      const build = (): tf.Tensor[] => {
        const biases: Record<string, number[]> = { row: [n], rows: [m, n], scalar: [] };
        const shape = biases[bias];
        return [
          tf.fused.matMul({
            a: floats([...batch, ...(transposeA ? [k, m] : [m, k])], seed),
            b: floats([...(shared ? [] : batch), ...(transposeB ? [n, k] : [k, n])], seed + 1),
            transposeA,
            transposeB,
            ...(shape ? { bias: floats(shape, seed + 2) } : {}),
            activation: activation,
            ...(activation === "prelu" ? { preluActivationWeights: floats([n], seed + 3) } : {}),
          }),
        ];
      };
      // 40 products of numbers below 6, each rounded once or twice, and what follows makes no error larger.
      return expectAgreement(build, () => 2 * 40 * 40 * 36 * 2 ** -24);
    }),
    { numRuns: 120 },
  );
});

it("starts from the bias, for a batch of rows too", async () => {
  const dense = (batch: number[]): tf.Tensor =>
    tf.fused.matMul({ a: floats([...batch, 4, 5], 1), b: floats([5, 3], 2), bias: floats([3], 3), activation: "relu" });
  expect(await launches(() => dense([]))).toBe(3); // packing, product, activation
  expect(await launches(() => dense([7]))).toBe(3);
});

it("of nothing is nothing", async () => {
  await expectAgreement(() => [
    tf.fused.matMul({ a: tf.ones([0, 3]), b: tf.ones([3, 2]), bias: tf.ones([2]) }),
    tf.fused.matMul({ a: tf.ones([2, 0]), b: tf.ones([0, 3]), bias: tf.ones([3]), activation: "relu" }),
  ]);
});
