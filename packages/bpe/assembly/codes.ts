// Codes: symbols, and the rank of each pair of them.
import { mix } from "./hash";
import { countLines, fieldAt, fieldSize, isWhole, lineEnd, splitFields } from "./lines";
import { alloc, heapTop, release } from "./memory";
import { NONE, Strings, createStrings } from "./strings";

/** `</w>`, which the last symbol of a word ends in. */
export const END: u32 = 0x3e772f3c;

/** Symbols are numbered with 21 bits, ranks with 22. */
const MAX_SYMBOLS: u32 = (1 << 21) - 1;

const FREE: u64 = ~(<u64>0);

let symbols: Strings = changetype<Strings>(0);
let nMerges: u32 = 0;
let monotone: bool = true;

// Per rank the two symbols; and per pair of symbols, in a table, left (21 bits), right (21 bits) and rank (22 bits).
let parts: usize = 0;
let pairs: usize = 0;
let pairMask: u32 = 0;

// Symbols that are one character, by their bytes: of ASCII in a list, others of up to four bytes in a table of key (8 bytes)
// and number + 1. Those with the end mark have places of their own.
let ascii: usize = 0;
let chars: usize = 0;
let charMask: u32 = 0;

/** All symbols of the codes. The result of the merge of rank r is symbol r. */
export function allSymbols(): Strings {
  return symbols;
}

export function mergeCount(): u32 {
  return nMerges;
}

/** Whether merges only use what merges of lower rank produce, as in all codes that were learned. */
export function isMonotone(): bool {
  return monotone;
}


@inline
export function leftOf(rank: u32): u32 {
  return load<u32>(parts + (<usize>rank << 3));
}

@inline
export function rightOf(rank: u32): u32 {
  return load<u32>(parts + (<usize>rank << 3), 4);
}

/**
 * Reads the codes file `[p, p + n)`, which from then on belongs to the codes.
 * @returns 0; or the number of a line that is not two symbols and a whole number, or whose result an earlier one has; or -1
 *   for more symbols than can be numbered.
 */
export function loadCodes(p: usize, n: usize): i32 {
  const end = p + n;
  const room = countLines(p, n);
  if (room > MAX_SYMBOLS / 3) return -1;
  symbols = createStrings(room * 3);
  parts = alloc(<u64>room << 3);
  const start = heapTop();
  const splits = alloc(<u64>room << 3); // lengths of left and right
  nMerges = 0;
  // Results come first, so that their numbers are the ranks.
  for (let line: i32 = 1; p < end; line++) {
    const e = lineEnd(p, end);
    if (splitFields(p, e) != 3 || !isWhole(fieldAt(2), fieldSize(2), false)) return line;
    const left = fieldSize(0);
    const right = fieldSize(1);
    memory.copy(fieldAt(0) + left, fieldAt(1), right);
    if (symbols.add(fieldAt(0), left + right) != nMerges) return line;
    store<u32>(splits + (<usize>nMerges << 3), <u32>left);
    store<u32>(splits + (<usize>nMerges << 3), <u32>right, 4);
    nMerges++;
    p = e + 1;
  }
  for (let rank: u32 = 0; rank < nMerges; rank++) {
    const at = symbols.at(rank);
    const left = load<u32>(splits + (<usize>rank << 3));
    const a = symbols.add(at, left);
    const b = symbols.add(at + left, load<u32>(splits + (<usize>rank << 3), 4));
    store<u32>(parts + (<usize>rank << 3), a);
    store<u32>(parts + (<usize>rank << 3), b, 4);
  }
  release(start);
  fillPairs();
  fillChars();
  return 0;
}


@inline
function pairSlot(left: u32, right: u32): u32 {
  const h = ((<u64>left << 32) | right) * 0x9e3779b97f4a7c15;
  return (<u32>(h >> 32) ^ <u32>(h >> 45)) & pairMask;
}

