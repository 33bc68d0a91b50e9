// Counting: words of texts, and of the dumps of other tables.
import { ENTRY, fillBatch, firstEntry, keyOf, lastEntry, sizeOf, slotOf, tagOf, textOf } from "./batch";
import { same16 } from "./hash";
import { addCount, countOf, find, find16, findLong, firstRecord, lengthOf, nextRecord, wordOf } from "./table";

const DUMP_HEAD: usize = 12;

/** Counts the words in `[p, p + n)` that a separator ends, `times` each. Returns the bytes up to the last of them. */
export function count(p: usize, n: usize, times: f64): usize {
  const from = p;
  const end = p + n;
  const c = <u64>times;
  while (true) {
    p = fillBatch(p, end);
    const last = lastEntry();
    let entry = firstEntry();
    if (entry == last) return p - from;
    for (; entry < last; entry += ENTRY) {
      const slot = slotOf(entry);
      const size = sizeOf(entry);
      const tag = tagOf(entry);
      let rec = <usize>(slot >> 32);
      if (<u32>slot != tag || rec == 0 || lengthOf(rec) != size || size > 16 || !same16(v128.load(rec), keyOf(entry))) {
        if (size == 0) continue;
        rec = size <= 16 ? find16(keyOf(entry), tag, textOf(entry), size) : findLong(tag, textOf(entry), size);
      }
      addCount(rec, c);
    }
  }
}

/** Adds the words of a dump in `[p, p + n)` that are there to their end. Returns their bytes. */
export function addDump(p: usize, n: usize): usize {
  const from = p;
  const end = p + n;
  while (p + DUMP_HEAD <= end) {
    const size = <usize>load<u32>(p);
    if (<u64>p + DUMP_HEAD + size > <u64>end) break;
    addCount(find(p + DUMP_HEAD, size), <u64>load<f64>(p, 4));
    p += DUMP_HEAD + size;
  }
  return p - from;
}

let dumped: usize = 0;

/** Writes dump entries from the record `rec` on while they fit into `[out, out + room)`. Returns where it stopped. */
export function dump(rec: usize, out: usize, room: usize): usize {
  const end = out + room;
  let o = out;
  while (rec) {
    const size = lengthOf(rec);
    if (o + DUMP_HEAD + size > end) break;
    store<u32>(o, <u32>size);
    store<f64>(o, <f64>countOf(rec), 4);
    memory.copy(o + DUMP_HEAD, wordOf(rec), size);
    o += DUMP_HEAD + size;
    rec = nextRecord(rec);
  }
  dumped = o - out;
  return rec;
}

/** Bytes that `dump` has written. */
export function dumpedBytes(): usize {
  return dumped;
}

/** Bytes of a dump of the whole table. */
export function dumpSize(): f64 {
  let bytes: u64 = 0;
  for (let rec = firstRecord(); rec; rec = nextRecord(rec)) bytes += DUMP_HEAD + lengthOf(rec);
  return <f64>bytes;
}
