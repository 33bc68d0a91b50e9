// The product of two packed blocks, tile by tile.
import { at } from "./args";
import { tile16, tile8 } from "./generated/tile";
import { MR } from "./pack";

/** Bytes of scratch that `multiplyBlock` needs for the tiles at the edges. */
export const EDGE_BYTES: usize = 6 * 16 * 4;

@inline
export function tile(
  rows: i32,
  nr: i32,
  k: i32,
  a: usize,
  b: usize,
  c: usize,
  ldc: usize,
  s: usize,
  lds: usize,
): void {
  if (nr == 16) tile16(rows, k, a, b, c, ldc, s, lds);
  else tile8(rows, k, a, b, c, ldc, s, lds);
}

/** The same for the first `columns` of a panel, by way of `edge`. */
export function tileEdge(
  rows: i32,
  columns: i32,
  nr: i32,
  k: i32,
  a: usize,
  b: usize,
  c: usize,
  ldc: usize,
  s: usize,
  lds: usize,
  edge: usize,
): void {
  const edgeStep = (<usize>nr) << 2;
  for (let r: i32 = 0; r < rows; r++) {
    for (let q: i32 = 0; q < columns; q++) {
      store<f32>(at(edge + <usize>r * edgeStep, q), load<f32>(at(s + <usize>r * lds, q)));
    }
  }
  tile(rows, nr, k, a, b, edge, edgeStep, edge, edgeStep);
  for (let r: i32 = 0; r < rows; r++) {
    for (let q: i32 = 0; q < columns; q++) {
      store<f32>(at(c + <usize>r * ldc, q), load<f32>(at(edge + <usize>r * edgeStep, q)));
    }
  }
}

/**
 * `C[m, n] = S + A B` for A packed in rows and B in columns, `k` deep. Panels of A and B lie `aStep` and `bStep` bytes apart.
 * S has rows `lds` bytes apart: C itself, or 0 bytes apart for one row that starts them all.
 * Every sum runs over k in order, whatever the tile.
 */
export function multiplyBlock(
  m: i32,
  n: i32,
  k: i32,
  nr: i32,
  a: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  c: usize,
  ldc: usize,
  s: usize,
  lds: usize,
  edge: usize,
): void {
  for (let j: i32 = 0; j < n; j += nr) {
    let panel = a;
    const columns = min(nr, n - j);
    for (let i: i32 = 0; i < m; i += MR) {
      const rows = min(MR, m - i);
      const to = at(c + <usize>i * ldc, j);
      const from = at(s + <usize>i * lds, j);
      if (columns == nr) tile(rows, nr, k, panel, b, to, ldc, from, lds);
      else tileEdge(rows, columns, nr, k, panel, b, to, ldc, from, lds, edge);
      panel += aStep;
    }
    b += bStep;
  }
}
