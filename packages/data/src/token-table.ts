import type { Dictionary } from "./dictionary.js";

/** First value of a token's hash, and how each of its bytes goes in (FNV-1a). */
export const HASH = 0x811c9dc5 | 0;
export const hashByte = (hash: number, byte: number): number => Math.imul(hash ^ byte, 0x01000193);

/** Tokens by their UTF-8, numbered in the order in which they came. */
export interface TokenTable {
  /** The number of the token that stands in `bytes` from `from` to `to` and has that hash; -1 when there is none. */
  find(hash: number, bytes: Uint8Array, from: number, to: number): number;
  /** Adds a token that is not there. */
  add(hash: number, bytes: Uint8Array, from: number, to: number): void;
}

/** Slots to a token at least. Fewer would mean longer searches, more a table that a processor's cache does not hold. */
const FULL = 4 / 3;

/** @param nTokens how many there will be; more are welcome. */
export function createTokenTable(nTokens: number): TokenTable {
  let slots = new Int32Array(2 * 2 ** Math.ceil(Math.log2(Math.max(16, nTokens * FULL)))); // hash and number + 1 of each
  let text = new Uint8Array(8 * nTokens);
  let starts = new Int32Array(nTokens + 2); // of each token in the text, and where the last ends
  let size = 0;

  const put = (hash: number, entry: number): void => {
    const mask = slots.length - 2;
    let slot = slotOf(hash) & mask;
    while (slots[slot + 1] !== 0) slot = (slot + 2) & mask;
    slots[slot] = hash;
    slots[slot + 1] = entry;
  };
  return {
    find: (hash, bytes, from, to) => {
      const mask = slots.length - 2;
      for (let slot = slotOf(hash) & mask; ; slot = (slot + 2) & mask) {
        const entry = slots[slot + 1] as number;
        if (entry === 0) return -1;
        if (slots[slot] !== hash) continue;
        const start = starts[entry - 1] as number;
        const length = to - from;
        if ((starts[entry] as number) - start !== length) continue;
        let i = 0;
        while (i < length && text[start + i] === bytes[from + i]) i++;
        if (i === length) return entry - 1;
      }
    },
    add: (hash, bytes, from, to) => {
      const start = starts[size] as number;
      const end = start + to - from;
      if (text.length < end) text = copied(text, new Uint8Array(2 * end));
      if (starts.length < size + 2) starts = copied(starts, new Int32Array(2 * size + 2));
      for (let i = from; i < to; i++) text[start + i - from] = bytes[i] as number;
      starts[++size] = end;
      if (2 * FULL * size > slots.length) {
        const old = slots;
        slots = new Int32Array(2 * old.length);
        for (let i = 0; i < old.length; i += 2) if (old[i + 1] !== 0) put(old[i] as number, old[i + 1] as number);
      }
      put(hash, size);
    },
  };
}

const slotOf = (hash: number): number => (hash ^ (hash >>> 15)) << 1;

function copied<A extends Int32Array | Uint8Array>(from: A, to: A): A {
  to.set(from);
  return to;
}

const made = new WeakMap<Dictionary, TokenTable>(); // a dictionary never changes, and its table takes some time

/** A dictionary by the UTF-8 of its tokens; the numbers are their ids. Tokens with a lone surrogate have no UTF-8: nothing finds them. */
export function dictionaryTable(dictionary: Dictionary): TokenTable {
  const table = made.get(dictionary) ?? createDictionaryTable(dictionary.tokens);
  made.set(dictionary, table);
  return table;
}

function createDictionaryTable(tokens: readonly string[]): TokenTable {
  const table = createTokenTable(tokens.length);
  const encoder = new TextEncoder();
  let bytes = new Uint8Array(256);
  for (const token of tokens) {
    if (bytes.length < 3 * token.length) bytes = new Uint8Array(3 * token.length);
    // An empty one that stands for what cannot be found keeps the numbers in step: no token in a text is empty.
    const length = isWellFormed(token) ? encoder.encodeInto(token, bytes).written : 0;
    let hash = HASH;
    for (let i = 0; i < length; i++) hash = hashByte(hash, bytes[i] as number);
    table.add(hash, bytes, 0, length);
  }
  return table;
}

export const isWellFormed = (text: string): boolean => (text as string & { isWellFormed(): boolean }).isWellFormed();
