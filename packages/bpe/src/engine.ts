import { OptionError, UnsupportedError } from "@xlm/core";
import type { BpeCodes } from "./codes.js";
import type { WordCounts } from "./count.js";
import { jsEngine } from "./js/engine.js";
import { wasmEngine } from "./wasm/engine.js";

/** Who does the work: a WebAssembly module, or plain JavaScript. Their results agree byte for byte. */
export type EngineName = "wasm" | "js";

/** Receives a piece of a result. The bytes are valid during the call only: write them, or copy them. */
export type Sink = (piece: Uint8Array) => void;

/** Words with counts in the order of first sight. Counts are exact up to 2^53. */
export interface WordTable {
  /** Counts the words of `bytes`, `times` each. Both ends of `bytes` are ends of words. */
  count(bytes: Uint8Array, times?: number): void;
  /** Number of distinct words. */
  size(): number;
  /** Visits words in the order of first sight. `word` is valid during the call only. */
  forEach(visit: (word: Uint8Array, count: number) => void): void;
  /** All words for another thread or engine: for each its length (u32), count (f64, both little-endian) and bytes. */
  dump(): Uint8Array;
  /** Adds the counts of a `dump`; words that are new go behind, in its order. @throws FormatError for other bytes. */
  add(dump: Uint8Array): void;
  /** The lines `word count` of fastBPE's `getvocab`, most frequent first, ties by bytes. Pieces hold whole lines. */
  vocab(): Iterable<Uint8Array>;
}

/** Codes text with one set of codes. Both ends of the bytes it takes are ends of words. */
export interface Coder {
  /** Codes words; separators stay as they are. */
  code(bytes: Uint8Array, write: Sink): void;
  /**
   * Codes words as fastBPE's `applybpe_stream` does: one space between the words of a line, none at its ends.
   * @param open Whether a word of the line at the start of `bytes` has been written before.
   * @returns The same for the line at their end.
   */
  codeLines(bytes: Uint8Array, open: boolean, write: Sink): boolean;
}

export interface CoderOptions {
  /** Distinct words remembered before all are forgotten. */
  cacheSize: number;
  /** File names for error messages. */
  names: { codes?: string; vocab?: string };
}

export interface Engine {
  readonly name: EngineName;
  createTable(): WordTable;
  /**
   * @param codes Checked codes, or a codes file.
   * @param vocab Subwords that may be written, or a vocabulary file; none or an empty one allows all.
   * @throws FormatError for a file, as `parseCodes` and `parseVocab` do.
   */
  createCoder(codes: BpeCodes | Uint8Array, vocab: WordCounts | Uint8Array | undefined, options: CoderOptions): Coder;
}

/**
 * The engine of a name, or by default the fastest one there is: WebAssembly with SIMD where the platform has it.
 * @throws OptionError for another name; UnsupportedError if `"wasm"` is asked for where it does not run.
 */
export function selectEngine(name?: EngineName): Engine {
  if (name !== undefined && name !== "wasm" && name !== "js") {
    throw new OptionError({
      what: `engine is ${JSON.stringify(name)}`,
      why: "there are two engines",
      fix: 'use "wasm" or "js", or leave it out',
    });
  }
  const wasm = name === "js" ? undefined : wasmEngine();
  if (name === "wasm" && wasm === undefined) {
    throw new UnsupportedError({
      what: "the WebAssembly module cannot be compiled here",
      why: "it needs SIMD, and a platform that compiles modules of its size at once",
      fix: 'pass engine: "js", or leave it out',
    });
  }
  return wasm ?? jsEngine;
}
