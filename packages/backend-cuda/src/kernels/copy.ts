import * as tf from "@tensorflow/tfjs-core";
import { sizeOf } from "@xlm/core";
import { collapse, padded, stridesOf, type Axes } from "../axes.js";
import type { Native } from "../native.js";
import { programOf } from "../program.js";
import { hasWords, type NativeKernel } from "./registry.js";

export const COPY = programOf("copy");

type Numbers = readonly number[];

/** Axes that `copy_strided` goes through. */
const AXES = 5;

/** How elements of 4 bytes get from one place to another; null for more axes than the kernel has. */
const plan = (sizes: Numbers, from: Numbers, to: Numbers): Axes | null => padded(collapse(sizes, [from, to]), AXES);

/** Copies `n` elements along a plan. */
function copy(native: Native, { sizes, strides }: Axes, from: number, to: number): void {
  const n = sizeOf(sizes);
  const [left, right] = strides as [number[], number[]];
  const dense = sizes.slice(0, -1).every((size) => size === 1) && left.at(-1) === 1 && right.at(-1) === 1;
  if (dense) native.device.copy(from, to, 4 * n);
  else native.launch(COPY, "copy_strided", native.blocks(n), [from, to, n, ...sizes.slice(1), ...left, ...right]);
}

/** `Transpose`, whatever the permutation. */
const transpose: NativeKernel<{ perm: number[] }> = (native, inputs, { perm }) => {
  const { x } = inputs as { x: tf.TensorInfo };
  if (!hasWords(x) || native.size(x) === 0) return null;
  const shape = perm.map((axis) => x.shape[axis] as number);
  const from = stridesOf(x.shape);
  const axes = plan(
    shape,
    perm.map((axis) => from[axis] as number),
    stridesOf(shape),
  );
  if (!axes) return null;
  const out = native.make(shape, x.dtype);
  copy(native, axes, native.address(x), native.address(out));
  return out;
};

/** `x[begin : begin + size]`, given another shape; null where it is cut along too many axes. */
function cut(native: Native, x: tf.TensorInfo, begin: Numbers, size: number[], shape = size): tf.TensorInfo | null {
  const from = stridesOf(x.shape);
  const axes = plan(size, from, stridesOf(size));
  if (!axes) return null;
  const out = native.make(shape, x.dtype);
  const offset = begin.reduce((sum, at, i) => sum + at * (from[i] as number), 0);
  copy(native, axes, native.address(x) + 4 * offset, native.address(out));
  return out;
}

/** `Slice`. */
const slice: NativeKernel<{ begin: number | number[]; size: number | number[] }> = (native, inputs, attrs) => {
  const { x } = inputs as { x: tf.TensorInfo };
  if (!hasWords(x)) return null;
  const [begin, size] = tf.slice_util.parseSliceParams(x, attrs.begin, attrs.size) as [number[], number[]];
  tf.slice_util.assertParamsValid(x, begin, size);
  return size.includes(0) ? null : cut(native, x, begin, size);
};

/** Pieces along one axis, each of its own length; `drop` leaves the axis out of their shapes. */
function pieces(
  native: Native,
  x: tf.TensorInfo,
  axis: number,
  lengths: Numbers,
  drop: boolean,
): tf.TensorInfo[] | null {
  if (!hasWords(x) || native.size(x) === 0 || lengths.includes(0)) return null;
  const begin = x.shape.map(() => 0);
  return lengths.map((length) => {
    const size = x.shape.map((d, i) => (i === axis ? length : d));
    // Never null: of an array that is cut along one axis, two are left.
    const piece = cut(native, x, begin, size, drop ? size.filter((_, i) => i !== axis) : size) as tf.TensorInfo;
    begin[axis] = (begin[axis] as number) + length;
    return piece;
  });
}

/** `SplitV`. */
const splitV: NativeKernel<{ numOrSizeSplits: number | number[]; axis: number }> = (native, inputs, attrs) => {
  const { x } = inputs as { x: tf.TensorInfo };
  const axis = tf.util.parseAxisParam(attrs.axis, x.shape)[0] as number;
  return pieces(native, x, axis, tf.backend_util.prepareSplitSize(x, attrs.numOrSizeSplits, axis), false);
};

/** `Unpack`: the pieces of length 1, without that axis. */
const unpack: NativeKernel<{ axis: number }> = (native, inputs, attrs) => {
  const { value } = inputs as { value: tf.TensorInfo };
  const axis = attrs.axis < 0 ? attrs.axis + value.shape.length : attrs.axis;
  return pieces(native, value, axis, new Array<number>(value.shape[axis] as number).fill(1), true);
};

