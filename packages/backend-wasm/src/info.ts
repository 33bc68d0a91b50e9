import * as tf from "@tensorflow/tfjs-core";
import { UnsupportedError } from "@xlm/core";
import { WasmBackend, type WasmInfo } from "./backend.js";
import { BACKEND_NAME } from "./register.js";

/**
 * Which build of the kernels runs, on how many threads, and why.
 * @throws UnsupportedError (`XLM_UNSUPPORTED`) when the backend is not registered.
 */
export function wasmInfo(): WasmInfo {
  const backend: unknown = tf.findBackend(BACKEND_NAME);
  if (backend instanceof WasmBackend) return backend.info;
  throw new UnsupportedError({
    what: `${BACKEND_NAME} is not registered`,
    why: "there is nothing to report on before it has started",
    fix: "await registerWasmBackend() first",
  });
}
