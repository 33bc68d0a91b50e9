// Coding one word: its characters, then again and again the merge of lowest rank, wherever it applies, from left to right.
import { asciiSymbol, charSymbol, isMonotone, rankOf } from "./codes";
import { alloc, heapTop, release } from "./memory";
import { createStack, isRestricted, takeApart } from "./restrict";
import { NONE } from "./strings";

/** Words of up to so many bytes are coded in arrays that are always there. */
const SHORT: usize = 256;

// Per symbol of the word: its number, where it ends in the word, and the rank of its pair with the next symbol.
let symbols: usize = 0;
let ends: usize = 0;
let ranks: usize = 0;
/** Where the subwords end. */
let cuts: usize = 0;


@inline
function get(array: usize, i: usize): u32 {
  return load<u32>(array + (i << 2));
}

@inline
function set(array: usize, i: usize, x: u32): void {
  store<u32>(array + (i << 2), x);
}

/** Memory for coding, once codes and vocabulary are there. */
export function createEncoder(): void {
  useArrays(SHORT);
  createStack();
}

/** Arrays for words of up to `n` bytes, in memory that is taken now. */
function useArrays(n: usize): void {
  const size = <u64>n + 8; // vectors of 4; and the cuts inside an end mark that was taken apart
  symbols = alloc(size << 2);
  ends = alloc(size << 2);
  ranks = alloc(size << 2);
  cuts = alloc(size << 2);
}

/**
 * Writes the subwords of the word `[w, w + size)` to `out`, which has room for `maxCoded(size)` bytes, joined by `@@ `.
 * @returns The bytes written; 0 for a word that stays as it is, of which nothing is written.
 */
export function encode(w: usize, size: usize, out: usize): usize {
  if (size <= SHORT) return encodeIn(w, size, out);
  const start = heapTop();
  const s = symbols;
  const e = ends;
  const r = ranks;
  const c = cuts;
  useArrays(size);
  const written = encodeIn(w, size, out);
  symbols = s;
  ends = e;
  ranks = r;
  cuts = c;
  release(start);
  return written;
}

function encodeIn(w: usize, size: usize, out: usize): usize {
  let n = cutCharacters(w, size);
  if (n > 1) n = n <= 64 && isMonotone() ? mergeFew(n) : mergeMany(n);
  set(ends, n - 1, <u32>size + 4);
  if (!isRestricted()) return n == 1 ? 0 : write(w, size, ends, n, out);
  let m: usize = 0;
  for (let i: usize = 0; i < n; i++) m = takeApart(get(symbols, i), get(ends, i), i == n - 1, cuts, m);
  return m == 1 ? 0 : write(w, size, cuts, m, out);
}

/** Cuts a word before each byte that begins a character, up to a NUL: that and all behind it stay with the last symbol. */
function cutCharacters(w: usize, size: usize): usize {
  const end = w + size;
  let n: usize = 0;
  let from = w;
  let p = w;
  let byte: u32 = load<u8>(w);
  while (byte && ++p < end) {
    const next: u32 = load<u8>(p);
    if (next && (next & 0xc0) != 0x80) {
      const id = byte < 0x80 && p - from == 1 ? asciiSymbol(byte, false) : charSymbol(from, p - from, false);
      set(symbols, n, id);
      set(ends, n, <u32>(p - w));
      n++;
      from = p;
    }
    byte = next;
  }
  const first: u32 = load<u8>(from);
  const id = first < 0x80 && end - from == 1 ? asciiSymbol(first, true) : charSymbol(from, end - from, true);
  set(symbols, n, id);
  set(ends, n, <u32>size);
  return n + 1;
}

/**
 * Up to 64 symbols and codes that were learned: merging one pair at a time comes to the same, as what a merge makes
 * possible has a higher rank. Symbols keep their places; a bit each says which are left. The keys, rank and place in one
 * number, are compared four at a time.
 */
