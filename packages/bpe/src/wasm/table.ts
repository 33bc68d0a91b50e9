import { checkDump, DUMP_HEAD } from "../dump.js";
import type { WordTable } from "../engine.js";
import { feed, INPUT_SIZE } from "./input.js";
import { type Kernel, createKernel } from "./kernel.js";

const OUTPUT_SIZE = 1 << 16;

const kernels = new WeakMap<WordTable, Kernel>();

/** The kernel in whose memory a table is, for those who learn from it; `undefined` for other tables. */
export const kernelOf = (table: WordTable): Kernel | undefined => kernels.get(table);

export function createWasmTable(module: WebAssembly.Module): WordTable {
  const kernel = createKernel(module);
  const { exports } = kernel;
  let room = INPUT_SIZE;
  let input = exports.allocate(room);
  exports.createBatch();
  exports.createTable(0);

  function inputOf(size: number): number {
    if (size > room) {
      room = Math.max(size, room * 2);
      input = exports.allocate(room);
    }
    return input;
  }

  const table: WordTable = {
    count(bytes, times = 1) {
      feed(kernel, bytes, inputOf, (p, n) => exports.count(p, n, times));
    },
    size: () => exports.size(),
    forEach(visit) {
      for (let rec = exports.firstRecord(); rec !== 0; rec = exports.nextRecord(rec)) {
        const memory = kernel.bytes();
        const [size, , low, high] = new Uint32Array(memory.buffer, rec + 16, 4) as unknown as [
          number,
          0,
          number,
          number,
        ];
        const word = rec + (size > 16 ? 32 : 0);
        visit(memory.subarray(word, word + size), high * 2 ** 32 + low);
      }
    },
    dump() {
      const dump = new Uint8Array(exports.dumpSize());
      const start = exports.heapTop();
      const size = Math.max(OUTPUT_SIZE, exports.longestWord() + DUMP_HEAD);
      const out = exports.allocate(size);
      let at = 0;
      for (let rec = exports.firstRecord(); rec !== 0;) {
        rec = exports.dump(rec, out, size);
        dump.set(kernel.bytes().subarray(out, out + exports.dumpedBytes()), at);
        at += exports.dumpedBytes();
      }
      exports.release(start);
      return dump;
    },
    add(dump) {
      checkDump(dump);
      const view = new DataView(dump.buffer, dump.byteOffset, dump.byteLength);
      let size = INPUT_SIZE;
      for (let at = 0; at < dump.length;) {
        const p = inputOf(size);
        const piece = dump.subarray(at, at + size);
        kernel.bytes().set(piece, p);
        const used = exports.addDump(p, piece.length);
        if (used === 0) size = DUMP_HEAD + view.getUint32(at, true);
        at += used;
      }
    },
    *vocab() {
      const start = exports.heapTop();
      const n = exports.size();
      const list = exports.sortVocab();
      const size = Math.max(OUTPUT_SIZE, exports.longestWord() + 32);
      const out = exports.allocate(size);
      const end = exports.heapTop();
      try {
        for (let i = 0; i < n;) {
          i = exports.writeVocab(list, i, n, out, size);
          yield kernel.bytes().subarray(out, out + exports.vocabBytes());
        }
      } finally {
        // If words were added in between, they may lie behind: the list then stays with them.
        if (exports.heapTop() === end) exports.release(start);
      }
    },
  };
  kernels.set(table, kernel);
  return table;
}
