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

/** Rows of a tile, at most. */
const TILE = 6;
/** Depth of a packed panel of B, `KC` of assembly/product.ts. */
const DEPTH = 256;
/** Floats of A that a chunk goes over again for each panel of B: half of a second-level cache. */
const NEAR = 1 << 17;
/** Most floats of A that are held packed at a time. */
const PACKED = 1 << 22;
/** Rows of C in a chunk: B is packed again for each such block of rows. More where k is short. */
const ROWS = [510, 1020] as const;
/** Columns of C in a chunk. */
const COLUMNS = 64;
/** Chunks below which columns are cut finer, so that several threads find work. */
const CHUNKS = 12;
/** Panels of A that one chunk packs. */
const PANELS = 8;
const EDGE_BYTES = 6 * 16 * 4;

const upTo = (n: number, multiple: number): number => Math.ceil(n / multiple) * multiple;

/**
 * How a product is cut: rows and columns of a chunk (`mb`, `nb`), rows of a tile (`mr`), how deep and how many rows of A are
 * packed at a time (`kb`, `held`). Nothing of it changes a bit of the result.
 */
function cut({ m, n, k }: ProductSize, columns: number): Record<"mb" | "nb" | "mr" | "kb" | "held", number> {
  const [least, most] = ROWS;
  const blocks = Math.ceil(m / Math.max(least, Math.min(most, Math.floor(NEAR / Math.max(1, k)))));
  const mb = upTo(m / blocks, TILE);
  const kb = Math.max(1, Math.floor(NEAR / mb / DEPTH)) * DEPTH;
  return {
    mb,
    nb: Math.min(COLUMNS, upTo((n * blocks) / CHUNKS, columns)),
    mr: Math.ceil(m / Math.ceil(m / TILE)), // 25 rows are 5 tiles of 5; with several blocks it is 6
    kb,
    held: Math.max(1, Math.floor(PACKED / kb / mb)) * mb,
  };
}

/**
 * `C = S + A B`, `[m, n] = [m, k] [k, n]`, of any strides and any size. Every sum runs over k in order, so that a row of C does
 * not depend on how many rows there are.
 */
export function multiply(native: Native, size: ProductSize, a: Matrix, b: Matrix, c: Target): void {
  const { m, n, k } = size;
  if (m === 0 || n === 0) return;
  const { columns } = native;
  const ld = c.ld ?? n;
  const { kind, out } = c.activation ?? { kind: Activation.None, out: 0 };
  const start = c.start ?? native.zeros(n);
  const { mb, nb, mr, kb, held } = cut(size, columns);
  const packed = native.temp(TILE * Math.ceil(Math.min(held, m) / mr) * Math.min(k, kb) + 16);
  for (let i = 0; i < m; i += held) {
    const rows = Math.min(held, m - i);
    const [to, after] = [c.at + 4 * i * ld, out + 4 * i * ld];
    let q = 0;
    do {
      const depth = Math.min(kb, k - q);
      const [left, right] = [a.at + 4 * (i * a.rs + q * a.cs), b.at + 4 * q * b.rs];
      const [s, lds] = start === "add" || q > 0 ? [to, 4 * ld] : [start, 0];
      const last = q + depth === k ? kind : Activation.None;
      const panels = Math.ceil(rows / mr);
      native.launch(Op.PackRows, Math.ceil(panels / PANELS), [left, a.rs, a.cs, rows, depth, mr, packed, PANELS]);
      native.launch(
        Op.Product,
        Math.ceil(rows / mb) * Math.ceil(n / nb),
        [rows, n, depth, columns, packed, mr, right, b.rs, b.cs, to, ld, s, lds, mb, nb, last, after],
        [],
        EDGE_BYTES + 2 * 4 * DEPTH * columns,
      );
      q += kb;
    } while (q < k); // once where k is 0
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
