import { toBinary } from "./bytes.js";

/** Marks the last symbol of a word. Plain bytes, as in the codes file. */
export const END = "</w>";

/**
 * Cuts a word into its characters, where merging starts: before each byte that is not a UTF-8 continuation byte.
 * As in fastBPE, the search stops at a NUL byte, so the last symbol holds it and all that follows.
 * @param ends Receives the end of each symbol (an index into `bytes`); needs room for `end - start`.
 * @returns The number of symbols.
 */
export function splitSymbols(bytes: Uint8Array, start: number, end: number, ends: Int32Array): number {
  let n = 0;
  for (let i = start; i < end && bytes[i] !== 0; i++) if (i > start && (bytes[i]! & 0xc0) !== 0x80) ends[n++] = i;
  ends[n++] = end;
  return n;
}

/** The number of characters merging starts from. */
export const countSymbols = (word: Uint8Array): number =>
  splitSymbols(word, 0, word.length, new Int32Array(word.length + 1));

/** Symbols by their bytes; ids count up from 0. */
export interface SymbolTable {
  /** Binary string (one character a byte) of each id. */
  readonly names: readonly string[];
  /** Id of a symbol by its name, added if new. */
  intern(name: string): number;
  /** Id of the symbol `bytes[start, end)`, with the end marker if `last`, or -1. */
  find(bytes: Uint8Array, start: number, end: number, last: boolean): number;
  /** The same, added if new. */
  findOrAdd(bytes: Uint8Array, start: number, end: number, last: boolean): number;
}

const nameOf = (bytes: Uint8Array, start: number, end: number, last: boolean): string =>
  toBinary(bytes, start, end) + (last ? END : "");

export function createSymbolTable(): SymbolTable {
  const names: string[] = [];
  const ids = new Map<string, number>();
  const single = new Int32Array(512).fill(-1); // by byte, then by byte with the end marker: most symbols of most words
  function intern(name: string): number {
    const known = ids.get(name);
    if (known !== undefined) return known;
    const id = names.push(name) - 1;
    ids.set(name, id);
    if (name.length === 1) single[name.charCodeAt(0)] = id;
    else if (name.length === 1 + END.length && name.endsWith(END)) single[256 + name.charCodeAt(0)] = id;
    return id;
  }
  function find(bytes: Uint8Array, start: number, end: number, last: boolean): number {
    if (end - start === 1) return single[bytes[start]! + (last ? 256 : 0)]!;
    return ids.get(nameOf(bytes, start, end, last)) ?? -1;
  }
  return {
    names,
    intern,
    find,
    findOrAdd(bytes, start, end, last) {
      const id = find(bytes, start, end, last);
      return id < 0 ? intern(nameOf(bytes, start, end, last)) : id;
    },
  };
}
