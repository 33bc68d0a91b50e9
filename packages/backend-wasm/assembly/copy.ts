// Copying, of any elements of 4 bytes: rows from and to wherever they lie, and one value over and over.
import { at, int, ptr } from "./args";
import { copyRow, wholeBytes } from "./rows";

/** Elements of a row, or of a filled stretch, that are one chunk's at most; src/strided.ts counts on it. */
const SEGMENT: i32 = 16384;

/**
 * Rows of `[d0, d1, d2]`, each n long. Args: from, to, n, rows, rows a chunk, segments of a row, d1, d2, elements from one
 * index of each axis to the next at `from` (three) and at `to` (three).
 */
export function copyRows(chunk: i32, args: usize, _scratch: usize): void {
  const per = int(args, 4);
  const segments = int(args, 5);
  const d1 = int(args, 6);
  const d2 = int(args, 7);
  const start = (chunk % segments) * SEGMENT;
  const n = min(SEGMENT, int(args, 2) - start);
  const first = (chunk / segments) * per;
  const end = min(first + per, int(args, 3));
  for (let r = first; r < end; r++) {
    const i2 = r % d2;
    const outer = r / d2;
    const i1 = outer % d1;
    const i0 = outer / d1;
    const from = at(ptr(args, 0), i0 * int(args, 8) + i1 * int(args, 9) + i2 * int(args, 10) + start);
    const to = at(ptr(args, 1), i0 * int(args, 11) + i1 * int(args, 12) + i2 * int(args, 13) + start);
    copyRow(to, from, n);
  }
}

/** Args: to, n, the bits of the value. */
export function fill(chunk: i32, args: usize, _scratch: usize): void {
  const from = chunk * SEGMENT;
  const n = min(SEGMENT, int(args, 1) - from);
  const value = i32x4.splat(int(args, 2));
  let to = at(ptr(args, 0), from);
  for (const end = to + wholeBytes(n); to < end; to += 32) {
    v128.store(to, value);
    v128.store(to, value, 16);
  }
  for (let j: i32 = 0; j < (n & 7); j++) v128.store_lane<i32>(at(to, j), value, 0);
}
