// Text is taken 256 words at a time: first all are cut off and hashed, then their slots are read, then their records. The
// processor so waits for many places in memory at once, where one word after the other would wait for each.
import { hash16, hashLong, maskOf } from "./hash";
import { alloc } from "./memory";
import { homeSlot } from "./table";

// An entry is the key (16 bytes), address and length of the word, the slot's content (8 bytes), the tag and 4 free bytes.
export const ENTRY: usize = 40;
const BATCH: usize = 256;

let entries: usize = 0;
let nEntries: usize = 0;
let touched: u64 = 0;

export function createBatch(): void {
  entries = alloc(<u64>(BATCH * ENTRY));
}

export function firstEntry(): usize {
  return entries;
}

export function lastEntry(): usize {
  return entries + nEntries * ENTRY;
}


@inline
export function keyOf(entry: usize): v128 {
  return v128.load(entry);
}

@inline
export function textOf(entry: usize): usize {
  return load<u32>(entry, 16);
}

@inline
export function sizeOf(entry: usize): usize {
  return load<u32>(entry, 20);
}

@inline
export function slotOf(entry: usize): u64 {
  return load<u64>(entry, 24);
}

@inline
export function tagOf(entry: usize): u32 {
  return load<u32>(entry, 32);
}

/** Bit i says whether byte i is a space or newline. */
@inline
function separators(v: v128): i32 {
  return i8x16.bitmask(v128.or(i8x16.eq(v, i8x16.splat(0x20)), i8x16.eq(v, i8x16.splat(0x0a))));
}

/** The first separator from `p` on, or `end`. */
function separatorFrom(p: usize, end: usize): usize {
  for (; p < end; p += 16) {
    const m = separators(v128.load(p));
    if (m) return min(p + ctz(m), end);
  }
  return end;
}

/**
 * Cuts words off the text at `p` until the batch is full or no separator is left. An entry of size 0 is a separator that
 * follows another one.
 * @returns Where the next word begins.
 */
export function fillBatch(p: usize, end: usize): usize {
  let entry = entries;
  const full = entries + BATCH * ENTRY;
  while (entry < full && p < end) {
    const v = v128.load(p);
    const m = separators(v);
    let n: usize;
    if (m) {
      n = ctz(m);
      if (p + n >= end) break;
      const key = v128.and(v, maskOf(n));
      v128.store(entry, key);
      store<u32>(entry, <u32>(hash16(key) >> 32), 32);
    } else {
      const e = separatorFrom(p + 16, end);
      if (e == end) break;
      n = e - p;
      v128.store(entry, v);
      store<u32>(entry, <u32>((n == 16 ? hash16(v) : hashLong(p, n)) >> 32), 32);
    }
    store<u32>(entry, <u32>p, 16);
    store<u32>(entry, <u32>n, 20);
    entry += ENTRY;
    p += n + 1;
  }
  nEntries = (entry - entries) / ENTRY;
  const last = entry;
  for (entry = entries; entry < last; entry += ENTRY) store<u64>(entry, homeSlot(load<u32>(entry, 32)), 24);
  let sum: u64 = 0;
  for (entry = entries; entry < last; entry += ENTRY) sum ^= load<u64>(<usize>(load<u64>(entry, 24) >> 32), 24);
  touched = sum; // or the loads would be left out
  return p;
}
