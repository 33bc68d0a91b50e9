import type { TensorInfo } from "@tensorflow/tfjs-core";
import { sizeOf } from "@xlm/core";
import type { Native } from "../native.js";
import { matrixAt, matrixOf, multiply } from "../product.js";
import { programOf } from "../program.js";
import { sumColumns } from "./reduce.js";
import type { NativeKernel } from "./registry.js";

const LINEAR = programOf("linear");

interface LinearAttrs {
  activation: "none" | "gelu" | "relu";
  hasBias: boolean;
}

/** Numbers of cuda/linear.cu. */
const KINDS = { none: 0, gelu: 1, relu: 2 } as const;
/** Rows that a thread adds up. */
const GROUP = 64;
const THREADS = 256;

/** `XlmLinear`: with an activation it hands on what was before it. */
export const linear: NativeKernel<LinearAttrs> = (native, inputs, { activation }) => {
  const { x, weight, bias } = inputs as { x: TensorInfo; weight: TensorInfo; bias?: TensorInfo };
  const [n, k] = weight.shape as [number, number];
  const m = sizeOf(x.shape.slice(0, -1));
  const affine = native.make([...x.shape.slice(0, -1), n]);
  multiply(
    native,
    { m, n, k },
    matrixOf(native, x, k),
    { ...matrixOf(native, weight, k), transposed: true },
    { at: native.address(affine), ld: n, ...(bias && { bias: native.address(bias) }) },
  );
  if (activation === "none") return affine;
  const out = native.make(affine.shape);
  const places = [native.address(affine), native.address(out)];
  native.launch(LINEAR, "activate", native.blocks(m * n), [KINDS[activation], ...places, m * n]);
  return [out, affine];
};

/** `XlmLinearGrad`. */
export const linearGrad: NativeKernel<LinearAttrs> = (native, inputs, { activation, hasBias }) => {
  const { dy, x, weight, aux0 } = inputs as { dy: TensorInfo; x: TensorInfo; weight: TensorInfo; aux0?: TensorInfo };
  const [n, k] = weight.shape as [number, number];
  const m = sizeOf(x.shape.slice(0, -1));
  const dx = native.make(x.shape);
  const dWeight = native.make(weight.shape);
  const dBias = hasBias ? native.make([n]) : null;
  const kind = KINDS[activation];
  const slope = kind ? matrixAt(native, native.temp(m * n), m * n, n) : matrixOf(native, dy, n);
  if (kind || dBias) {
    const before = aux0 ? native.address(aux0) : 0;
    columnSums(
      native,
      { m, n, ld: n },
      { kind, before, dy: native.address(dy), to: slope.at },
      dBias && native.address(dBias),
    );
  }
  multiply(native, { m, n: k, k: n }, slope, matrixOf(native, weight, k), { at: native.address(dx), ld: k });
  const transposed = { ...slope, transposed: true };
  multiply(native, { m: n, n: k, k: m }, transposed, matrixOf(native, x, k), { at: native.address(dWeight), ld: k });
  return dBias ? [dx, dWeight, dBias] : [dx, dWeight];
};

/** `to = dy * activation'(before)` over `[m, n]`, rows `ld` apart, and the sums of its columns at `sums` if that is wanted. */
export function columnSums(
  native: Native,
  { m, n, ld }: { m: number; n: number; ld: number },
  slope: { kind: number; before: number; dy: number; to: number },
  sums: number | null,
): void {
  const groups = Math.ceil(m / GROUP);
  const partial = sums === null ? 0 : native.temp(groups * n);
  native.launch(
    LINEAR,
    "slope_columns",
    [Math.ceil(n / THREADS), groups],
    [slope.kind, slope.before, slope.dy, slope.to, partial, m, n, ld, GROUP],
  );
  if (sums !== null) sumColumns(native, groups, n, partial, sums);
}
