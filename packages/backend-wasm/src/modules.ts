import * as generated from "./generated/modules.js";

/** Which arithmetic: `relaxed` joins multiplication and addition of matrix products where the processor can. */
export type ModuleName = "portable" | "relaxed";

/** What a module exports. `op` is an `Op`; addresses are bytes. */
export interface Exports {
  launch(op: number, count: number): void;
  launchShared(op: number, count: number, canSleep: number): void;
  serve(thread: number): void;
  tilePeak(columns: number, times: number, memory: number): void;
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** A module's bytes, for a shared memory or for one of its own. The two differ in the flags of the memory import alone. */
export function moduleBytes(name: ModuleName, shared: boolean): Uint8Array<ArrayBuffer> {
  const { base64, memoryFlagsAt } = generated[name];
  const bytes = decode(base64);
  if (!shared) bytes[memoryFlagsAt] = 1;
  return bytes;
}

/** Starts a module on a memory. */
export const instantiate = (module: WebAssembly.Module, memory: WebAssembly.Memory): Exports =>
  new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Exports;
