// The matrix product C = S + A B over all the transposes, after Goto & van de Geijn (2008): A packed whole into panels of up
// to 6 rows, B packed a panel of `nr` columns at a time in the first-level cache, where every panel of A meets it, and a tile of
// sums held in registers. B is read from memory once, so that a product of few rows costs little more than reading it.
import { activate } from "./activation";
import { at, int, ptr } from "./args";
import { EDGE_BYTES, multiplyBlock, tile, tileEdge } from "./block";
import { MR, packColumns, packRows } from "./pack";

/** Depth of a packed panel of B: two of them fit into the first-level cache. */
const KC: i32 = 256;

/** Panels [chunk * per, ...) of A, `mr` rows and places for 6 in each, k deep. Args: a, rs, cs, m, k, mr, dst, per. */
export function packRowsChunk(chunk: i32, args: usize, _scratch: usize): void {
  const rs = int(args, 1);
  const m = int(args, 3);
  const k = int(args, 4);
  const mr = int(args, 5);
  const first = chunk * int(args, 7);
  for (let panel = first; panel < first + int(args, 7) && panel * mr < m; panel++) {
    const row = panel * mr;
    packRows(at(ptr(args, 0), row * rs), rs, int(args, 2), min(mr, m - row), k, at(ptr(args, 6), panel * k * MR));
  }
}

/**
 * Rows `mb`, a multiple of `mr`, and columns `nb`, a multiple of `nr`, of C at a time.
 * Args: m, n, k, nr, a (packed by `packRowsChunk`), mr, b, brs, bcs, c, ldc, s, lds (bytes; the first summands), mb, nb,
 * activation, out (where activation(C) goes; C keeps what was before). Scratch: an edge, two panels of B.
 */
export function product(chunk: i32, args: usize, scratch: usize): void {
  const k = int(args, 2);
  const nr = int(args, 3);
  const mr = int(args, 5);
  const brs = int(args, 7);
  const bcs = int(args, 8);
  const ldc = (<usize>int(args, 10)) << 2;
  const mb = int(args, 13);
  const nb = int(args, 14);
  const across = (int(args, 1) + nb - 1) / nb;
  const i0 = (chunk / across) * mb;
  const j0 = (chunk % across) * nb;
  const m = min(mb, int(args, 0) - i0);
  const n = min(nb, int(args, 1) - j0);
  const panels = (m + mr - 1) / mr;
  const a0 = at(ptr(args, 4), (i0 / mr) * k * MR);
  const aStep = (<usize>k * MR) << 2;
  const b = at(ptr(args, 6), j0 * bcs);
  const c0 = at(ptr(args, 9) + <usize>i0 * ldc, j0);
  const width = (<usize>nr) << 2;
  let here = scratch + EDGE_BYTES;
  let next = here + <usize>KC * width;
  packColumns(b, brs, bcs, min(KC, k), min(nr, n), nr, here);
  for (let j: i32 = 0; j < n; j += nr) {
    const columns = min(nr, n - j);
    let lds = <usize>int(args, 12);
    let s0 = at(ptr(args, 11) + <usize>i0 * lds, j0 + j);
    let k0: i32 = 0;
    do {
      // Of the panel that is next, a part is packed after each tile: it comes from memory while tiles are computed.
      const down = k0 + KC < k;
      const nextK = down ? k0 + KC : 0;
      const nextJ = down ? j : j + nr;
      const depth = nextJ < n ? min(KC, k - nextK) : 0;
      const part = ((depth + panels - 1) / panels + 15) & ~15;
      const from = at(b, nextK * brs + nextJ * bcs);
      let q: i32 = 0;
      let a = at(a0, k0 * MR);
      const kc = min(KC, k - k0);
      for (let i: i32 = 0; i < m; i += mr) {
        const rows = min(mr, m - i);
        const c = at(c0 + <usize>i * ldc, j);
        const s = s0 + <usize>i * lds;
        if (columns == nr) tile(rows, nr, kc, a, here, c, ldc, s, lds);
        else tileEdge(rows, columns, nr, kc, a, here, c, ldc, s, lds, scratch);
        if (q < depth) {
          const to = next + <usize>q * width;
          packColumns(at(from, q * brs), brs, bcs, min(part, depth - q), min(nr, n - nextJ), nr, to);
          q += part;
        }
        a += aStep;
      }
      const packed = next;
      next = here;
      here = packed;
      s0 = at(c0, j);
      lds = ldc;
      k0 += KC;
    } while (k0 < k); // once where k is 0: C = S
  }
  const activation = int(args, 15);
  if (!activation) return;
  const out = c0 - ptr(args, 9) + ptr(args, 16);
  for (let i: usize = 0; i < <usize>m; i++) activate(activation, c0 + i * ldc, out + i * ldc, n, scratch);
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
    tile(MR, nr, KC, memory, b, c, step, c, step);
  }
}
