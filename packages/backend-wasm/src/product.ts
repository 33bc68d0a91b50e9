import { Activation } from "./elementwise.js";
import { Op } from "./ops.js";
import type { Native } from "./native.js";

export interface ProductSize {
  m: number;
  n: number;
  k: number;
}

/** A matrix in the linear memory: where it begins and how many elements lie between rows and between columns. */
export interface Matrix {
  at: number;
  rs: number;
  cs: number;
}

/** Where the product goes. */
export interface Target {
  at: number;
  /** Elements from one row to the next. @default n */
  ld?: number;
  /** Address of one row of first summands (a bias); `"add"` adds to what stands there. @default zeros */
  start?: number | "add";
  /** Afterwards `activation(C)` is written at `out`, with the same `ld`; C keeps what was before. @default none */
  activation?: { kind: Activation; out: number };
}

/** Rows of C that one chunk computes. */
const ROWS = 36;
/** Columns of B that one chunk packs. */
const PACK = 64;
/** Most bytes of B that are held packed at a time. */
const PACKED_BYTES = 1 << 24;
/** Chunks below which a product's columns are cut too, so that several threads find work. */
const CHUNKS = 12;
const EDGE_BYTES = 6 * 16 * 4;
/** Depth of a packed block, `KC` of assembly/product.ts. */
const DEPTH = 256;

/** `C = S + A B`, `[m, n] = [m, k] [k, n]`, of any strides and any size. */
export function multiply(native: Native, { m, n, k }: ProductSize, a: Matrix, b: Matrix, c: Target): void {
  if (m === 0 || n === 0) return;
  const { columns } = native;
  const ld = c.ld ?? n;
  const { kind, out } = c.activation ?? { kind: Activation.None, out: 0 };
  const limit = Math.max(columns, Math.floor(PACKED_BYTES / 4 / Math.max(1, k) / PACK) * PACK);
  const packed = native.temp(k * Math.min(limit, Math.ceil(n / columns) * columns) + 16);
  const start = c.start ?? native.zeros(n);
  for (let j = 0; j < n; j += limit) {
    const width = Math.min(limit, n - j);
    native.launch(Op.PackColumns, Math.ceil(width / PACK), [
      b.at + 4 * j * b.cs,
      b.rs,
      b.cs,
      k,
      width,
      columns,
      packed,
      PACK,
    ]);
    const rows = Math.ceil(m / ROWS);
    const parts = Math.min(Math.ceil(width / PACK), Math.ceil(CHUNKS / rows));
    const nb = Math.ceil(width / parts / columns) * columns;
    const to = c.at + 4 * j;
    const [s, lds] = start === "add" ? [to, 4 * ld] : [start + 4 * j, 0];
    native.launch(
      Op.Product,
      rows * Math.ceil(width / nb),
      [m, width, k, columns, a.at, a.rs, a.cs, packed, to, ld, s, lds, ROWS, nb, kind, out + 4 * j],
      [],
      EDGE_BYTES + 4 * DEPTH * ROWS,
    );
  }
  native.free(packed);
}

/** Bytes up to which a product is one of many that each thread does by itself. */
const SMALL_BYTES = 1 << 20;

/** `C[i] = A[i] B[i]` for i below `batch`; `step` is from one matrix to the next, 0 for the same one. C lies dense at `c`. */
export function multiplyMany(
  native: Native,
  batch: number,
  size: ProductSize,
  a: Matrix & { step: number },
  b: Matrix & { step: number },
  c: number,
): void {
  const { m, n, k } = size;
  if (batch === 0 || m === 0 || n === 0) return;
  const { columns } = native;
  const bytes = EDGE_BYTES + 4 * k * (Math.ceil(m / 6) * 6 + Math.ceil(n / columns) * columns);
  if (bytes > SMALL_BYTES) {
    for (let i = 0; i < batch; i++) {
      const [left, right] = [a.at + 4 * i * a.step, b.at + 4 * i * b.step];
      multiply(native, size, { ...a, at: left }, { ...b, at: right }, { at: c + 4 * i * m * n });
    }
    return;
  }
  const ints = [m, n, k, columns, a.at, a.rs, a.cs, a.step, b.at, b.rs, b.cs, b.step, c, native.zeros(n)];
  native.launch(Op.BatchProduct, batch, ints, [], bytes);
}
