// The matrix product C = S + A B over all the transposes, after Goto & van de Geijn (2008): B packed once into panels of
// `nr` columns, A packed a block at a time into panels of 6 rows, and a tile of sums held in registers.
import { activate } from "./activation";
import { at, int, ptr } from "./args";
import { EDGE_BYTES, multiplyBlock } from "./block";
import { MR, packColumns, packRows } from "./pack";
import { tile6x16, tile6x8 } from "./generated/tile";

/** Depth of a packed block of A: a panel of B this deep fits into the first-level cache. */
const KC: i32 = 256;

/** Panels [chunk * per, ...) of B. Args: b, rs, cs, k, n, nr, dst, per (columns). */
export function packColumnsChunk(chunk: i32, args: usize, _scratch: usize): void {
  const cs = int(args, 2);
  const k = int(args, 3);
  const per = int(args, 7);
  const from = chunk * per;
  const n = min(per, int(args, 4) - from);
  packColumns(at(ptr(args, 0), from * cs), int(args, 1), cs, k, n, int(args, 5), at(ptr(args, 6), from * k));
}

/** Panels of A, k deep. Args: a, rs, cs, m, k, dst, per (rows). */
export function packRowsChunk(chunk: i32, args: usize, _scratch: usize): void {
  const rs = int(args, 1);
  const k = int(args, 4);
  const per = int(args, 6);
  const from = chunk * per;
  packRows(at(ptr(args, 0), from * rs), rs, int(args, 2), min(per, int(args, 3) - from), k, at(ptr(args, 5), from * k));
}

/**
 * Rows `mb` and columns `nb` of C at a time.
 * Args: m, n, k, nr, a, ars, acs (a packed whole when ars is 0), b packed, c, ldc, s, lds (bytes; the first summands), mb, nb,
 * activation, out (where activation(C) goes; C keeps what was before).
 */
export function product(chunk: i32, args: usize, scratch: usize): void {
  const k = int(args, 2);
  const nr = int(args, 3);
  const ars = int(args, 5);
  const acs = int(args, 6);
  const ldc = (<usize>int(args, 9)) << 2;
  const mb = int(args, 12);
  const nb = int(args, 13);
  const across = (int(args, 1) + nb - 1) / nb;
  const i0 = (chunk / across) * mb;
  const j0 = (chunk % across) * nb;
  const m = min(mb, int(args, 0) - i0);
  const n = min(nb, int(args, 1) - j0);
  const c = at(ptr(args, 8) + <usize>i0 * ldc, j0);
  const panel = (<usize>k * nr) << 2;
  const b = ptr(args, 7) + <usize>(j0 / nr) * panel;
  let lds = <usize>int(args, 11);
  let s = at(ptr(args, 10) + <usize>i0 * lds, j0);
  let k0: i32 = 0;
  do {
    const kc = min(KC, k - k0);
    let a = scratch + EDGE_BYTES;
    let aStep = (<usize>kc * MR) << 2;
    if (ars) packRows(at(ptr(args, 4), i0 * ars + k0 * acs), ars, acs, m, kc, a);
    else {
      aStep = (<usize>k * MR) << 2;
      a = at(ptr(args, 4), i0 * k + k0 * MR);
    }
    multiplyBlock(m, n, kc, nr, a, aStep, b + ((<usize>k0 * nr) << 2), panel, c, ldc, s, lds, scratch);
    s = c;
    lds = ldc;
    k0 += KC;
  } while (k0 < k); // once where k is 0: C = S
  const activation = int(args, 14);
  if (!activation) return;
  const out = c - ptr(args, 8) + ptr(args, 15);
  for (let i: usize = 0; i < <usize>m; i++) activate(activation, c + i * ldc, out + i * ldc, n, scratch);
}

/**
 * Many small products, one a chunk. Args: m, n, k, nr, a, ars, acs, aStep, b, brs, bcs, bStep, c (whole), where the steps
 * are elements from one matrix to the next, 0 for the same one.
 * Scratch: an edge, A packed, B packed.
 */
export function batchProduct(chunk: i32, args: usize, scratch: usize): void {
  const m = int(args, 0);
  const n = int(args, 1);
  const k = int(args, 2);
  const nr = int(args, 3);
  const a = scratch + EDGE_BYTES;
  const rows = ((m + MR - 1) / MR) * MR;
  const b = at(a, rows * k);
  const zeros = ptr(args, 13);
  packRows(at(ptr(args, 4), chunk * int(args, 7)), int(args, 5), int(args, 6), m, k, a);
  packColumns(at(ptr(args, 8), chunk * int(args, 11)), int(args, 9), int(args, 10), k, n, nr, b);
  const c = at(ptr(args, 12), chunk * m * n);
  const panelA = (<usize>k * MR) << 2;
  const panelB = (<usize>k * nr) << 2;
  multiplyBlock(m, n, k, nr, a, panelA, b, panelB, c, (<usize>n) << 2, zeros, 0, scratch);
}

/** The tile loop alone, over panels that lie in the first-level cache: what the fastest product could reach. */
export function tilePeak(nr: i32, times: i32, memory: usize): void {
  const b = at(memory, KC * MR);
  const c = at(b, KC * nr);
  const step = (<usize>nr) << 2;
  for (let i: i32 = 0; i < times; i++) {
    if (nr == 16) tile6x16(KC, memory, b, c, step, c, step);
    else tile6x8(KC, memory, b, c, step, c, step);
  }
}