function mergeFew(n: usize): usize {
  const padded = (n + 3) & ~3;
  let alive: u64 = n == 64 ? ~(<u64>0) : (<u64>1 << <u64>n) - 1;
  let left = get(symbols, 0);
  for (let i: usize = 0; i + 1 < n; i++) {
    const right = get(symbols, i + 1);
    setKey(i, rankOf(left, right));
    left = right;
  }
  for (let i = n - 1; i < padded; i++) set(ranks, i, NONE);
  while (true) {
    let v = v128.load(ranks);
    for (let i: usize = 4; i < padded; i += 4) v = i32x4.min_u(v, v128.load(ranks + (i << 2)));
    v = i32x4.min_u(v, i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    v = i32x4.min_u(v, i8x16.shuffle(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15));
    const best = <u32>i32x4.extract_lane(v, 0);
    if (best == NONE) break;
    const at = <usize>(best & 255);
    const result = best >> 8;
    const behind = alive & ~((<u64>2 << <u64>at) - 1);
    const gone = <usize>ctz(behind);
    alive &= ~(<u64>1 << <u64>gone);
    set(ranks, gone, NONE);
    set(symbols, at, result);
    const next = behind & (behind - 1);
    setKey(at, next ? rankOf(result, get(symbols, <usize>ctz(next))) : NONE);
    const ahead = alive & ((<u64>1 << <u64>at) - 1);
    if (ahead) {
      const previous = <usize>(63 - clz(ahead));
      setKey(previous, rankOf(get(symbols, previous), result));
    }
  }
  let m: usize = 0;
  const last = get(ends, n - 1);
  while (alive) {
    const at = <usize>ctz(alive);
    alive &= alive - 1;
    set(symbols, m, get(symbols, at));
    set(ends, m, alive ? get(ends, <usize>ctz(alive) - 1) : last);
    m++;
  }
  return m;
}


@inline
function setKey(at: usize, rank: u32): void {
  set(ranks, at, rank == NONE ? NONE : (rank << 8) | <u32>at);
}

// Any number of symbols, any codes: a linked list of symbols and a heap of pairs, rank in the upper half, place in the lower.
let next: usize = 0;
let previous: usize = 0;
let heap: usize = 0;
let heapSize: usize = 0;

function mergeMany(n: usize): usize {
  const start = heapTop();
  next = alloc(<u64>n << 2);
  previous = alloc(<u64>n << 2);
  const round = alloc(<u64>n << 2);
  heap = alloc(<u64>n << 4); // a merge takes one pair out and puts two in: never more than twice the symbols
  heapSize = 0;
  for (let i: usize = 0; i < n; i++) {
    set(next, i, <u32>i + 1);
    set(previous, i, <u32>i - 1);
  }
  for (let i: usize = 0; i < n; i++) rate(i, n);
  while (heapSize) {
    const rank = <u32>(load<u64>(heap) >> 32);
    // The whole round is taken out first: what it makes possible has to wait, even at a lower rank.
    let m: usize = 0;
    for (; heapSize && <u32>(load<u64>(heap) >> 32) == rank; m++) set(round, m, pop());
    for (let i: usize = 0; i < m; i++) {
      const at = <usize>get(round, i);
      if (get(ranks, at) != rank) continue; // one of the two has gone into another merge
      const gone = <usize>get(next, at);
      set(symbols, at, rank);
      set(ends, at, get(ends, gone));
      set(ranks, gone, NONE);
      const behind = get(next, gone);
      set(next, at, behind);
      if (behind < <u32>n) set(previous, behind, <u32>at);
      rate(at, n);
      if (get(previous, at) != NONE) rate(get(previous, at), n);
    }
  }
  let m: usize = 0;
  for (let i: usize = 0; i < n; i = get(next, i)) {
    set(symbols, m, get(symbols, i));
    set(ends, m, get(ends, i));
    m++;
  }
  release(start);
  return m;
}

function rate(at: usize, n: usize): void {
  const behind = get(next, at);
  const rank = behind < <u32>n ? rankOf(get(symbols, at), get(symbols, behind)) : NONE;
  set(ranks, at, rank);
  if (rank == NONE) return;
  const pair = (<u64>rank << 32) | at;
  let i = heapSize++;
  while (i) {
    const parent = (i - 1) >> 1;
    const above = load<u64>(heap + (parent << 3));
    if (above <= pair) break;
    store<u64>(heap + (i << 3), above);
    i = parent;
  }
  store<u64>(heap + (i << 3), pair);
}

/** Place of the first pair of the heap, which is taken out. */
function pop(): u32 {
  const place = <u32>load<u64>(heap);
  const last = load<u64>(heap + (--heapSize << 3));
  let i: usize = 0;
  while (true) {
    let child = (i << 1) + 1;
    if (child >= heapSize) break;
    let pair = load<u64>(heap + (child << 3));
    if (child + 1 < heapSize && load<u64>(heap + (child << 3), 8) < pair) pair = load<u64>(heap + (++child << 3));
    if (pair >= last) break;
    store<u64>(heap + (i << 3), pair);
    i = child;
  }
  store<u64>(heap + (i << 3), last);
  return place;
}

/** Writes the word cut at `n` places, of which the last is behind the end mark, with `@@ ` at each but that one. */
function write(w: usize, size: usize, at: usize, n: usize, out: usize): usize {
  if (get(at, n - 2) > <u32>size) return writeCutMark(w, size, at, n, out);
  let o = out;
  let from: usize = 0;
  for (let i: usize = 0; i < n; i++) {
    const end = i + 1 < n ? <usize>get(at, i) : size;
    for (let k = from; k < end; k += 16) v128.store(o + k - from, v128.load(w + k));
    store<u32>(o + end - from, 0x204040); // "@@ "
    o += end - from + 3;
    from = end;
  }
  return o - 3 - out;
}

/** The end mark itself was taken apart: as in fastBPE, `@@ ` is put behind every subword, then 7 bytes are cut off. */
function writeCutMark(w: usize, size: usize, at: usize, n: usize, out: usize): usize {
  let o = out;
  let from: usize = 0;
  for (let i: usize = 0; i < n; i++) {
    const end = <usize>get(at, i);
    for (; from < end; from++) {
      store<u8>(o++, from < size ? load<u8>(w + from) : <u8>(0x3e772f3c >> <u32>((from - size) << 3)));
    }
    store<u32>(o, 0x204040);
    o += 3;
  }
  return o - out - 7;
}
