// Distinct words, one record each, in the order of first sight. Records never move.
//
//   bytes  0-15  the first 16 bytes of the word, zeros behind a shorter one
//         16-19  its length, 1 or more
//         20-23  its tag, 32 bits of its hash
//         24-31  counting: the count (u64). Coding: address and length of the coded word
//         32-    the whole word if it is longer than 16 bytes, zeros up to a multiple of 16
//
// Frequent words come early in any text, so their records lie close together. Records fill pieces of memory; where a
// piece ends, a record of length 0 holds the address of the next record instead of a tag, or 0 behind the last one.
//
//   for (let rec = firstRecord(); rec; rec = nextRecord(rec)) use(wordOf(rec), lengthOf(rec), countOf(rec));
import { hashLong, sameBytes, same16, hash16, first } from "./hash";
import { alloc, heapTop } from "./memory";

const RECORD: usize = 32;
const PIECE: u64 = 1 << 18;
const FIRST_SLOTS: u32 = 1 << 12;

// A slot is a record's address and, in the lower half, its tag; 0 is free.
let slots: usize = 0;
let mask: u32 = 0;

let nRecords: u32 = 0;
let start: usize = 0;
let top: usize = 0; // the end of the records
let limit: usize = 0; // the end of the piece they are in
let spare: usize = 0; // slots that have become too few: the next piece
let spareEnd: usize = 0;
let longest: u32 = 0;
let outputs: bool = false; // whether records are followed by coded words

export function size(): u32 {
  return nRecords;
}

/** Length of the longest word. */
export function longestWord(): u32 {
  return longest;
}

/** The first record, or 0. */
export function firstRecord(): usize {
  return nRecords ? start : 0;
}

/** The record behind another one, or 0. */
export function nextRecord(rec: usize): usize {
  let next = recordEnd(rec);
  if (outputs && <usize>load<u32>(rec, 24) == next) next = (next + load<u32>(rec, 28) + 15) & ~15;
  return load<u32>(next, 16) ? next : <usize>load<u32>(next, 20);
}


@inline
export function lengthOf(rec: usize): usize {
  return load<u32>(rec, 16);
}

/** Address of the word's bytes; up to 15 more may be read behind them. */
@inline
export function wordOf(rec: usize): usize {
  return lengthOf(rec) <= 16 ? rec : rec + RECORD;
}


@inline
export function countOf(rec: usize): u64 {
  return load<u64>(rec, 24);
}

@inline
export function addCount(rec: usize, n: u64): void {
  store<u64>(rec, load<u64>(rec, 24) + n, 24);
}


@inline
function recordEnd(rec: usize): usize {
  const n = lengthOf(rec);
  return rec + RECORD + (n > 16 ? (n + 15) & ~15 : 0);
}

/**
 * Begins a table behind all memory in use. An earlier one is forgotten; one whose memory has been released leaves its
 * number of slots, as it will be wanted again.
 */
export function createTable(forOutputs: bool): void {
  outputs = forOutputs;
  const cap = max(mask + 1, FIRST_SLOTS);
  slots = alloc(<u64>cap << 3);
  memory.fill(slots, 0, <usize>cap << 3);
  mask = cap - 1;
  nRecords = 0;
  longest = 0;
  spare = spareEnd = 0;
  start = top = alloc(PIECE);
  limit = heapTop();
}

/** Makes room for `n` bytes and the record of length 0 behind them. */
function reserve(n: u64): void {
  const size = n + RECORD;
  if (<u64>top + size <= <u64>limit) return;
  if (limit == heapTop()) {
    alloc(max(<u64>top + size - <u64>limit, PIECE));
    limit = heapTop();
    return;
  }
  let next = spare;
  if (<u64>(spareEnd - spare) >= size) {
    limit = spareEnd;
    spare = spareEnd = 0;
  } else {
    next = alloc(max(size, PIECE));
    limit = heapTop();
  }
  store<u32>(top, 0, 16);
  store<u32>(top, <u32>next, 20);
  if (nRecords == 0) start = next;
  top = next;
}

