import * as tf from "@tensorflow/tfjs-core";
import { kernelLaws } from "@xlm/kernels/conformance";
import { BACKEND_NAME, registerWasmBackend, wasmInfo, type BuildName, type WasmInfo } from "../../src/index.js";
import { productBits, threadsUp } from "../threads.js";

export interface LawsRequest {
  threads: number;
  build?: BuildName;
}

export interface LawsReport {
  readonly isolated: boolean;
  readonly info: WasmInfo;
  /** Threads that really came up, the calling one among them. */
  readonly threadsUp: number;
  /** Whether a product on these threads has the bits of the same product on one. */
  readonly sameBits: boolean;
  /** What each law threw, by its name; null for nothing. */
  readonly laws: Readonly<Record<string, string | null>>;
}

/** Starts the backend as asked for and tries every law of the kernels on it. */
export async function runLaws(request: LawsRequest): Promise<LawsReport> {
  await registerWasmBackend(request);
  const info = wasmInfo();
  const up = await threadsUp();
  const laws: Record<string, string | null> = {};
  for (const { name, run } of kernelLaws({ backend: BACKEND_NAME })) {
    laws[name] = await run().then(
      () => null,
      (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error)),
    );
  }
  const bits = productBits();
  await registerWasmBackend({ threads: 1, build: info.build });
  await tf.setBackend(BACKEND_NAME);
  const alone = productBits();
  const sameBits = bits.length === alone.length && bits.every((word, i) => word === alone[i]);
  return { isolated: globalThis.crossOriginIsolated, info, threadsUp: up, sameBits, laws };
}
