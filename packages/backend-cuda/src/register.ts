import * as tf from "@tensorflow/tfjs-core";
import { checkInt, OptionError } from "@xlm/core";
import { registerKernels } from "@xlm/kernels/backend";
import { CudaBackend } from "./backend.js";
import { Device } from "./device.js";
import type { Precision } from "./driver/cublaslt.js";
import type { LibraryFiles } from "./driver/libraries.js";
import { defaultCacheDir } from "./kernel-cache.js";
import { kernels } from "./kernels/index.js";

export const BACKEND_NAME = "xlm-cuda";

export interface CudaBackendOptions {
  /** Which GPU, as the driver counts them. @default 0 */
  device?: number;
  /**
   * How matrix products and attention are made: plain float32, TF32 (operands rounded to 10 bits of mantissa), or bf16 (to 7). Sums,
   * weights, moments and everything else are float32 in each. Cards before Ampere (8.0) compute in float32. @default "tf32"
   */
  precision?: Precision;
  /** Library files to open instead of those that are found. */
  libraries?: LibraryFiles;
  /** Folders to look in first: a CUDA toolkit, a Python prefix with NVIDIA's wheels, or where the files lie. @default none */
  searchPaths?: readonly string[];
  /** Where compiled kernels are kept; null for nowhere. @default `~/.cache/xlm-cuda` */
  cacheDir?: string | null;
  /** Most bytes of tensors on the device. @default as many as it has */
  maxBytes?: number;
}

const PRECISIONS = ["fp32", "tf32", "bf16"];

/**
 * Makes the backend `xlm-cuda` known to tfjs; `await tf.setBackend("xlm-cuda")` then switches to it. Called again, it replaces the
 * backend, and tensors that lived on the old one are gone.
 * @throws OptionError (`XLM_OPTION`) for options out of range, UnsupportedError (`XLM_UNSUPPORTED`) without a GPU, a driver or a
 * library, or with one that is too old, CudaError (`XLM_CUDA`) when the driver reports anything else.
 */
export async function registerCudaBackend(options: CudaBackendOptions = {}): Promise<void> {
  const { device = 0, precision = "tf32", libraries = {}, searchPaths = [], maxBytes = Infinity } = options;
  const cacheDir = options.cacheDir === undefined ? defaultCacheDir() : options.cacheDir;
  checkInt("device", device, 0);
  if (!PRECISIONS.includes(precision)) {
    throw new OptionError({
      what: `precision is ${String(precision)}`,
      why: "products have their own code for each",
      fix: `choose one of ${PRECISIONS.join(", ")}`,
    });
  }
  if (!(maxBytes > 0)) {
    throw new OptionError({ what: `maxBytes is ${maxBytes}`, why: "tensors need room", fix: "use a number above 0" });
  }
  await import("@tensorflow/tfjs-backend-cpu");
  // tfjs calls this again whenever its engine is reset: a context of its own each time.
  const create = (): CudaBackend =>
    new CudaBackend(new Device({ index: device, libraries, searchPaths, cacheDir, maxBytes }), precision);
  if (tf.findBackend(BACKEND_NAME)) tf.removeBackend(BACKEND_NAME);
  const first = create();
  let ready: CudaBackend | null = first;
  registerKernels(BACKEND_NAME, kernels);
  tf.registerBackend(BACKEND_NAME, () => {
    const backend = ready ?? create();
    ready = null;
    return backend;
  });
}
