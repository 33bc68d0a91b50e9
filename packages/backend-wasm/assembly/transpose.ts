// Matrices turned over, many at a time, in blocks that stay in the first-level cache.
import { at, int, ptr } from "./args";
import { transpose4 } from "./pack";

/** Side of a block; src/kernels/transpose.ts counts on it. */
const SIDE: i32 = 64;
/** Elements of a cache line. */
const LINE: i32 = 16;

/**
 * `to[j, i] = from[i, j]` for matrices `[ni, nj]` at the indices of `[d0, d1, d2]`.
 * Args: from, to, ni, nj, elements from one i to the next at `from`, from one j to the next at `to`, blocks in all, blocks
 * a chunk, d1, d2, elements from one index of each axis to the next at `from` (three) and at `to` (three).
 * Scratch: a square.
 */
export function transpose(chunk: i32, args: usize, scratch: usize): void {
  const ni = int(args, 2);
  const nj = int(args, 3);
  const from = int(args, 4);
  const to = int(args, 5);
  const per = int(args, 7);
  const d1 = int(args, 8);
  const d2 = int(args, 9);
  const down = (ni + SIDE - 1) / SIDE;
  const across = (nj + SIDE - 1) / SIDE;
  const first = chunk * per;
  const end = min(first + per, int(args, 6));
  for (let u = first; u < end; u++) {
    const j = (u % across) * SIDE;
    const block = u / across;
    const i = (block % down) * SIDE;
    const matrix = block / down;
    const i2 = matrix % d2;
    const outer = matrix / d2;
    const i1 = outer % d1;
    const i0 = outer / d1;
    const p = i0 * int(args, 10) + i1 * int(args, 11) + i2 * int(args, 12) + i * from + j;
    const q = i0 * int(args, 13) + i1 * int(args, 14) + i2 * int(args, 15) + j * to + i;
    const rows = min(SIDE, ni - i);
    const columns = min(SIDE, nj - j);
    turn(at(ptr(args, 0), p), (<usize>from) << 2, at(ptr(args, 1), q), (<usize>to) << 2, rows, columns, scratch);
  }
}

function turn(from: usize, fromStep: usize, to: usize, toStep: usize, ni: i32, nj: i32, square: usize): void {
  for (let i: i32 = 0; i < ni; i += LINE) {
    const rows = min(LINE, ni - i);
    for (let j: i32 = 0; j < nj; j += LINE) {
      const columns = min(LINE, nj - j);
      const p = at(from + <usize>i * fromStep, j);
      const q = at(to + <usize>j * toStep, i);
      if (rows == LINE && columns == LINE) turnSquare(p, fromStep, q, toStep, square);
      else {
        for (let s: i32 = 0; s < columns; s++) {
          for (let r: i32 = 0; r < rows; r++) {
            store<i32>(at(q + <usize>s * toStep, r), load<i32>(at(p + <usize>r * fromStep, s)));
          }
        }
      }
    }
  }
}

/** 16 x 16, by way of a dense square: every cache line is read or written once, whole, for strides are often powers of 2. */
function turnSquare(from: usize, fromStep: usize, to: usize, toStep: usize, square: usize): void {
  for (let r: usize = 0; r < 64; r += 16) {
    const p1 = from + fromStep;
    const p2 = p1 + fromStep;
    const p3 = p2 + fromStep;
    let q = square + r;
    for (let c: usize = 0; c < 64; c += 16) {
      transpose4(v128.load(from + c), v128.load(p1 + c), v128.load(p2 + c), v128.load(p3 + c), q, 64);
      q += 256;
    }
    from = p3 + fromStep;
  }
  for (let s: i32 = 0; s < LINE; s++) {
    const v0 = v128.load(square);
    const v1 = v128.load(square, 16);
    const v2 = v128.load(square, 32);
    const v3 = v128.load(square, 48);
    v128.store(to, v0);
    v128.store(to, v1, 16);
    v128.store(to, v2, 32);
    v128.store(to, v3, 48);
    square += 64;
    to += toStep;
  }
}
