import type { DataType, TensorInfo } from "@tensorflow/tfjs-core";
import { UnaryOp } from "../elementwise.js";
import type { Native } from "../native.js";
import { Op } from "../ops.js";
import { areFloats } from "@xlm/kernels/backend";
import type { NativeKernel } from "./registry.js";

/** `CHUNK` of assembly/unary.ts. */
const CHUNK = 16384;
/** Room for the 8 floats at the end of an array. */
const SCRATCH_BYTES = 32;

/** `out = op(x)` for n elements; x may be out. The floats are p and q of `UnaryOp`. */
export function launchUnary(
  native: Native,
  op: UnaryOp,
  x: number,
  out: number,
  n: number,
  floats: readonly number[] = [],
): void {
  native.launch(Op.Unary, Math.ceil(n / CHUNK), [op, x, out, n], floats, SCRATCH_BYTES);
}

function run(native: Native, op: UnaryOp, x: TensorInfo, dtype: DataType, floats?: readonly number[]): TensorInfo {
  const out = native.make(x.shape, dtype);
  launchUnary(native, op, native.address(x), native.address(out), native.size(x), floats);
  return out;
}

type Attributes = Record<string, number>;

const unary =
  (op: UnaryOp, floatsOf?: (attrs: Attributes) => number[]): NativeKernel<Attributes> =>
  (native, inputs, attrs) => {
    const { x } = inputs as { x: TensorInfo };
    if (!areFloats(x) || native.size(x) === 0) return null;
    return run(native, op, x, "float32", floatsOf?.(attrs));
  };

/** `Cast` where elements change: to float32 from int32 or bool, to int32 from float32. */
const cast: NativeKernel<{ dtype: DataType }> = (native, inputs, { dtype }) => {
  const { x } = inputs as { x: TensorInfo };
  if (native.size(x) === 0) return null;
  if (dtype === "float32" && (x.dtype === "int32" || x.dtype === "bool")) return run(native, UnaryOp.ToFloat, x, dtype);
  if (dtype === "int32" && x.dtype === "float32") return run(native, UnaryOp.ToInt, x, dtype);
  return null;
};

/** Kernels of one float, under tfjs's names. */
export const unaryKernels: Record<string, NativeKernel<never>> = {
  Neg: unary(UnaryOp.Neg),
  Abs: unary(UnaryOp.Abs),
  Square: unary(UnaryOp.Square),
  Sqrt: unary(UnaryOp.Sqrt),
  Rsqrt: unary(UnaryOp.Rsqrt),
  Reciprocal: unary(UnaryOp.Reciprocal),
  Exp: unary(UnaryOp.Exp),
  Log: unary(UnaryOp.Log),
  Tanh: unary(UnaryOp.Tanh),
  Erf: unary(UnaryOp.Erf), // Differs: right to a few ulp, where tfjs's cpu kernel is to 1.5e-7
  Sigmoid: unary(UnaryOp.Sigmoid),
  Softplus: unary(UnaryOp.Softplus),
  Relu: unary(UnaryOp.Relu),
  Relu6: unary(UnaryOp.ClipByValue, () => [0, 6]),
  Step: unary(UnaryOp.Step, ({ alpha = 0 }) => [alpha]),
  LeakyRelu: unary(UnaryOp.LeakyRelu, ({ alpha = 0 }) => [alpha]),
  ClipByValue: unary(UnaryOp.ClipByValue, ({ clipValueMin = 0, clipValueMax = 0 }) => [clipValueMin, clipValueMax]),
  Cast: cast,
};
