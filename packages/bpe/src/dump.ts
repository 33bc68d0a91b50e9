import { FormatError } from "@xlm/core";
import type { WordTable } from "./engine.js";

/** Length (u32) and count (f64) ahead of each word's bytes. */
export const DUMP_HEAD = 12;

/** Writes a table as bytes; see `WordTable.dump`. */
export function packDump(table: Pick<WordTable, "forEach">): Uint8Array {
  let size = 0;
  table.forEach((word) => (size += DUMP_HEAD + word.length));
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  table.forEach((word, count) => {
    view.setUint32(at, word.length, true);
    view.setFloat64(at + 4, count, true);
    bytes.set(word, at + DUMP_HEAD);
    at += DUMP_HEAD + word.length;
  });
  return bytes;
}

/** Visits the words of a dump once all of it has been checked. @throws FormatError for bytes that are none. */
export function readDump(dump: Uint8Array, visit: (word: Uint8Array, count: number) => void): void {
  checkDump(dump);
  const view = new DataView(dump.buffer, dump.byteOffset, dump.byteLength);
  for (let at = 0; at < dump.length;) {
    const end = at + DUMP_HEAD + view.getUint32(at, true);
    visit(dump.subarray(at + DUMP_HEAD, end), view.getFloat64(at + 4, true));
    at = end;
  }
}

/** @throws FormatError unless words of at least one byte, with counts from 1, fill `dump` exactly. */
export function checkDump(dump: Uint8Array): void {
  const view = new DataView(dump.buffer, dump.byteOffset, dump.byteLength);
  for (let at = 0; at < dump.length;) {
    const size = at + DUMP_HEAD <= dump.length ? view.getUint32(at, true) : 0;
    const count = size > 0 ? view.getFloat64(at + 4, true) : 0;
    if (size === 0 || !Number.isSafeInteger(count) || count < 1 || at + DUMP_HEAD + size > dump.length) {
      throw new FormatError({
        what: `the bytes from ${at} on are no word with a count`,
        why: "only what dump() returned can be added",
        fix: "pass a dump whole and unchanged",
      });
    }
    at += DUMP_HEAD + size;
  }
}
