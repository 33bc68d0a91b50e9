import type { TensorInfo } from "@tensorflow/tfjs-core";
import { halve, widen } from "./halve.js";
import type { Native } from "./native.js";
import { programOf } from "./program.js";

const PRODUCT = programOf("product");
const SURROUNDINGS = programOf("linear");
/** `SIDE` of cuda/product.cu, and the bytes of its two tiles. */
const SIDE = 16;
const TILE_BYTES = 2 * 4 * SIDE * (SIDE + 1);

/** Numbers on the device, made as floats or as bf16 when they are first asked for. */
export interface Numbers {
  /** Where they lie as floats. */
  floats: () => number;
  /** Where they lie as bf16. */
  halves: () => number;
}

/** A matrix, or a batch of them. */
export interface Matrix extends Numbers {
  /** Elements from one row to the next. */
  ld: number;
  /** Whether it lies with rows and columns exchanged. @default false */
  transposed?: boolean;
  /** Elements from one matrix of a batch to the next. @default 0 */
  step?: number;
}

/** What a tensor holds from element `offset` on. */
export const numbersOf = (native: Native, x: TensorInfo, offset = 0): Numbers => ({
  floats: () => native.address(x) + 4 * offset,
  halves: () => native.half(x) + 2 * offset,
});

/** `n` numbers that live until the kernel ends, there as floats or as bf16. */
export function numbersAt(native: Native, at: number, n: number, stored: "floats" | "halves"): Numbers {
  let other = 0;
  const convert = (): number => {
    if (other === 0) {
      other = native.temp(stored === "floats" ? Math.ceil(n / 2) : n);
      (stored === "floats" ? halve : widen)(native, at, other, n);
    }
    return other;
  };
  return stored === "floats" ? { floats: () => at, halves: convert } : { floats: convert, halves: () => at };
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
  /** A row that is added to every row. @default none */
  bias?: Numbers;
  /** Adds to what stands there. @default false */
  adds?: boolean;
  /** Stores the product as bf16, `n` columns a row. For products in bf16 only. @default false */
  half?: boolean;
}

/** `C = A B (+ bias) (+ C)`, `[m, n] = [m, k] [k, n]`, each dense by rows, or transposed. */
export function multiply(native: Native, size: ProductSize, a: Matrix, b: Matrix, c: Target): void {
  const { m, n, k, batch = 1 } = size;
  if (m * n * batch === 0) return;
  if (k > 0 && multiplyByLibrary(native, size, a, b, c)) return;
  if (c.half) {
    const floats = native.temp(m * n * batch);
    multiplyPlainly(native, size, a, b, { ...c, at: floats });
    halve(native, floats, c.at, m * n * batch);
  } else multiplyPlainly(native, size, a, b, c);
}

/** @returns false for what cuBLASLt does not take. */
function multiplyByLibrary(
  native: Native,
  { m, n, k, batch = 1 }: ProductSize,
  a: Matrix,
  b: Matrix,
  c: Target,
): boolean {
  const { bias, adds = false, step = 0, half = false } = c;
  const bf16 = native.precision === "bf16";
  const operand = ({ floats, halves, ld, transposed = false, step: apart = 0 }: Matrix) => ({
    at: bf16 ? halves() : floats(),
    ...{ ld, transposed, step: apart },
  });
  const biasAt = bias ? (half ? bias.halves() : bias.floats()) : 0;
  return native.device.multiply(
    {
      ...{ m, n, k, batch, a: operand(a), b: operand(b) },
      c: { at: c.at, ld: c.ld, step, half },
      ...{ bias: biasAt, beta: adds ? 1 : 0 },
    },
    native.precision,
  );
}

/** By a kernel of ours, in float32. */
function multiplyPlainly(native: Native, { m, n, k, batch = 1 }: ProductSize, a: Matrix, b: Matrix, c: Target): void {
  const { bias, adds = false, step = 0 } = c;
  const biasAt = bias?.floats() ?? 0;
  if (k === 0) {
    const all = m * n * batch;
    if (!adds) native.launch(SURROUNDINGS, "repeat_row", native.blocks(all), [biasAt, c.at, all, n]);
    return;
  }
  const strides = ({ ld, transposed = false, step: apart = 0 }: Matrix): number[] =>
    transposed ? [1, ld, apart] : [ld, 1, apart];
  native.launch(
    PRODUCT,
    "product",
    [Math.ceil(n / SIDE), Math.ceil(m / SIDE), batch],
    [a.floats(), b.floats(), c.at, biasAt, m, n, k, ...strides(a), ...strides(b), c.ld, step, adds ? 1 : 0],
    TILE_BYTES,
  );
}
