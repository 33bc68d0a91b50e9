// Coding texts. Every distinct word is coded once; its record then holds the bytes that take its place.
import { ENTRY, fillBatch, firstEntry, keyOf, lastEntry, sizeOf, slotOf, tagOf, textOf } from "./batch";
import { encode } from "./encode";
import { same16 } from "./hash";
import { heapTop, release } from "./memory";
import { createTable, find16, findLong, keepOutput, lengthOf, outputPlace, size, wordOf } from "./table";

let start: usize = 0;
let maxWords: f64 = 0;
let maxBytes: f64 = 0;
let written: usize = 0;

/** Begins to remember words, behind all memory in use. All are forgotten when there are too many of them. */
export function createCache(words: f64, bytes: f64): void {
  start = heapTop();
  maxWords = words;
  maxBytes = bytes;
  createTable(true);
}

/** Forgets all words if there are too many; between two batches, as entries of a batch point to records. */
function tidy(): void {
  if (<f64>size() < maxWords && <f64>(heapTop() - start) < maxBytes) return;
  release(start);
  createTable(true);
}

/** The record of an entry's word. */
@inline
function recordOf(entry: usize): usize {
  const slot = slotOf(entry);
  const rec = <usize>(slot >> 32);
  const n = sizeOf(entry);
  if (<u32>slot == tagOf(entry) && rec && lengthOf(rec) == n && n <= 16 && same16(v128.load(rec), keyOf(entry))) return rec;
  return otherRecord(entry);
}

function otherRecord(entry: usize): usize {
  const known = size();
  const n = sizeOf(entry);
  const rec =
    n <= 16 ? find16(keyOf(entry), tagOf(entry), textOf(entry), n) : findLong(tagOf(entry), textOf(entry), n);
  if (size() == known) return rec;
  const place = outputPlace();
  const coded = encode(wordOf(rec), n, place);
  store<u32>(rec, <u32>(coded ? place : wordOf(rec)), 24);
  store<u32>(rec, <u32>(coded ? coded : n), 28);
  if (coded) keepOutput(coded);
  return rec;
}

/** Copies the coded word of a record; up to 15 bytes more are written. */
@inline
function copyOutput(rec: usize, out: usize): usize {
  const from = <usize>load<u32>(rec, 24);
  const n = <usize>load<u32>(rec, 28);
  v128.store(out, v128.load(from));
  for (let i: usize = 16; i < n; i += 16) v128.store(out + i, v128.load(from + i));
  return out + n;
}

/**
 * Codes the words of `[p, p + n)` that a separator ends, and copies separators. `out` has room for 7 n + 64 bytes: a word of
 * one byte can become 13, if the vocabulary forbids its end mark.
 * @returns The bytes up to the last separator.
 */
export function code(p: usize, n: usize, out: usize): usize {
  const from = p;
  const end = p + n;
  let o = out;
  while (true) {
    tidy();
    p = fillBatch(p, end);
    const last = lastEntry();
    let entry = firstEntry();
    if (entry == last) break;
    for (; entry < last; entry += ENTRY) {
      const size = sizeOf(entry);
      if (size) o = copyOutput(recordOf(entry), o);
      store<u8>(o++, load<u8>(textOf(entry) + size));
    }
  }
  written = o - out;
  return p - from;
}

let lineOpen: bool = false;

/**
 * The same with one space between the words of a line and none at its ends.
 * @param open Whether the line at `p` has a word already; `isLineOpen` says so of the line behind the end.
 */
export function codeLines(p: usize, n: usize, out: usize, open: bool): usize {
  const from = p;
  const end = p + n;
  let o = out;
  while (true) {
    tidy();
    p = fillBatch(p, end);
    const last = lastEntry();
    let entry = firstEntry();
    if (entry == last) break;
    for (; entry < last; entry += ENTRY) {
      const size = sizeOf(entry);
      if (size) {
        if (open) store<u8>(o++, 0x20);
        open = true;
        o = copyOutput(recordOf(entry), o);
      }
      if (load<u8>(textOf(entry) + size) == 0x0a) {
        store<u8>(o++, 0x0a);
        open = false;
      }
    }
  }
  lineOpen = open;
  written = o - out;
  return p - from;
}

export function isLineOpen(): bool {
  return lineOpen;
}

/** Bytes that `code` or `codeLines` has written. */
export function codedBytes(): usize {
  return written;
}
