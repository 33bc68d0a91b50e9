import type { TensorInfo } from "@tensorflow/tfjs-core";
import { areFloats, matmulSizes, type Transposes } from "@xlm/kernels/backend";
import { multiply, numbersOf } from "../product.js";
import { addRow, launchUnary } from "./elementwise.js";
import type { NativeKernel } from "./registry.js";

/** `BatchMatMul`: `[..., m, k] x [..., k, n]`, either transposed, batches equal or one of them 1. */
export const batchMatMul: NativeKernel<Transposes> = (native, inputs, transposes) => {
  const sizes = matmulSizes(inputs, transposes);
  if (!sizes) return null;
  const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
  const { m, n, k, batchA, batchB, shape } = sizes;
  const out = native.make(shape);
  const side = (x: TensorInfo, transposed: boolean, step: number) => ({
    ...numbersOf(native, x),
    ...{ ld: x.shape.at(-1) as number, transposed, step },
  });
  const left = side(a, transposes.transposeA, batchA === 1 ? 0 : m * k);
  const right = side(b, transposes.transposeB, batchB === 1 ? 0 : k * n);
  const to = { at: native.address(out), ld: n, step: m * n };
  multiply(native, { m, n, k, batch: Math.max(batchA, batchB) }, left, right, to);
  return out;
};

interface FusedAttributes extends Transposes {
  activation?: string;
  leakyreluAlpha?: number;
}

/** What comes last, with p and q of the kernel; null for nothing. `elu` and `prelu` are left to the cpu kernel. */
const ACTIVATIONS = {
  linear: null,
  relu: ["Relu", 0, 0],
  relu6: ["ClipByValue", 0, 6],
  sigmoid: ["Sigmoid", 0, 0],
  leakyrelu: ["LeakyRelu", null, 0],
} as const;

/** `_FusedMatMul`: a product of `[batch, m, k]` and `[batch, k, n]`, a bias for each column, an activation. */
export const fusedMatMul: NativeKernel<FusedAttributes> = (native, inputs, attrs) => {
  const { a, b, bias } = inputs as { a: TensorInfo; b: TensorInfo; bias?: TensorInfo };
  const { activation = "linear", leakyreluAlpha = 0 } = attrs;
  if (!(activation in ACTIVATIONS) || !areFloats(a, b, bias)) return null;
  const n = b.shape.at(attrs.transposeB ? -2 : -1) as number;
  if (bias && (native.size(bias) !== n || bias.shape.at(-1) !== n || n === 0)) return null;
  const out = batchMatMul(native, { a, b }, attrs) as TensorInfo | null;
  if (!out) return null;
  const [to, size] = [native.address(out), native.size(out)];
  if (bias) addRow(native, to, native.address(bias), size / n, n);
  const last = ACTIVATIONS[activation as keyof typeof ACTIVATIONS];
  if (last) launchUnary(native, last[0], to, to, size, last[1] ?? leakyreluAlpha, last[2]);
  return out;
};
