// The symbols that merging starts from: characters, and characters with the end marker of a word. Their ids count up in
// the order of first sight, so that the frequent ones are small.
import { alloc, allocClear, free, grow } from "./memory";

/** Bytes of a symbol: where it stands (u32), its size * 2 + 1 if it ends a word (u32), its first place (u64). */
export const SYMBOL: usize = 16;

/** Sequences that look like UTF-8 of one to three bytes, each with and without the end marker. */
const ONE: usize = 0;
const TWO: usize = 2 * 256;
const SHORT: usize = TWO + 2 * 2048;
const THREE: usize = 2 * 65536;

let symbols: usize = 0;
let nSymbols: u32 = 0;
let room: u32 = 0;
/** Ids + 1 of short symbols by what their bytes say, 0 if not seen. */
let short: usize = 0;
/** The same for those of three bytes, 0 until there is one. */
let three: usize = 0;
/** Ids + 1 of all others, open addressing by hash. */
let slots: usize = 0;
let mask: u32 = 0;
let nLong: u32 = 0;

export function initSymbols(): void {
  room = 1 << 9;
  symbols = alloc(<u64>room * SYMBOL);
  short = allocClear(<u64>SHORT << 2);
  mask = (1 << 10) - 1;
  slots = allocClear((<u64>mask + 1) << 2);
}

/** Forgets how to find symbols; they themselves stay. */
export function freeSymbolIndex(): void {
  free(short);
  free(three);
  free(slots);
}

export function freeSymbols(): void {
  free(symbols);
}

export function learnSymbols(): usize {
  return symbols;
}

export function learnSymbolCount(): u32 {
  return nSymbols;
}

@inline
export function symbolAt(id: u32): usize {
  return symbols + <usize>id * SYMBOL;
}

function addSymbol(start: usize, size: usize, last: u32): u32 {
  if (nSymbols == room) {
    symbols = grow(symbols, <u64>room * SYMBOL, <u64>room * 2 * SYMBOL);
    room *= 2;
  }
  const symbol = symbolAt(nSymbols);
  store<u32>(symbol, <u32>start);
  store<u32>(symbol, (<u32>size << 1) | last, 4);
  store<u64>(symbol, u64.MAX_VALUE, 8);
  return nSymbols++;
}

/** Id of the symbol of `size` bytes at `start`, added if new; `last` is 1 at the end of a word. */
@inline
export function symbolOf(start: usize, size: usize, last: u32): u32 {
  const a = <usize>load<u8>(start);
  if (size == 1) return shortSymbol(short + ((ONE + (a << 1)) << 2), start, size, last);
  // Only looks: with a NUL inside, the bytes behind it may be anything.
  const b = <usize>load<u8>(start, 1);
  if (size == 2 && (a & 0xe0) == 0xc0 && (b & 0xc0) == 0x80) {
    return shortSymbol(short + ((TWO + ((((a & 0x1f) << 6) | (b & 0x3f)) << 1)) << 2), start, size, last);
  }
  const c = <usize>load<u8>(start, 2);
  if (size == 3 && (a & 0xf0) == 0xe0 && (b & 0xc0) == 0x80 && (c & 0xc0) == 0x80) {
    if (three == 0) three = allocClear(<u64>THREE << 2);
    return shortSymbol(three + ((((a & 0x0f) << 12) | ((b & 0x3f) << 6) | (c & 0x3f)) << 3), start, size, last);
  }
  return longSymbol(start, size, last);
}

@inline
function shortSymbol(slots: usize, start: usize, size: usize, last: u32): u32 {
  const slot = slots + (<usize>last << 2);
  const known = load<u32>(slot);
  if (known != 0) return known - 1;
  const id = addSymbol(start, size, last);
  store<u32>(slot, id + 1);
  return id;
}

function hash(start: usize, size: usize, last: u32): u32 {
  let h: u32 = 0x811c9dc5 ^ last; // FNV-1a
  for (const end = start + size; start < end; start++) h = (h ^ load<u8>(start)) * 0x01000193;
  return h ^ (h >>> 15);
}

function longSymbol(start: usize, size: usize, last: u32): u32 {
  let at = hash(start, size, last) & mask;
  for (;;) {
    const known = load<u32>(slots + (<usize>at << 2));
    if (known == 0) break;
    const symbol = symbolAt(known - 1);
    if (load<u32>(symbol, 4) == ((<u32>size << 1) | last) && memory.compare(load<u32>(symbol), start, size) == 0) {
      return known - 1;
    }
    at = (at + 1) & mask;
  }
  const id = addSymbol(start, size, last);
  store<u32>(slots + (<usize>at << 2), id + 1);
  if (++nLong * 2 > mask) rehash();
  return id;
}

function rehash(): void {
  const old = slots;
  const end = old + ((<usize>mask + 1) << 2);
  mask = mask * 2 + 1;
  slots = allocClear((<u64>mask + 1) << 2);
  for (let slot = old; slot < end; slot += 4) {
    const known = load<u32>(slot);
    if (known == 0) continue;
    const symbol = symbolAt(known - 1);
    const size = load<u32>(symbol, 4);
    let at = hash(load<u32>(symbol), size >>> 1, size & 1) & mask;
    while (load<u32>(slots + (<usize>at << 2)) != 0) at = (at + 1) & mask;
    store<u32>(slots + (<usize>at << 2), known);
  }
  free(old);
}