function growSlots(): void {
  const cap = <u64>(mask + 1) << 1;
  const larger = alloc(cap << 3);
  memory.fill(larger, 0, <usize>(cap << 3));
  const m = <u32>(cap - 1);
  // In the order of first sight, so that frequent words are found at the first try.
  for (let rec = start; rec; rec = nextRecord(rec)) {
    const tag = load<u32>(rec, 20);
    let k = tag & m;
    while (load<u64>(larger + (<usize>k << 3))) k = (k + 1) & m;
    store<u64>(larger + (<usize>k << 3), (<u64>rec << 32) | tag);
  }
  const old = (<usize>mask + 1) << 3;
  if (old > spareEnd - spare) {
    spare = slots;
    spareEnd = slots + old;
  }
  slots = larger;
  mask = m;
}

/** Adds a word that slot `k` is free for. Its count is 0. */
function add(tag: u32, k: u32, key: v128, p: usize, n: usize): usize {
  const whole = n > 16 ? (n + 15) & ~15 : 0;
  reserve(RECORD + <u64>whole + (outputs ? maxCoded(n) : 0));
  const rec = top;
  top += RECORD + whole;
  v128.store(rec, key);
  store<u32>(rec, <u32>n, 16);
  store<u32>(rec, tag, 20);
  store<u64>(rec, 0, 24);
  if (n > 16) {
    const word = rec + RECORD;
    let i: usize = 0;
    for (; i + 16 <= n; i += 16) v128.store(word + i, v128.load(p + i));
    if (i < n) v128.store(word + i, first(p + i, n - i));
    longest = max(longest, <u32>n);
  }
  store<u64>(top, 0, 16);
  store<u64>(slots + (<usize>k << 3), (<u64>rec << 32) | tag);
  nRecords++;
  if (nRecords > mask >> 1) growSlots();
  return rec;
}

/** The most bytes that a word can become, and what is written ahead of the final cut and behind the end. */
@inline
export function maxCoded(n: usize): u64 {
  return (<u64>n + 4) * 4 + 32;
}

/** Where the coded form of the newest record goes; it has room for `maxCoded` bytes. */
export function outputPlace(): usize {
  return top;
}

/** Keeps `n` bytes there. */
export function keepOutput(n: usize): void {
  top = (top + n + 15) & ~15;
  store<u64>(top, 0, 16);
}

/** What the slot that a tag belongs to holds: probably the record's address in the upper half and the tag. */
@inline
export function homeSlot(tag: u32): u64 {
  return load<u64>(slots + (<usize>(tag & mask) << 3));
}

/** The record of a word of up to 16 bytes; `p` is where it stands in the text. Is it new, `size()` grows. */
export function find16(key: v128, tag: u32, p: usize, n: usize): usize {
  let k = tag & mask;
  while (true) {
    const slot = load<u64>(slots + (<usize>k << 3));
    const rec = <usize>(slot >> 32);
    if (rec == 0) return add(tag, k, key, p, n);
    if (<u32>slot == tag && lengthOf(rec) == n && same16(v128.load(rec), key)) return rec;
    k = (k + 1) & mask;
  }
  return 0;
}

/** The record of a longer word. */
export function findLong(tag: u32, p: usize, n: usize): usize {
  let k = tag & mask;
  while (true) {
    const slot = load<u64>(slots + (<usize>k << 3));
    const rec = <usize>(slot >> 32);
    if (rec == 0) return add(tag, k, v128.load(p), p, n);
    if (<u32>slot == tag && lengthOf(rec) == n && sameBytes(rec + RECORD, p, n)) return rec;
    k = (k + 1) & mask;
  }
  return 0;
}

/** The record of any word. */
export function find(p: usize, n: usize): usize {
  if (n > 16) return findLong(<u32>(hashLong(p, n) >> 32), p, n);
  const key = first(p, n);
  return find16(key, <u32>(hash16(key) >> 32), p, n);
}
