import * as tf from "@tensorflow/tfjs-core";
import { OptionError, UnsupportedError } from "@xlm/core";

/** How a backend is to compute. */
export interface BackendOptions {
  /** Threads, where a backend has them. */
  threads?: number | undefined;
  /** The same bits on every machine, at some cost in speed. */
  deterministic?: boolean | undefined;
}

/** A tfjs backend that `--backend` can name. A new one is one more entry of `BACKENDS`. */
export interface BackendEntry {
  readonly about: string;
  /** The name tfjs knows it by. */
  readonly tfjsName: string;
  /** Registers it, loading no more than it needs. */
  load(options: BackendOptions): Promise<unknown>;
}

export const BACKENDS: Readonly<Record<string, BackendEntry>> = {
  "xlm-wasm": {
    about: "our WebAssembly, made for training, on all processors",
    tfjsName: "xlm-wasm",
    load: async ({ threads, deterministic = false }) => {
      const { registerWasmBackend } = await import("@xlm/backend-wasm");
      await registerWasmBackend({ ...(threads && { threads }), deterministic, v8Flags: true });
    },
  },
  wasm: {
    about: "WebAssembly of TensorFlow.js, one thread",
    tfjsName: "wasm",
    load: () => import("@tensorflow/tfjs-backend-wasm"),
  },
  cpu: {
    about: "plain JavaScript of TensorFlow.js: runs anywhere, slowly",
    tfjsName: "cpu",
    load: () => import("@tensorflow/tfjs-backend-cpu"),
  },
};

export const DEFAULT_BACKEND = "xlm-wasm";

/** @throws OptionError for a name that is not registered. */
export function checkBackend(name: string): BackendEntry {
  const entry = Object.hasOwn(BACKENDS, name) ? BACKENDS[name] : undefined;
  if (entry) return entry;
  throw new OptionError({
    what: `there is no backend ${JSON.stringify(name)}`,
    why: "the backend does all arithmetic of the model",
    fix: `use one of ${Object.keys(BACKENDS).join(", ")}`,
  });
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
    cause = error;
  }
  throw new UnsupportedError({
    what: `the backend ${name} does not start${cause instanceof Error ? ` (${cause.message})` : ""}`,
    why: `it is ${entry.about}, and something it needs is missing here`,
    fix: `use another one: ${Object.keys(BACKENDS).join(", ")}`,
    cause,
  });
}
