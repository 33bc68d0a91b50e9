import * as tf from "@tensorflow/tfjs-core";
import { checkInt, OptionError } from "@xlm/core";
import { registerKernels } from "@xlm/kernels/backend";
import { WasmBackend } from "./backend.js";
import { chooseBuild, type BuildName } from "./builds.js";
import { setV8Flags } from "./flags.js";
import { kernels } from "./kernels/index.js";
import { LinearMemory } from "./memory.js";
import { instantiate } from "./modules.js";
import { canShare, createThreads, processors } from "./threads.js";

export const BACKEND_NAME = "xlm-wasm";

export interface WasmBackendOptions {
  /**
   * Threads that compute, the calling one among them. More than one needs shared memory: in a browser, a page that is
   * cross-origin isolated; elsewhere one thread runs, and `wasmInfo().threadsNote` says so. @default as many as the machine runs at once, up to 8
   */
  threads?: number;
  /** Take this build of the kernels and no other. @default a relaxed one wherever it computes rightly, of the width that is faster for some milliseconds */
  build?: BuildName;
  /** The same bits on every machine: no fused multiplication and addition. @default false */
  deterministic?: boolean;
  /**
   * Switch on V8's experimental relaxed SIMD (Node 20) or pairing of SIMD operations (Node 24 and later) for the whole
   * process, which makes matrix products about twice as fast. No effect in browsers. @default false
   */
  v8Flags?: boolean;
  /** Where the linear memory stops growing, in bytes. @default 4 GiB */
  maxBytes?: number;
}

const GIB4 = 2 ** 32;
/** More would be a mistake: each has a stack and scratch of its own. */
const MAX_THREADS = 256;

/**
 * Makes the backend `xlm-wasm` known to tfjs; `await tf.setBackend("xlm-wasm")` then switches to it. Everything is ready when this
 * returns. Called again, it replaces the backend, and tensors that lived on the old one are gone.
 * @throws OptionError (`XLM_OPTION`) for options out of range, UnsupportedError (`XLM_UNSUPPORTED`) where no build runs.
 */
export async function registerWasmBackend(options: WasmBackendOptions = {}): Promise<void> {
  const { build: force, deterministic = false, v8Flags = false, maxBytes = GIB4 } = options;
  const wanted = options.threads ?? Math.min(8, processors());
  checkInt("threads", wanted, 1, MAX_THREADS);
  if (!(maxBytes >= 2 ** 24 && maxBytes <= GIB4)) {
    throw new OptionError({
      what: `maxBytes is ${maxBytes}`,
      why: "the memory starts at 16 MiB and WebAssembly addresses 4 GiB",
      fix: `use a number from ${2 ** 24} to ${GIB4}`,
    });
  }
  if (v8Flags) setV8Flags();
  await import("@tensorflow/tfjs-backend-cpu");
  const shared = canShare();
  const { module, build } = await chooseBuild(new LinearMemory(shared, 2 ** 24), { force, deterministic });
  // tfjs calls this again whenever its engine is reset: a memory and threads of its own each time.
  const create = (): WasmBackend => {
    const memory = new LinearMemory(shared, maxBytes);
    const threads = createThreads(module, memory.memory, wanted);
    return new WasmBackend(memory, instantiate(module, memory.memory), threads, build);
  };
  if (tf.findBackend(BACKEND_NAME)) tf.removeBackend(BACKEND_NAME);
  registerKernels(BACKEND_NAME, kernels);
  tf.registerBackend(BACKEND_NAME, create);
}
