// The vocabulary of a table: words in the order of their counts, most frequent first, ties by their bytes.
import { alloc, release } from "./memory";
import { countOf, firstRecord, lengthOf, nextRecord, size, wordOf } from "./table";

// What is sorted: addresses of records, and next to them the part of their sort key that is being compared.
let records: usize = 0;
let keys: usize = 0;


@inline
function record(i: usize): usize {
  return load<u32>(records + (i << 2));
}

@inline
function key(i: usize): u64 {
  return load<u64>(keys + (i << 3));
}

@inline
function set(i: usize, k: u64, rec: usize): void {
  store<u64>(keys + (i << 3), k);
  store<u32>(records + (i << 2), <u32>rec);
}

/** Part `depth` of a sort key: 0 is the count, larger ones come first; 1 and above are 8 bytes of the word each. */
@inline
function part(rec: usize, depth: usize): u64 {
  return depth ? bytes8(rec, (depth - 1) << 3) : ~countOf(rec);
}

/** Bytes `[from, from + 8)` as a number that compares like them, zeros behind the end. */
function bytes8(rec: usize, from: usize): u64 {
  const n = lengthOf(rec);
  if (from >= n) return 0;
  const v = bswap<u64>(load<u64>(wordOf(rec) + from));
  const left = n - from;
  if (left >= 8) return v;
  const unused = (8 - <u64>left) << 3;
  return (v >> unused) << unused;
}

/** Whether `a` comes before `b`, whose parts before `depth` are the same. */
function before(a: usize, b: usize, depth: usize): bool {
  const la = lengthOf(a);
  const lb = lengthOf(b);
  const shared = (min(la, lb) + 7) >> 3;
  for (; depth <= shared; depth++) {
    const x = part(a, depth);
    const y = part(b, depth);
    if (x != y) return x < y;
  }
  return la < lb;
}

/** Quicksort of a range whose keys are part `depth`. Of the words with the pivot's part the next parts are compared. */
function sort(lo: usize, hi: usize, depth: usize): void {
  while (hi - lo > 12) {
    const a = key(lo);
    const b = key(lo + ((hi - lo) >> 1));
    const c = key(hi - 1);
    const pivot = a < b ? (b < c ? b : a < c ? c : a) : a < c ? a : b < c ? c : b;
    let less = lo;
    let more = hi;
    for (let i = lo; i < more; ) {
      const k = key(i);
      const rec = record(i);
      if (k < pivot) {
        set(i++, key(less), record(less));
        set(less++, k, rec);
      } else if (k > pivot) {
        more--;
        set(i, key(more), record(more));
        set(more, k, rec);
      } else i++;
    }
    // The largest of the three goes on in this loop: the others are at most half, so the stack stays shallow.
    const deeper = more - less > 1 ? nextDepth(less, more, depth) : 0;
    const below = less - lo;
    const above = hi - more;
    if (deeper && more - less >= max(below, above)) {
      sort(lo, less, depth);
      sort(more, hi, depth);
      lo = less;
      hi = more;
      depth = deeper;
      continue;
    }
    if (deeper) sort(less, more, deeper);
    if (below > above) {
      sort(more, hi, depth);
      hi = less;
    } else {
      sort(lo, less, depth);
      lo = more;
    }
  }
  for (let i = lo + 1; i < hi; i++) {
    const k = key(i);
    const rec = record(i);
    let j = i;
    for (; j > lo; j--) {
      const kj = key(j - 1);
      const rj = record(j - 1);
      if (kj < k || (kj == k && !before(rec, rj, depth + 1))) break;
      set(j, kj, rj);
    }
    set(j, k, rec);
  }
}

/** Many words, whose keys are part 1: each goes to the place of byte `shift / 8`, then those of every byte are sorted. */
function deal(lo: usize, hi: usize, shift: u64): void {
  const ends = alloc(512 * 4);
  const starts = ends + 256 * 4;
  memory.fill(ends, 0, 256 * 4);
  for (let i = lo; i < hi; i++) {
    const end = ends + (<usize>((key(i) >> shift) & 255) << 2);
    store<u32>(end, load<u32>(end) + 1);
  }
  let at = lo;
  for (let byte: usize = 0; byte < 256; byte++) {
    const end = ends + (byte << 2);
    store<u32>(starts + (byte << 2), <u32>at);
    at += load<u32>(end);
    store<u32>(end, <u32>at);
  }
  for (let byte: usize = 0; byte < 256; byte++) {
    const end = <usize>load<u32>(ends + (byte << 2));
    for (let i = <usize>load<u32>(starts + (byte << 2)); i < end; i++) {
      let k = key(i);
      let rec = record(i);
      for (let b = <usize>((k >> shift) & 255); b != byte; b = <usize>((k >> shift) & 255)) {
        const place = starts + (b << 2);
        const j = <usize>load<u32>(place);
        store<u32>(place, <u32>j + 1);
        const other = key(j);
        const otherRec = record(j);
        set(j, k, rec);
        k = other;
        rec = otherRec;
      }
      set(i, k, rec);
    }
  }
  at = lo;
  for (let byte: usize = 0; byte < 256; byte++) {
    const end = <usize>load<u32>(ends + (byte << 2));
    if (end - at > 1) {
      if (shift == 0) sortEqual(at, end, 1);
      else if (end - at > MANY) deal(at, end, shift - 8);
      else sort(at, end, 1);
    }
    at = end;
  }
  release(ends);
}

