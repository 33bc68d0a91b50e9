import * as tf from "@tensorflow/tfjs-core";
import { kernelLaws, type Tolerance } from "@xlm/kernels/conformance";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BACKEND_NAME, cudaInfo, registerCudaBackend } from "../src/index.js";
import { emulated, emulator } from "./emulator.js";

/**
 * Six standard deviations of a sum of 160 products, the longest of the laws, of numbers of about 1 whose operands are rounded to
 * `bits` of mantissa: uniform errors of half a unit on either side.
 */
const ofProducts = (bits: number): Tolerance => {
  const error = 6 * Math.sqrt(160) * Math.sqrt(2 / 3) * 2 ** -(bits + 1);
  return { rtol: error, atol: error };
};

/** The same of float32: 160 roundings of sums that have grown to the root of 160. */
const ofSums: Tolerance = { rtol: 1e-5, atol: (6 * 160 * 2 ** -24) / Math.sqrt(3) };

const PRECISIONS = [
  ["fp32", ofSums],
  ["tf32", ofProducts(10)],
  ["bf16", ofProducts(7)],
] as const;

describe.each(PRECISIONS)("the kernels with products in %s", (precision, tolerance) => {
  beforeAll(async () => {
    await registerCudaBackend({ ...emulated, precision });
    await tf.setBackend(BACKEND_NAME);
  });

  it("computes as was asked", () => {
    expect(cudaInfo()).toMatchObject({ precision, name: "XLM host emulator", capability: 80 });
  });

  for (const law of kernelLaws({ backend: BACKEND_NAME, tolerance })) it(law.name, law.run);
});

afterAll(() => {
  expect(emulator.races()).toBe(0);
});
