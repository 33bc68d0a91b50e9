import type { TensorInfo } from "@tensorflow/tfjs-core";
import { broadcast } from "../broadcast.js";
import { BinaryOp, UnaryOp } from "../elementwise.js";
import type { Native } from "../native.js";
import { multiply } from "../product.js";
import { launchBinary } from "./binary.js";
import { batchMatMul } from "./matmul.js";
import { areFloats } from "@xlm/kernels/backend";
import type { NativeKernel } from "./registry.js";
import { launchUnary } from "./unary.js";

interface Attributes {
  transposeA: boolean;
  transposeB: boolean;
  activation?: string;
  leakyreluAlpha?: number;
}

/** What comes last, with the floats of `launchUnary`; null for nothing. `elu` and `prelu` are left to the cpu kernel. */
const ACTIVATIONS: Readonly<Record<string, ((alpha: number) => [UnaryOp, number[]]) | null>> = {
  linear: null,
  relu: () => [UnaryOp.Relu, []],
  relu6: () => [UnaryOp.ClipByValue, [0, 6]],
  sigmoid: () => [UnaryOp.Sigmoid, []],
  leakyrelu: (alpha) => [UnaryOp.LeakyRelu, [alpha]],
};

/** `_FusedMatMul`: a product of `[batch, m, k]` and `[batch, k, n]`, a bias, an activation. */
export const fusedMatMul: NativeKernel<Attributes> = (native, inputs, attrs) => {
  const { a, b, bias } = inputs as { a: TensorInfo; b: TensorInfo; bias?: TensorInfo };
  const { activation = "linear", leakyreluAlpha = 0 } = attrs;
  const last = ACTIVATIONS[activation];
  if (last === undefined || !areFloats(a, b, bias) || a.shape.length !== 3 || b.shape.length !== 3) return null;
  const rows = bias ? startingFrom(native, a, b, bias, attrs) : null;
  const out = rows ?? batchMatMul(native, { a, b }, attrs);
  if (!out || Array.isArray(out)) return null;
  const c = native.address(out);
  if (bias && !rows) {
    const axes = broadcast(out.shape, bias.shape);
    if (axes) launchBinary(native, BinaryOp.Add, axes, c, native.address(bias), c);
  }
  if (last) {
    const [op, floats] = last(leakyreluAlpha);
    launchUnary(native, op, c, c, native.size(out), floats);
  }
  return out;
};

/** The product of all rows of a with one matrix, its sums starting from a bias for each column; null for anything else. */
function startingFrom(
  native: Native,
  a: TensorInfo,
  b: TensorInfo,
  bias: TensorInfo,
  { transposeA, transposeB }: Attributes,
): TensorInfo | null {
  const [batch, p, q] = a.shape as [number, number, number];
  const [one, r, s] = b.shape as [number, number, number];
  const [m, k] = transposeA ? [q, p] : [p, q];
  const n = transposeB ? r : s;
  if (one !== 1 || (transposeA && batch !== 1) || native.size(bias) !== n || bias.shape.at(-1) !== n) return null;
  if (batch * m * k * n === 0) return null;
  const out = native.make([batch, m, n]);
  multiply(
    native,
    { m: batch * m, n, k },
    { at: native.address(a), rs: transposeA ? 1 : k, cs: transposeA ? m : 1 },
    { at: native.address(b), rs: transposeB ? 1 : n, cs: transposeB ? k : 1 },
    { at: native.address(out), start: native.address(bias) },
  );
  return out;
}
