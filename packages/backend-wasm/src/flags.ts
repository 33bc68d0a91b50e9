/**
 * Asks V8 for the two experimental features that the fast builds need, where it has them and keeps them off: relaxed SIMD on
 * Node 20, and pairing of 128-bit operations into 256-bit ones on Node 24 and later. Nothing happens elsewhere. V8's flags
 * are the whole process's, which is why this is asked for and never done by an import.
 * @returns the flags that were set.
 */
export function setV8Flags(): string[] {
  const v8 = globalThis.process?.getBuiltinModule?.("node:v8");
  if (!v8) return [];
  const major = Number(process.versions.node.split(".")[0]);
  const flags =
    major >= 24 ? ["--experimental-wasm-revectorize"] : major >= 20 ? ["--experimental-wasm-relaxed-simd"] : [];
  for (const flag of flags) v8.setFlagsFromString(flag);
  return flags;
}
