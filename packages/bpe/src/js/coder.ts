import { isSeparator } from "../bytes.js";
import type { BpeCodes } from "../codes.js";
import type { WordCounts } from "../count.js";
import type { Coder } from "../engine.js";
import { grow } from "../grow.js";
import { codedSize, createEncoder } from "./encoder.js";
import { createWordIndex } from "./words.js";

/** Bytes of coded words after which all are forgotten, however few they are. */
const cacheBytes = 2 ** 28;

export function createJsCoder(codes: BpeCodes, vocab: WordCounts | undefined, cacheSize: number): Coder {
  const encode = createEncoder(codes, vocab);

  // Finished words: those of the index, coded, one after the other in `coded`.
  let index = createWordIndex();
  let coded = new Uint8Array(1 << 15);
  let codedEnds = new Float64Array(1 << 11);

  let out = new Uint8Array(1 << 10);
  let size = 0;
  function reserve(more: number): void {
    if (size + more > out.length) out = grow(out, size + more);
  }
  function writeByte(byte: number): void {
    reserve(1);
    out[size++] = byte;
  }
  function writeWord(bytes: Uint8Array, start: number, end: number): void {
    let known = index.size();
    if (known >= cacheSize || (known > 0 && codedEnds[known - 1]! > cacheBytes)) {
      index = createWordIndex();
      known = 0;
    }
    const id = index.idOf(bytes, start, end);
    let from = id === 0 ? 0 : codedEnds[id - 1]!;
    if (id === known) {
      if (from + codedSize(end - start) > coded.length) coded = grow(coded, from + codedSize(end - start));
      if (id === codedEnds.length) codedEnds = grow(codedEnds);
      codedEnds[id] = encode(bytes, start, end, coded, from);
    }
    const to = codedEnds[id]!;
    reserve(to - from);
    while (from < to) out[size++] = coded[from++]!;
  }

  return {
    code(bytes, write) {
      size = 0;
      let start = 0;
      for (let i = 0; i < bytes.length; i++) {
        if (!isSeparator(bytes[i]!)) continue;
        if (i > start) writeWord(bytes, start, i);
        writeByte(bytes[i]!);
        start = i + 1;
      }
      if (bytes.length > start) writeWord(bytes, start, bytes.length);
      if (size > 0) write(out.subarray(0, size));
    },
    codeLines(bytes, open, write) {
      size = 0;
      let start = 0;
      for (let i = 0; i <= bytes.length; i++) {
        if (i < bytes.length && !isSeparator(bytes[i]!)) continue;
        if (i > start) {
          if (open) writeByte(0x20);
          open = true;
          writeWord(bytes, start, i);
        }
        if (bytes[i] === 0x0a) {
          writeByte(0x0a);
          open = false;
        }
        start = i + 1;
      }
      if (size > 0) write(out.subarray(0, size));
      return open;
    },
  };
}
