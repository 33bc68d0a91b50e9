import type { TensorInfo } from "@tensorflow/tfjs-core";
import { halve } from "./halve.js";
import type { Native } from "./native.js";
import { programOf } from "./program.js";

const PRODUCT = programOf("product");
const SURROUNDINGS = programOf("linear");
/** `SIDE` of cuda/product.cu, and the bytes of its two tiles. */
const SIDE = 16;
const TILE_BYTES = 2 * 4 * SIDE * (SIDE + 1);

/** A matrix, or a batch of them, on the device. */
export interface Matrix {
  at: number;
  /** Where the same lies in bf16, made when that is first asked for. */
  half: () => number;
  /** Elements from one row to the next. */
  ld: number;
  /** Whether it lies with rows and columns exchanged. @default false */
  transposed?: boolean;
  /** Elements from one matrix of a batch to the next. @default 0 */
  step?: number;
}

/** A matrix that is a tensor, or begins `offset` elements after its start. */
export function matrixOf(native: Native, x: TensorInfo, ld: number, offset = 0): Matrix {
  return { at: native.address(x) + 4 * offset, half: () => native.half(x) + 2 * offset, ld };
}

/** A matrix of `n` elements that lives until the kernel ends. */
export function matrixAt(native: Native, at: number, n: number, ld: number): Matrix {
  let halved = 0;
  const half = (): number => {
    if (halved === 0) {
      halved = native.temp(Math.ceil(n / 2) + 1);
      halve(native, at, halved, n);
    }
    return halved;
  };
  return { at, half, ld };
}

export interface ProductSize {
  m: number;
  n: number;
  k: number;
  /** @default 1 */
  batch?: number;
}

/** Where the product goes: rows of `ld` elements. */
export interface Target {
  at: number;
  ld: number;
  step?: number;
  /** Address of a row that is added to every row. @default none */
  bias?: number;
  /** Adds to what stands there. @default false */
  adds?: boolean;
}

/** `C = A B (+ bias) (+ C)`, `[m, n] = [m, k] [k, n]`, each dense by rows, or transposed. */
export function multiply(native: Native, size: ProductSize, a: Matrix, b: Matrix, c: Target): void {
  const { m, n, k, batch = 1 } = size;
  if (m * n * batch === 0) return;
  const { bias = 0, adds = false, step = 0 } = c;
  if (k === 0) {
    if (!adds) native.launch(SURROUNDINGS, "repeat_row", native.blocks(m * n * batch), [bias, c.at, m * n * batch, n]);
    return;
  }
  const bf16 = native.precision === "bf16";
  const operand = ({ at, half, ld, transposed = false, step: apart = 0 }: Matrix) => ({
    at: bf16 ? half() : at,
    ...{ ld, transposed, step: apart },
  });
  const [beta, to] = [adds ? 1 : 0, { at: c.at, ld: c.ld, step }] as const;
  const product = { m, n, k, batch, a: operand(a), b: operand(b), c: to, bias, beta } as const;
  if (native.device.multiply(product, native.precision)) return;
  const strides = ({ ld, transposed = false, step: apart = 0 }: Matrix): number[] =>
    transposed ? [1, ld, apart] : [ld, 1, apart];
  native.launch(
    PRODUCT,
    "product",
    [Math.ceil(n / SIDE), Math.ceil(m / SIDE), batch],
    [a.at, b.at, c.at, bias, m, n, k, ...strides(a), ...strides(b), c.ld, step, beta],
    TILE_BYTES,
  );
}
