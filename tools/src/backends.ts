// The backends that comparisons with the originals run on.
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { registerWasmBackend } from "@xlm/backend-wasm";

const threads: Readonly<Record<string, number>> = { "xlm-wasm on 1 thread": 1, "xlm-wasm on 2 threads": 2 };

/** Names for `describe.each` and `startBackend`. */
export const testedBackends = ["cpu", "wasm", ...Object.keys(threads)];

/** Makes one of `testedBackends` the current backend. */
export async function startBackend(name: string): Promise<void> {
  const count = threads[name];
  if (count !== undefined) await registerWasmBackend({ threads: count, v8Flags: true });
  await tf.setBackend(count === undefined ? name : "xlm-wasm");
  await tf.ready();
}
