// The precisions of backend-cuda: how far from float64 each may be, and starting the backend in one.
import * as tf from "@tensorflow/tfjs-core";
import { BACKEND_NAME, cudaInfo, registerCudaBackend, type Precision } from "@xlm/backend-cuda";
import type { Tolerance } from "@xlm/kernels/conformance";
import { cudaOptions } from "../src/cuda.js";
import { runTests, type Result, type Test } from "./report.js";

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

/** `bits` of mantissa that operands of products keep. */
const PRECISIONS: readonly { precision: Precision; bits: number; tolerance: Tolerance }[] = [
  { precision: "fp32", bits: 23, tolerance: ofSums },
  { precision: "tf32", bits: 10, tolerance: ofProducts(10) },
  { precision: "bf16", bits: 7, tolerance: ofProducts(7) },
];

/** Those that the words name, all where they name none. */
export function chosenPrecisions(words: readonly string[]): typeof PRECISIONS {
  const named = PRECISIONS.filter(({ precision }) => words.includes(precision));
  return named.length > 0 ? named : PRECISIONS;
}

/** Starts the backend, in place of the one before, and runs tests on it; where it does not start, that is the one failure. */
export async function runIn(precision: Precision, tests: readonly Test[]): Promise<Result[]> {
  const start = await runTests([{ name: `${precision}: starts`, run: () => startCuda(precision) }]);
  if (start.some(({ status }) => status === "failed")) return start;
  return runTests(tests.map(({ name, run }) => ({ name: `${precision}: ${name}`, run })));
}

async function startCuda(precision: Precision): Promise<void> {
  tf.env().set("PROD", true); // no greeting
  await registerCudaBackend({ ...cudaOptions(), precision });
  await tf.setBackend(BACKEND_NAME);
  if (cudaInfo().precision !== precision) throw new Error(`computes in ${cudaInfo().precision}`);
}

/** Gives everything back to the driver, before the process ends and its libraries are unloaded. */
export function stopCuda(): void {
  if (tf.findBackend(BACKEND_NAME)) tf.removeBackend(BACKEND_NAME);
}
