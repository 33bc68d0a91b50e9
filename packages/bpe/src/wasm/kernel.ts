import { MemoryError } from "@xlm/core";
import { base64 } from "../generated/module.js";

/** What the module of `assembly/` exports, where each function is described. Addresses and sizes are in bytes. */
export interface KernelExports {
  memory: WebAssembly.Memory;
  allocate(bytes: number): number;
  heapTop(): number;
  release(p: number): void;
  createTable(forOutputs: number): void;
  createBatch(): void;
  size(): number;
  longestWord(): number;
  firstRecord(): number;
  nextRecord(rec: number): number;
  count(p: number, n: number, times: number): number;
  addDump(p: number, n: number): number;
  dump(rec: number, out: number, room: number): number;
  dumpedBytes(): number;
  dumpSize(): number;
  sortVocab(): number;
  writeVocab(list: number, i: number, n: number, out: number, room: number): number;
  vocabBytes(): number;
  loadCodes(p: number, n: number): number;
  loadVocab(p: number, n: number, strict: number): number;
  createEncoder(): void;
  createCache(words: number, bytes: number): void;
  code(p: number, n: number, out: number): number;
  codeLines(p: number, n: number, out: number, open: number): number;
  isLineOpen(): number;
  codedBytes(): number;
}

/** A module with a memory of its own. */
export interface Kernel {
  readonly exports: KernelExports;
  /** The memory's bytes; ask again after every call into the module, which may have replaced them. */
  bytes(): Uint8Array;
}

/** Compiled once, when first asked for. */
const compiled: { module?: WebAssembly.Module | undefined; tried?: boolean } = {};

/** The module, or `undefined` where there is no WebAssembly with SIMD or it may not be compiled at once. */
export function kernelModule(): WebAssembly.Module | undefined {
  if (!compiled.tried) {
    compiled.tried = true;
    try {
      const text = atob(base64);
      compiled.module = new WebAssembly.Module(Uint8Array.from(text, (character) => character.charCodeAt(0)));
    } catch {
      compiled.module = undefined;
    }
  }
  return compiled.module;
}

/** @throws MemoryError if the system has no memory for another instance; its functions throw it past 4 GB. */
export function createKernel(module: WebAssembly.Module): Kernel {
  const outOfMemory = (bytes: number): never => {
    throw new MemoryError({
      what: `${(bytes / 2 ** 30).toFixed(1)} GB of WebAssembly memory cannot be had`,
      why: "one memory ends at 4 GB, or earlier where the system has less",
      fix: 'pass engine: "js", whose memory is only limited by the system',
    });
  };
  let exports: KernelExports;
  try {
    exports = new WebAssembly.Instance(module, { env: { outOfMemory } }).exports as unknown as KernelExports;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new MemoryError({
      what: "no WebAssembly memory can be had",
      why: "the system refuses the address space that one takes",
      fix: 'pass engine: "js"',
      cause,
    });
  }
  let view = new Uint8Array(exports.memory.buffer);
  return {
    exports,
    bytes() {
      // A memory that grows gets a new buffer, and the old one loses its bytes.
      if (view.length === 0) view = new Uint8Array(exports.memory.buffer);
      return view;
    },
  };
}
