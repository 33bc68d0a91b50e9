import * as tf from "@tensorflow/tfjs-core";

/** Makes `xlm-wasm` or the stock `wasm` current; returns what there is to say of it. */
export async function startBackend(name: string, threads: number): Promise<Record<string, unknown>> {
  tf.env().set("PROD", true); // no greeting on stdout
  if (name === "wasm") {
    await import("@tensorflow/tfjs-backend-wasm");
    await tf.setBackend("wasm");
    return { tfjs: tf.version_core };
  }
  const { registerWasmBackend, wasmInfo } = await import("@xlm/backend-wasm");
  await registerWasmBackend({ threads, v8Flags: true });
  await tf.setBackend("xlm-wasm");
  const info = wasmInfo();
  if (info.threads !== threads) throw new Error(`${info.threads} threads run, not ${threads}: ${info.threadsNote}`);
  return { build: info.build };
}
