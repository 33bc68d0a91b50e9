import * as tf from "@tensorflow/tfjs-core";
import { OptionError, UnsupportedError, XlmError } from "@xlm/core";

/** How a backend is to compute. */
export interface BackendOptions {
  /** Threads, where a backend has them. */
  threads?: number | undefined;
  /** The same bits on every machine, at some cost in speed. */
  deterministic?: boolean | undefined;
  /** How matrix products are made, where a backend has a choice. */
  precision?: "fp32" | "tf32" | "bf16" | undefined;
}

/** A tfjs backend that `--backend` can name. A new one is one more entry of `BACKENDS`. */
export interface BackendEntry {
  readonly about: string;
  /** What run folders call it, and `--backend` takes as well. */
  readonly name: string;
  /** The name tfjs knows it by. */
  readonly tfjsName: string;
  /** Registers it, loading no more than it needs. */
  load(options: BackendOptions): Promise<unknown>;
}

/** Files and folders of NVIDIA's libraries, as the environment names them. */
function cudaPlaces(env: NodeJS.ProcessEnv) {
  const { XLM_LIBCUDA: cuda, XLM_LIBNVRTC: nvrtc, XLM_LIBCUBLASLT: cublasLt, XLM_CUDA_CACHE: cacheDir } = env;
  const prefixes = [env["CUDA_PATH"], env["CUDA_HOME"], env["VIRTUAL_ENV"], env["CONDA_PREFIX"]];
  return {
    libraries: { ...(cuda && { cuda }), ...(nvrtc && { nvrtc }), ...(cublasLt && { cublasLt }) },
    searchPaths: prefixes.filter((prefix): prefix is string => !!prefix),
    ...(cacheDir && { cacheDir }),
  };
}

export const BACKENDS: Readonly<Record<string, BackendEntry>> = {
  cuda: {
    about: "our kernels on an NVIDIA GPU, with its driver, libnvrtc and libcublasLt",
    name: "xlm-cuda",
    tfjsName: "xlm-cuda",
    load: async ({ precision }) => {
      const { registerCudaBackend } = await import("@xlm/backend-cuda");
      await registerCudaBackend({ ...cudaPlaces(process.env), ...(precision && { precision }) });
    },
  },
  wasm: {
    about: "our WebAssembly, made for training, on all processors",
    name: "xlm-wasm",
    tfjsName: "xlm-wasm",
    load: async ({ threads, deterministic = false }) => {
      const { registerWasmBackend } = await import("@xlm/backend-wasm");
      await registerWasmBackend({ ...(threads && { threads }), deterministic, v8Flags: true });
    },
  },
  "tfjs-wasm": {
    about: "WebAssembly of TensorFlow.js, one thread",
    name: "tfjs-wasm",
    tfjsName: "wasm",
    load: () => import("@tensorflow/tfjs-backend-wasm"),
  },
  "tfjs-cpu": {
    about: "plain JavaScript of TensorFlow.js: runs anywhere, slowly",
    name: "cpu",
    tfjsName: "cpu",
    load: () => import("@tensorflow/tfjs-backend-cpu"),
  },
};

/** A GPU where there is one, else WebAssembly. */
export const AUTO = "auto";

export const DEFAULT_BACKEND = "wasm";

/** @throws OptionError for a name that is not registered. */
export function checkBackend(name: string): BackendEntry {
  const entry = Object.hasOwn(BACKENDS, name) ? BACKENDS[name] : undefined;
  const found = entry ?? Object.values(BACKENDS).find((each) => each.name === name);
  if (found) return found;
  throw new OptionError({
    what: `there is no backend ${JSON.stringify(name)}`,
    why: "the backend does all arithmetic of the model",
    fix: `use one of ${[AUTO, ...Object.keys(BACKENDS)].join(", ")}`,
  });
}

/**
 * The name by which a run remembers its backend: `auto` becomes what it comes to on this machine, so that a resumed run goes on
 * where it began. Unknown names stay, for `checkBackend` to refuse.
 * @param say is told what `auto` has become, and why it is not the GPU.
 */
export async function settleBackend(
  name: string,
  options: BackendOptions,
  say: (line: string) => void,
): Promise<string> {
  if (name !== AUTO) return BACKENDS[name]?.name ?? name;
  const { cuda, wasm } = BACKENDS as { cuda: BackendEntry; wasm: BackendEntry };
  try {
    await cuda.load(options);
    say(`--backend auto: ${cuda.name}`);
    return cuda.name;
  } catch (error) {
    const reason = error instanceof XlmError ? error.what : String(error);
    say(`--backend auto: ${wasm.name} (${reason})`);
    return wasm.name;
  }
}

/**
 * Makes a backend the current one.
 * @throws OptionError for an unknown name, UnsupportedError when this machine cannot run it.
 */
export async function startBackend(name: string, options: BackendOptions = {}): Promise<void> {
  const entry = checkBackend(name);
  tf.env().set("PROD", true); // no greeting on stdout
  let cause: unknown;
  try {
    await entry.load(options);
    if (await tf.setBackend(entry.tfjsName)) return await tf.ready();
  } catch (error) {
    if (error instanceof XlmError) throw error; // our own backends say it best
    cause = error;
  }
  throw new UnsupportedError({
    what: `the backend ${name} does not start${cause instanceof Error ? ` (${cause.message})` : ""}`,
    why: `it is ${entry.about}, and something it needs is missing here`,
    fix: `use another one: ${Object.keys(BACKENDS).join(", ")}`,
    cause,
  });
}