/** Sorts words whose parts up to `depth` are the same. */
function sortEqual(lo: usize, hi: usize, depth: usize): void {
  const deeper = nextDepth(lo, hi, depth);
  if (deeper) sort(lo, hi, deeper);
}

/**
 * Takes as the keys of a range the first part after `depth` in which the words differ. Returns its number, or 0 if there is
 * none and the range is sorted now.
 */
function nextDepth(lo: usize, hi: usize, depth: usize): usize {
  while (true) {
    depth++;
    let any = false;
    let same = true;
    const k = part(record(lo), depth);
    for (let i = lo; i < hi; i++) {
      const rec = record(i);
      const next = part(rec, depth);
      store<u64>(keys + (i << 3), next);
      if (lengthOf(rec) > (depth - 1) << 3) any = true;
      if (next != k) same = false;
    }
    if (!any) {
      byLength(lo, hi);
      return 0;
    }
    if (!same) return depth;
  }
}

/** Words that differ in the number of NUL bytes at their ends alone. */
function byLength(lo: usize, hi: usize): void {
  for (let i = lo + 1; i < hi; i++) {
    const rec = record(i);
    let j = i;
    for (; j > lo && lengthOf(record(j - 1)) > lengthOf(rec); j--) store<u32>(records + (j << 2), <u32>record(j - 1));
    store<u32>(records + (j << 2), <u32>rec);
  }
}

/** More words than this are dealt out by their bytes before they are sorted. */
const MANY: usize = 256;

/** Counts from here on are sorted, smaller ones are counted themselves. */
const HIGH: usize = 1 << 16;

/** Sorts the table and returns the address of the list of records, which is the caller's to release. */
export function sortVocab(): usize {
  const n = <usize>size();
  records = alloc(<u64>n << 2);
  keys = alloc(<u64>n << 3);
  const places = alloc(<u64>HIGH << 2); // first by count: how many words have it; then where the next of them goes
  memory.fill(places, 0, HIGH << 2);
  for (let rec = firstRecord(); rec; rec = nextRecord(rec)) {
    const place = places + (<usize>min<u64>(countOf(rec), HIGH) - 1 << 2);
    store<u32>(place, load<u32>(place) + 1);
  }
  let at: u32 = 0;
  for (let count = HIGH; count > 0; count--) {
    const place = places + (count - 1 << 2);
    const words = load<u32>(place);
    store<u32>(place, at);
    at += words;
  }
  for (let rec = firstRecord(); rec; rec = nextRecord(rec)) {
    const place = places + (<usize>min<u64>(countOf(rec), HIGH) - 1 << 2);
    const i = <usize>load<u32>(place);
    store<u32>(place, <u32>i + 1);
    store<u32>(records + (i << 2), <u32>rec);
  }
  let lo: usize = 0;
  for (let count = HIGH; count > 0; count--) {
    const hi = <usize>load<u32>(places + (count - 1 << 2));
    if (count == HIGH) {
      for (let i = lo; i < hi; i++) store<u64>(keys + (i << 3), part(record(i), 0));
      sort(lo, hi, 0);
    } else if (hi - lo > MANY) {
      for (let i = lo; i < hi; i++) store<u64>(keys + (i << 3), part(record(i), 1));
      deal(lo, hi, 56);
    } else if (hi - lo > 1) sortEqual(lo, hi, 0);
    lo = hi;
  }
  release(keys);
  return records;
}

/** Records lie all over the memory: they are asked for some words before they are needed. */
const AHEAD: usize = 24;

let touched: u32 = 0;
let written: usize = 0;

/** Writes lines `word count` of a sorted list from `i` on while they fit. Returns where it stopped. */
export function writeVocab(list: usize, i: usize, n: usize, out: usize, room: usize): usize {
  const end = out + room;
  let o = out;
  let sum: u32 = 0;
  for (; i < n; i++) {
    if (i + AHEAD < n) sum ^= load<u32>(load<u32>(list + (i + AHEAD << 2)), 16);
    const rec = <usize>load<u32>(list + (i << 2));
    const size = lengthOf(rec);
    if (o + size + 32 > end) break;
    const word = wordOf(rec);
    for (let k: usize = 0; k < size; k += 16) v128.store(o + k, v128.load(word + k));
    store<u8>(o + size, 0x20);
    o = writeNumber(o + size + 1, countOf(rec));
    store<u8>(o++, 0x0a);
  }
  touched = sum; // or the loads would be left out
  written = o - out;
  return i;
}

/** Bytes that `writeVocab` has written. */
export function vocabBytes(): usize {
  return written;
}

function writeNumber(o: usize, x: u64): usize {
  if (x < 10) {
    store<u8>(o, 0x30 + <u8>x);
    return o + 1;
  }
  let digits: usize = 1;
  for (let y = x; y >= 10; y /= 10) digits++;
  for (let i = digits; i > 0; i--) {
    store<u8>(o + i - 1, 0x30 + <u8>(x % 10));
    x /= 10;
  }
  return o + digits;
}