function fillPairs(): void {
  let cap: u64 = 64;
  while (cap < (<u64>nMerges * 5) >> 1) cap <<= 1;
  pairs = alloc(cap << 3);
  pairMask = <u32>(cap - 1);
  memory.fill(pairs, 0xff, <usize>(cap << 3));
  monotone = true;
  for (let rank: u32 = 0; rank < nMerges; rank++) {
    const a = leftOf(rank);
    const b = rightOf(rank);
    if ((a < nMerges && a >= rank) || (b < nMerges && b >= rank)) monotone = false;
    let k = pairSlot(a, b);
    while (load<u64>(pairs + (<usize>k << 3)) != FREE) k = (k + 1) & pairMask;
    store<u64>(pairs + (<usize>k << 3), (<u64>a << 43) | (<u64>b << 22) | rank);
  }
}

/** Rank of the merge of two symbols, `NONE` if there is none. */
@inline
export function rankOf(left: u32, right: u32): u32 {
  if (left == NONE || right == NONE) return NONE;
  const key = (<u64>left << 21) | right;
  let k = pairSlot(left, right);
  while (true) {
    const slot = load<u64>(pairs + (<usize>k << 3));
    if (slot >> 22 == key) return <u32>slot & 0x3fffff;
    if (slot == FREE) return NONE;
    k = (k + 1) & pairMask;
  }
}

/** Up to four bytes, how many they are, and whether the end mark follows, in one number that is not 0. */
@inline
function charKey(p: usize, n: usize, last: bool): u64 {
  return <u64>(load<u32>(p) & (<u32>0xffffffff >> ((4 - <u32>n) << 3))) | (<u64>last << 32) | (<u64>n << 34);
}

function fillChars(): void {
  ascii = alloc(256 * 4);
  memory.fill(ascii, 0xff, 256 * 4);
  let n: u32 = 0;
  for (let id: u32 = 0; id < symbols.count; id++) if (symbols.sizeOf(id) <= 8) n++;
  let cap: u64 = 64;
  while (cap < <u64>n << 2) cap <<= 1;
  chars = alloc(cap << 4);
  charMask = <u32>(cap - 1);
  memory.fill(chars, 0, <usize>(cap << 4));
  for (let id: u32 = 0; id < symbols.count; id++) {
    const p = symbols.at(id);
    const size = symbols.sizeOf(id);
    if (size <= 4) addChar(p, size, false, id);
    else if (size <= 8 && load<u32>(p + size - 4) == END) addChar(p, size - 4, true, id);
  }
}

function addChar(p: usize, n: usize, last: bool, id: u32): void {
  if (n == 1 && load<u8>(p) < 128) store<u32>(ascii + (<usize>load<u8>(p) << 2) + (<usize>last << 9), id);
  const key = charKey(p, n, last);
  let k = mix(key) & charMask;
  while (load<u64>(chars + (<usize>k << 4))) k = (k + 1) & charMask;
  store<u64>(chars + (<usize>k << 4), key);
  store<u32>(chars + (<usize>k << 4), id, 8);
}

/** Symbol of an ASCII character. */
@inline
export function asciiSymbol(byte: u32, last: bool): u32 {
  return load<u32>(ascii + (<usize>byte << 2) + (<usize>last << 9));
}

/** Symbol of the bytes a word is cut into, with the end mark if `last`; `NONE` if no code has it. */
export function charSymbol(p: usize, n: usize, last: bool): u32 {
  if (n > 4) return longSymbol(p, n, last);
  const key = charKey(p, n, last);
  let k = mix(key) & charMask;
  while (true) {
    const found = load<u64>(chars + (<usize>k << 4));
    if (found == key) return load<u32>(chars + (<usize>k << 4), 8);
    if (found == 0) return NONE;
    k = (k + 1) & charMask;
  }
}

/** The same for what is no character: stray bytes in a row, or a NUL with what follows it. */
function longSymbol(p: usize, n: usize, last: bool): u32 {
  if (!last) return symbols.find(p, n);
  const start = heapTop();
  const copy = alloc(<u64>n + 4);
  memory.copy(copy, p, n);
  store<u32>(copy + n, END);
  const id = symbols.find(copy, n + 4);
  release(start);
  return id;
}
