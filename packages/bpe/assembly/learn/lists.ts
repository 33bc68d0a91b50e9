// Lists of the places (u32 addresses of nodes) of pairs, for as long as the threshold stands; then all are forgotten.
import { alloc, free } from "./memory";

/** A chunk begins with the address of the one before. */
const HEAD: usize = 64;
/** Chunks double from the first size to the last. */
const SMALLEST: usize = 1 << 14;
const LARGEST: usize = 1 << 22;

let last: usize = 0;
let next: usize = 0;
let end: usize = 0;
let chunkSize: usize = SMALLEST;

/** Room for `n` places. */
export function newList(n: u32): usize {
  const bytes = <usize>n << 2;
  if (end - next < bytes) {
    const size = max(chunkSize, bytes);
    chunkSize = min<usize>(2 * chunkSize, LARGEST);
    const chunk = alloc(<u64>size + HEAD);
    store<u32>(chunk, <u32>last);
    last = chunk;
    next = chunk + HEAD;
    end = next + size;
  }
  const list = next;
  next += bytes;
  return list;
}

export function freeLists(): void {
  while (last != 0) {
    const before = <usize>load<u32>(last);
    free(last);
    last = before;
  }
  next = end = 0;
  chunkSize = SMALLEST;
}
