// The backends that comparisons with the originals run on: all that need nothing special, or xlm-cuda alone with XLM_CUDA=emulator or gpu.
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { registerCudaBackend } from "@xlm/backend-cuda";
import { registerWasmBackend } from "@xlm/backend-wasm";
import { cudaOptions } from "./cuda.js";

const wasm = (threads: number) => ({
  name: "xlm-wasm",
  register: () => registerWasmBackend({ threads, v8Flags: true }),
});

/** What has to be registered first, by the names that tests show. */
const ours: Readonly<Record<string, { name: string; register: () => Promise<void> }>> = {
  "xlm-wasm on 1 thread": wasm(1),
  "xlm-wasm on 2 threads": wasm(2),
  "xlm-cuda": { name: "xlm-cuda", register: () => registerCudaBackend({ ...cudaOptions(), precision: "fp32" }) },
};

/** Names for `describe.each` and `startBackend`. */
export const testedBackends = process.env["XLM_CUDA"]
  ? ["xlm-cuda"]
  : ["cpu", "wasm", "xlm-wasm on 1 thread", "xlm-wasm on 2 threads"];

/** Makes one of `testedBackends` the current backend. */
export async function startBackend(name: string): Promise<void> {
  await ours[name]?.register();
  await tf.setBackend(ours[name]?.name ?? name);
  await tf.ready();
}
