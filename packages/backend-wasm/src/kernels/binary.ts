import type { TensorInfo } from "@tensorflow/tfjs-core";
import { broadcast, type Broadcast } from "../broadcast.js";
import { BinaryOp } from "../elementwise.js";
import type { Native } from "../native.js";
import { Op } from "../ops.js";
import { areFloats, hasWords } from "@xlm/kernels/backend";
import type { NativeKernel } from "./registry.js";

/** Elements of a chunk, of a row at most; `SEGMENT` of assembly/binary.ts. */
const SEGMENT = 16384;

/** `c = a op b`, element by element. c lies dense, and may be an operand that is not repeated. */
export function launchBinary(native: Native, op: BinaryOp, axes: Broadcast, a: number, b: number, c: number): void {
  const { inner, steps, rows, sizes, strides } = axes;
  const per = Math.max(1, Math.floor(SEGMENT / inner));
  const segments = Math.ceil(inner / SEGMENT);
  native.launch(Op.Binary, Math.ceil(rows / per) * segments, [
    ...[op, a, b, c, inner, steps[0], steps[1], rows, per, segments, sizes[0], sizes[1]],
    ...strides[0],
    ...strides[1],
  ]);
}

const binary =
  (op: BinaryOp): NativeKernel =>
  (native, inputs) => {
    const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
    const axes = areFloats(a, b) ? broadcast(a.shape, b.shape) : null;
    if (!axes) return null;
    const out = native.make(axes.shape, op < BinaryOp.Greater ? "float32" : "bool");
    launchBinary(native, op, axes, native.address(a), native.address(b), native.address(out));
    return out;
  };

/** `AddN`: the sum of tensors of one shape. */
const addN: NativeKernel = (native, inputs) => {
  const terms = inputs as unknown as TensorInfo[];
  const [first, second, ...others] = terms as [TensorInfo, TensorInfo | undefined];
  const axes = second && areFloats(...terms) ? broadcast(first.shape, first.shape) : null;
  if (!axes) return null;
  const out = native.make(first.shape);
  const c = native.address(out);
  launchBinary(native, BinaryOp.Add, axes, native.address(first), native.address(second as TensorInfo), c);
  for (const x of others as TensorInfo[]) launchBinary(native, BinaryOp.Add, axes, c, native.address(x), c);
  return out;
};

/** `Select` of a condition, two tensors of 4-byte elements, all of one shape. */
const select: NativeKernel = (native, inputs) => {
  const { condition, t, e } = inputs as { condition: TensorInfo; t: TensorInfo; e: TensorInfo };
  if (condition.dtype !== "bool" || t.dtype !== e.dtype || !hasWords(t)) return null;
  const n = native.size(t);
  const alike = (x: TensorInfo): boolean =>
    x.shape.length === t.shape.length && x.shape.every((d, i) => d === t.shape[i]);
  if (n === 0 || !alike(condition) || !alike(e)) return null;
  const out = native.make(t.shape, t.dtype);
  const addresses = [condition, t, e, out].map((x) => native.address(x));
  native.launch(Op.Select, Math.ceil(n / SEGMENT), [...addresses, n]);
  return out;
};

/** Kernels of two floats or more, under tfjs's names. */
export const binaryKernels: Record<string, NativeKernel> = {
  Add: binary(BinaryOp.Add),
  AddN: addN,
  Sub: binary(BinaryOp.Sub),
  Multiply: binary(BinaryOp.Multiply),
  RealDiv: binary(BinaryOp.RealDiv),
  Maximum: binary(BinaryOp.Maximum),
  Minimum: binary(BinaryOp.Minimum),
  SquaredDifference: binary(BinaryOp.SquaredDifference),
  Greater: binary(BinaryOp.Greater),
  GreaterEqual: binary(BinaryOp.GreaterEqual),
  Less: binary(BinaryOp.Less),
  LessEqual: binary(BinaryOp.LessEqual),
  Equal: binary(BinaryOp.Equal),
  NotEqual: binary(BinaryOp.NotEqual),
  Select: select,
};
