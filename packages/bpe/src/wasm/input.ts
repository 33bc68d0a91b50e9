import { isSeparator } from "../bytes.js";
import type { Kernel } from "./kernel.js";

/** The size of pieces in which text goes into a kernel's memory: small enough to stay in the processor's cache. */
export const INPUT_SIZE = 1 << 16;

/**
 * Feeds bytes to a kernel in pieces that a buffer holds.
 * @param buffer Returns the address of room for that many bytes; asked for more than `INPUT_SIZE` if a word is longer.
 * @param consume Takes bytes from the front of the buffer and returns how many. When `last`, a space has been put behind
 *   the text, as its last word ends there.
 */
export function feed(
  kernel: Kernel,
  bytes: Uint8Array,
  buffer: (size: number) => number,
  consume: (p: number, n: number, last: boolean) => number,
): void {
  let size = INPUT_SIZE;
  for (let at = 0; at < bytes.length;) {
    const p = buffer(size);
    const last = bytes.length - at < size;
    const piece = last && at === 0 ? bytes : bytes.subarray(at, last ? bytes.length : at + size);
    const memory = kernel.bytes();
    memory.set(piece, p);
    if (last) memory[p + piece.length] = 0x20;
    const used = consume(p, piece.length + (last ? 1 : 0), last);
    if (used === 0) size = wordSize(bytes, at) + 1;
    at += used;
  }
}

/** Bytes from `start` up to the next separator. */
function wordSize(bytes: Uint8Array, start: number): number {
  let end = start;
  while (end < bytes.length && !isSeparator(bytes[end]!)) end++;
  return end - start;
}
