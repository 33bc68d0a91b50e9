import type { TensorInfo } from "@tensorflow/tfjs-core";
import { sizeOf } from "@xlm/core";
import type { Native } from "../native.js";
import { multiply, numbersAt, numbersOf, type Numbers } from "../product.js";
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
  const affine = native.makeActivation([...x.shape.slice(0, -1), n]);
  const [at, half] = native.stored(affine);
  multiply(
    native,
    { m, n, k },
    { ...numbersOf(native, x), ld: k },
    { ...numbersOf(native, weight), ld: k, transposed: true },
    { at, ld: n, half: half === 1, ...(bias && { bias: numbersOf(native, bias) }) },
  );
  if (activation === "none") return affine;
  const out = native.makeActivation(affine.shape);
  const [to] = native.stored(out);
  native.launch(LINEAR, "activate", native.blocks(m * n), [KINDS[activation], at, to, half, m * n]);
  return [out, affine];
};

/** `XlmLinearGrad`. */
export const linearGrad: NativeKernel<LinearAttrs> = (native, inputs, { activation, hasBias }) => {
  const { dy, x, weight, aux0 } = inputs as { dy: TensorInfo; x: TensorInfo; weight: TensorInfo; aux0?: TensorInfo };
  const [n, k] = weight.shape as [number, number];
  const m = sizeOf(x.shape.slice(0, -1));
  const dx = native.makeActivation(x.shape);
  const dWeight = native.make(weight.shape);
  const dBias = hasBias ? native.make([n]) : null;
  const slope = { ...slopeOf(native, { dy, before: aux0, m, n, kind: KINDS[activation], dBias }), ld: n };
  const [at, half] = native.stored(dx);
  multiply(native, { m, n: k, k: n }, slope, { ...numbersOf(native, weight), ld: k }, { at, ld: k, half: half === 1 });
  const rows = { ...numbersOf(native, x), ld: k };
  multiply(native, { m: n, n: k, k: m }, { ...slope, transposed: true }, rows, { at: native.address(dWeight), ld: k });
  return dBias ? [dx, dWeight, dBias] : [dx, dWeight];
};

interface Slope {
  dy: TensorInfo;
  /** What was before the activation. */
  before: TensorInfo | undefined;
  m: number;
  n: number;
  kind: number;
  /** Gets the sums of its columns. */
  dBias: TensorInfo | null;
}

/** The gradient of what was before the activation. */
function slopeOf(native: Native, { dy, before, m, n, kind, dBias }: Slope): Numbers {
  const [from, dyHalf] = native.stored(dy);
  const sums = dBias && native.address(dBias);
  if (!before) {
    if (sums !== null) columnSums(native, { m, n, ld: n }, { kind, before: 0, from, dyHalf, to: 0, half: 0 }, sums);
    return numbersOf(native, dy);
  }
  const [beforeAt, half] = native.stored(before);
  const to = native.temp(half ? Math.ceil((m * n) / 2) : m * n);
  columnSums(native, { m, n, ld: n }, { kind, before: beforeAt, from, dyHalf, to, half }, sums);
  return numbersAt(native, to, m * n, half ? "halves" : "floats");
}

/** `to = dy * activation'(before)`, dy lying at `from`, over `[m, n]`, rows `ld` apart, and the sums of its columns at `sums` if that is wanted. */
export function columnSums(
  native: Native,
  { m, n, ld }: { m: number; n: number; ld: number },
  slope: { kind: number; before: number; from: number; dyHalf: 0 | 1; to: number; half: 0 | 1 },
  sums: number | null,
): void {
  const groups = Math.ceil(m / GROUP);
  const partial = sums === null ? 0 : native.temp(groups * n);
  native.launch(
    LINEAR,
    "slope_columns",
    [Math.ceil(n / THREADS), groups],
    [slope.kind, slope.before, slope.from, slope.dyHalf, slope.to, slope.half, partial, m, n, ld, GROUP],
  );
  if (sums !== null) sumColumns(native, groups, n, partial, sums);
}
