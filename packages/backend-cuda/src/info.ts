import * as tf from "@tensorflow/tfjs-core";
import { UnsupportedError } from "@xlm/core";
import { CudaBackend, type CudaInfo } from "./backend.js";
import { BACKEND_NAME } from "./register.js";

/**
 * Which GPU, driver and libraries are used, and how products are made.
 * @throws UnsupportedError (`XLM_UNSUPPORTED`) when the backend is not registered.
 */
export function cudaInfo(): CudaInfo {
  const backend: unknown = tf.findBackend(BACKEND_NAME);
  if (backend instanceof CudaBackend) return backend.info;
  throw new UnsupportedError({
    what: `${BACKEND_NAME} is not registered`,
    why: "there is nothing to report on before it has started",
    fix: "await registerCudaBackend() first",
  });
}
