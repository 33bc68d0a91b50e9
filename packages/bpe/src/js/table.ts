import { isSeparator } from "../bytes.js";
import { packDump, readDump } from "../dump.js";
import type { WordTable } from "../engine.js";
import { grow } from "../grow.js";
import { createWordIndex } from "./words.js";

/** Bytes gathered, but for a longer line, before a piece of a vocabulary file is handed on. */
const pieceSize = 1 << 16;

export function createJsTable(): WordTable {
  const index = createWordIndex();
  let counts = new Float64Array(1 << 11);

  function add(bytes: Uint8Array, start: number, end: number, times: number): void {
    const id = index.idOf(bytes, start, end);
    if (id >= counts.length) counts = grow(counts);
    counts[id]! += times;
  }

  return {
    count(bytes, times = 1) {
      let start = 0;
      for (let i = 0; i < bytes.length; i++) {
        if (!isSeparator(bytes[i]!)) continue;
        if (i > start) add(bytes, start, i, times);
        start = i + 1;
      }
      if (bytes.length > start) add(bytes, start, bytes.length, times);
    },
    size: () => index.size(),
    forEach(visit) {
      for (let id = 0; id < index.size(); id++) visit(index.word(id), counts[id]!);
    },
    dump() {
      return packDump(this);
    },
    add(dump) {
      readDump(dump, (word, count) => add(word, 0, word.length, count));
    },
    *vocab() {
      const prefixes = Float64Array.from({ length: index.size() }, (_, id) => index.prefix(id));
      const ids = Int32Array.from(prefixes, (_, id) => id);
      ids.sort((a, b) => counts[b]! - counts[a]! || prefixes[a]! - prefixes[b]! || index.compare(a, b));
      let piece = new Uint8Array(pieceSize);
      let size = 0;
      for (const id of ids) {
        const word = index.word(id);
        const count = ` ${counts[id]}\n`;
        const end = size + word.length + count.length;
        if (end > piece.length) {
          if (size > 0) yield piece.subarray(0, size);
          if (end - size > piece.length) piece = new Uint8Array(end - size);
          size = 0;
        }
        piece.set(word, size);
        size += word.length;
        for (let i = 0; i < count.length; i++) piece[size++] = count.charCodeAt(i);
      }
      if (size > 0) yield piece.subarray(0, size);
    },
  };
}
