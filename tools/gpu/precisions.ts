// Running tests in the precisions of backend-cuda.
import * as tf from "@tensorflow/tfjs-core";
import { BACKEND_NAME, cudaInfo, registerCudaBackend, type Precision } from "@xlm/backend-cuda";
import { cudaOptions } from "../src/cuda.js";
import { PRECISIONS } from "../src/precisions.js";
import { runTests, type Result, type Test } from "./report.js";

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
