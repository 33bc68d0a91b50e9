// One module for counting, coding and learning; an instance, with a memory of its own, does one of them.
import { alloc } from "./memory";

/** `alloc` for JavaScript. */
export function allocate(bytes: f64): usize {
  return alloc(<u64>bytes);
}

export { heapTop, release } from "./memory";
export { createTable, firstRecord, longestWord, nextRecord, size } from "./table";
export { createBatch } from "./batch";
export { addDump, count, dump, dumpSize, dumpedBytes } from "./count";
export { sortVocab, vocabBytes, writeVocab } from "./vocab";
export { loadCodes } from "./codes";
export { loadVocab } from "./restrict";
export { createEncoder } from "./encode";
export { code, codeLines, codedBytes, createCache, isLineOpen } from "./apply";
export * from "./learn/learn";
