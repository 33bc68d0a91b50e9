import * as tf from "@tensorflow/tfjs-core";
import { OptionError, UnsupportedError } from "@xlm/core";

/** A tfjs backend that `--backend` can name. A new one is one more entry of `BACKENDS`. */
export interface BackendEntry {
  readonly about: string;
  /** The name tfjs knows it by. */
  readonly tfjsName: string;
  /** Registers it, loading no more than it needs. */
  load(): Promise<unknown>;
}

export const BACKENDS: Readonly<Record<string, BackendEntry>> = {
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

export const DEFAULT_BACKEND = "wasm";

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
export async function startBackend(name: string): Promise<void> {
  const entry = checkBackend(name);
  tf.env().set("PROD", true); // no greeting on stdout
  let cause: unknown;
  try {
    await entry.load();
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