/** Tensors of elements of 4 bytes, one after the other along an axis of `shape`; `lengths` are theirs there. */
function chain(
  native: Native,
  parts: readonly tf.TensorInfo[],
  lengths: Numbers,
  shape: number[],
  axis: number,
): tf.TensorInfo | null {
  const { dtype } = parts[0] as tf.TensorInfo;
  if (parts.length < 2 || !parts.every((x) => hasWords(x) && x.dtype === dtype)) return null;
  const inner = sizeOf(shape.slice(axis + 1));
  const outer = sizeOf(shape.slice(0, axis));
  const width = inner * (shape[axis] as number);
  const out = native.make(shape, dtype);
  let to = native.address(out);
  parts.forEach((x, i) => {
    const n = inner * (lengths[i] as number);
    copy(native, plan([outer, n], [n, 1], [width, 1]) as Axes, native.address(x), to); // two axes are never too many
    to += 4 * n;
  });
  return out;
}

/** `Concat`. */
const concat: NativeKernel<{ axis: number }> = (native, inputs, attrs) => {
  const all = inputs as unknown as tf.TensorInfo[];
  const shapes = all.map((x) => x.shape);
  const axis = tf.util.parseAxisParam(attrs.axis, shapes[0] as number[])[0] as number;
  tf.backend_util.assertParamsConsistent(shapes, axis);
  const parts = all.filter((x) => native.size(x) > 0);
  if (parts.length < 2) return null;
  const shape = tf.backend_util.computeOutShape(
    parts.map((x) => x.shape),
    axis,
  );
  return chain(
    native,
    parts,
    parts.map((x) => x.shape[axis] as number),
    shape,
    axis,
  );
};

/** `Pack`: tensors of one shape along a new axis. */
const pack: NativeKernel<{ axis: number }> = (native, inputs, { axis }) => {
  const parts = inputs as unknown as tf.TensorInfo[];
  const { shape } = parts[0] as tf.TensorInfo;
  if (axis < 0 || !parts.every((x) => native.size(x) > 0 && tf.util.arraysEqual(x.shape, shape))) return null;
  const out = [...shape.slice(0, axis), parts.length, ...shape.slice(axis)];
  return chain(native, parts, new Array<number>(parts.length).fill(1), out, axis);
};

/** `Tile`. */
const tile: NativeKernel<{ reps: number[] }> = (native, inputs, { reps }) => {
  const { x } = inputs as { x: tf.TensorInfo };
  if (!hasWords(x) || native.size(x) === 0 || reps.length !== x.shape.length || reps.includes(0)) return null;
  const shape = x.shape.map((d, i) => d * (reps[i] as number));
  const [from, to] = [stridesOf(x.shape), stridesOf(shape)];
  const axes = plan(
    x.shape.flatMap((d, i) => [reps[i] as number, d]),
    from.flatMap((stride) => [0, stride]),
    to.flatMap((stride, i) => [stride * (x.shape[i] as number), stride]),
  );
  if (!axes) return null;
  const out = native.make(shape, x.dtype);
  copy(native, axes, native.address(x), native.address(out));
  return out;
};

const bitsOf = (value: number, dtype: tf.DataType): number =>
  dtype === "int32" ? value : (new Int32Array(Float32Array.of(value).buffer)[0] as number);

function filled(native: Native, shape: number[], dtype: tf.DataType, value: number): tf.TensorInfo {
  const out = native.make(shape, dtype);
  native.device.fill(native.address(out), sizeOf(shape), bitsOf(value, dtype));
  return out;
}

/** `Fill` with a number. */
const fill: NativeKernel<{ shape: number[]; value: number | string; dtype?: tf.DataType }> = (native, _, attrs) => {
  const { shape, value, dtype = tf.util.inferDtype(value) } = attrs;
  if (typeof value !== "number" || (dtype !== "float32" && dtype !== "int32") || sizeOf(shape) === 0) return null;
  return filled(native, shape, dtype, value);
};

/** `ZerosLike` and `OnesLike`. */
const like =
  (value: number): NativeKernel =>
  (native, inputs) => {
    const { x } = inputs as { x: tf.TensorInfo };
    return hasWords(x) && native.size(x) > 0 ? filled(native, x.shape, x.dtype, value) : null;
  };

/** `OneHot`. */
const oneHot: NativeKernel<{ dtype: tf.DataType; depth: number; onValue: number; offValue: number }> = (
  native,
  inputs,
  { dtype, depth, onValue, offValue },
) => {
  const { indices } = inputs as { indices: tf.TensorInfo };
  const n = native.size(indices) * depth;
  if (indices.dtype !== "int32" || (dtype !== "float32" && dtype !== "int32") || n === 0) return null;
  const out = native.make([...indices.shape, depth], dtype);
  const places = [native.address(indices), native.address(out)];
  native.launch(COPY, "one_hot", native.blocks(n), [
    ...[...places, n, depth],
    ...[bitsOf(onValue, dtype), bitsOf(offValue, dtype)],
  ]);
  return out;
};

/** Kernels that move elements or repeat one, under tfjs's names. */
export const copyKernels: Record<string, NativeKernel<never>> = {
  Transpose: transpose,
  Slice: slice,
  SplitV: splitV,
  Unpack: unpack,
  Concat: concat,
  Pack: pack,
  Tile: tile,
  Fill: fill,
  ZerosLike: like(0),
  OnesLike: like(1),
  OneHot: oneHot,
};
