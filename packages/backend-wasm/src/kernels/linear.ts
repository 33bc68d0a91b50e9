import type { TensorInfo } from "@tensorflow/tfjs-core";
import { sizeOf } from "@xlm/core";
import { Activation } from "../elementwise.js";
import type { Native } from "../native.js";
import { Op } from "../ops.js";
import { multiply } from "../product.js";
import type { NativeKernel } from "./registry.js";

interface LinearAttrs {
  activation: "none" | "gelu" | "relu";
  hasBias: boolean;
}

const kinds = { none: Activation.None, gelu: Activation.Gelu, relu: Activation.Relu };

/** Rows whose columns are summed together, and columns of those sums that are added together. */
const GROUP = 64;
const COLUMNS = 512;

/** `XlmLinear`: with an activation it hands on what was before it. */
export const linear: NativeKernel<LinearAttrs> = (native, inputs, { activation }) => {
  const { x, weight, bias } = inputs as { x: TensorInfo; weight: TensorInfo; bias?: TensorInfo };
  const [n, k] = weight.shape as [number, number];
  const out = native.make([...x.shape.slice(0, -1), n]);
  const before = activation === "none" ? null : native.make(out.shape);
  const m = sizeOf(x.shape.slice(0, -1));
  const a = { at: native.address(x), rs: k, cs: 1 };
  const b = { at: native.address(weight), rs: 1, cs: k };
  const start = bias && native.address(bias);
  const result = native.address(out);
  if (!before) {
    multiply(native, { m, n, k }, a, b, { at: result, start });
    return out;
  }
  const after = { kind: kinds[activation], out: result };
  multiply(native, { m, n, k }, a, b, { at: native.address(before), start, activation: after });
  return [out, before];
};

/** `XlmLinearGrad`. */
export const linearGrad: NativeKernel<LinearAttrs> = (native, inputs, { activation, hasBias }) => {
  const { dy, x, weight, aux0 } = inputs as { dy: TensorInfo; x: TensorInfo; weight: TensorInfo; aux0?: TensorInfo };
  const [n, k] = weight.shape as [number, number];
  const m = sizeOf(x.shape.slice(0, -1));
  const dx = native.make(x.shape);
  const dWeight = native.make(weight.shape);
  const dBias = hasBias ? native.make([n]) : null;
  const kind = kinds[activation];
  let slope = native.address(dy);
  if (kind !== Activation.None || dBias) {
    const to = kind === Activation.None ? slope : native.temp(m * n);
    const before = aux0 ? native.address(aux0) : 0;
    columnSums(native, { m, n, ld: n }, { kind, before, dy: slope, to }, dBias && native.address(dBias));
    slope = to;
  }
  const rows = native.address(x);
  const w = native.address(weight);
  multiply(native, { m, n: k, k: n }, { at: slope, rs: n, cs: 1 }, { at: w, rs: k, cs: 1 }, { at: native.address(dx) });
  const target = { at: native.address(dWeight) };
  multiply(native, { m: n, n: k, k: m }, { at: slope, rs: 1, cs: n }, { at: rows, rs: k, cs: 1 }, target);
  return dBias ? [dx, dWeight, dBias] : [dx, dWeight];
};

/** `to = dy * activation'(before)` over `[m, n]`, rows `ld` apart, and the sums of its columns at `sums` if that is wanted. */
export function columnSums(
  native: Native,
  { m, n, ld }: { m: number; n: number; ld: number },
  slope: { kind: Activation; before: number; dy: number; to: number },
  sums: number | null,
): void {
  const groups = Math.ceil(m / GROUP);
  const partial = sums === null ? 0 : native.temp(groups * n);
  native.launch(Op.SlopeRows, groups, [m, n, GROUP, slope.kind, slope.before, slope.dy, slope.to, partial, ld], [], 96);
  if (sums !== null) {
    native.launch(Op.SumGroups, Math.ceil(n / COLUMNS), [groups, n, COLUMNS, partial, sums]);
    native.free(partial);
  }
}
