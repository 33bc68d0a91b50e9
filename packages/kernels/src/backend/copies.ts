import * as tf from "@tensorflow/tfjs-core";
import { sizeOf } from "@xlm/core";
import { hasWords, type NativeKernel } from "./registry.js";
import type { KernelScope } from "./scope.js";

type Numbers = readonly number[];

/** An axis of a copy: its length, and elements from one index to the next on either side. */
export interface CopyAxis {
  size: number;
  from: number;
  to: number;
}

/**
 * What copies elements of 4 bytes from anywhere to anywhere, from one address to another: made first, so that a kernel can leave it to the
 * cpu kernel before it has taken any room. The axes stand in the order of the result; null when there are too many.
 */
export type PlanCopy<N> = (axes: readonly CopyAxis[]) => ((native: N, from: number, to: number) => void) | null;

/** Elements from one index to the next, for each axis of a dense array. */
export function stridesOf(shape: Numbers): number[] {
  const strides = new Array<number>(shape.length);
  for (let i = shape.length - 1, all = 1; i >= 0; i--) {
    strides[i] = all;
    all *= shape[i] as number;
  }
  return strides;
}

/** Kernels that move elements and change none, under tfjs's names: `Transpose`, `Slice`, `SplitV`, `Unpack`, `Concat`, `Pack`, `Tile`. */
export function copyKernels<N extends KernelScope>(planCopy: PlanCopy<N>): Record<string, NativeKernel<N, never>> {
  /** Whatever the permutation. */
  const transpose: NativeKernel<N, { perm: number[] }> = (native, inputs, { perm }) => {
    const { x } = inputs as { x: tf.TensorInfo };
    if (!hasWords(x) || native.size(x) === 0) return null;
    const shape = perm.map((axis) => x.shape[axis] as number);
    const [from, to] = [stridesOf(x.shape), stridesOf(shape)];
    const copy = planCopy(
      shape.map((size, i) => ({ size, from: from[perm[i] as number] as number, to: to[i] as number })),
    );
    if (!copy) return null;
    const out = native.make(shape, x.dtype);
    copy(native, native.address(x), native.address(out));
    return out;
  };

  /** `x[begin : begin + size]`, given another shape; null where it is cut along too many axes. */
  const cut = (native: N, x: tf.TensorInfo, begin: Numbers, size: number[], shape = size): tf.TensorInfo | null => {
    const [from, to] = [stridesOf(x.shape), stridesOf(size)];
    const copy = planCopy(size.map((d, i) => ({ size: d, from: from[i] as number, to: to[i] as number })));
    if (!copy) return null;
    const out = native.make(shape, x.dtype);
    const offset = begin.reduce((sum, at, i) => sum + at * (from[i] as number), 0);
    copy(native, native.address(x) + 4 * offset, native.address(out));
    return out;
  };

  const slice: NativeKernel<N, { begin: number | number[]; size: number | number[] }> = (native, inputs, attrs) => {
    const { x } = inputs as { x: tf.TensorInfo };
    if (!hasWords(x)) return null;
    const [begin, size] = tf.slice_util.parseSliceParams(x, attrs.begin, attrs.size) as [number[], number[]];
    tf.slice_util.assertParamsValid(x, begin, size);
    return size.includes(0) ? null : cut(native, x, begin, size);
  };

  /** Pieces along one axis, each of its own length; `drop` leaves the axis out of their shapes. */
  const pieces = (native: N, x: tf.TensorInfo, axis: number, lengths: Numbers, drop: boolean) => {
    if (!hasWords(x) || native.size(x) === 0 || lengths.includes(0)) return null;
    const begin = x.shape.map(() => 0);
    return lengths.map((length) => {
      const size = x.shape.map((d, i) => (i === axis ? length : d));
      // Never null: of an array that is cut along one axis, two are left.
      const piece = cut(native, x, begin, size, drop ? size.filter((_, i) => i !== axis) : size) as tf.TensorInfo;
      begin[axis] = (begin[axis] as number) + length;
      return piece;
    });
  };

  const splitV: NativeKernel<N, { numOrSizeSplits: number | number[]; axis: number }> = (native, inputs, attrs) => {
    const { x } = inputs as { x: tf.TensorInfo };
    const axis = tf.util.parseAxisParam(attrs.axis, x.shape)[0] as number;
    return pieces(native, x, axis, tf.backend_util.prepareSplitSize(x, attrs.numOrSizeSplits, axis), false);
  };

  /** The pieces of length 1, without that axis. */
  const unpack: NativeKernel<N, { axis: number }> = (native, inputs, attrs) => {
    const { value } = inputs as { value: tf.TensorInfo };
    const axis = attrs.axis < 0 ? attrs.axis + value.shape.length : attrs.axis;
    return pieces(native, value, axis, new Array<number>(value.shape[axis] as number).fill(1), true);
  };

  /** Tensors of elements of 4 bytes, one after the other along an axis of `shape`; `lengths` are theirs there. */
  const chain = (native: N, parts: readonly tf.TensorInfo[], lengths: Numbers, shape: number[], axis: number) => {
    const { dtype } = parts[0] as tf.TensorInfo;
    if (parts.length < 2 || !parts.every((x) => hasWords(x) && x.dtype === dtype)) return null;
    const inner = sizeOf(shape.slice(axis + 1));
    const outer = sizeOf(shape.slice(0, axis));
    const width = inner * (shape[axis] as number);
    const out = native.make(shape, dtype);
    let to = native.address(out);
    parts.forEach((x, i) => {
      const n = inner * (lengths[i] as number);
      const axes = [
        { size: outer, from: n, to: width },
        { size: n, from: 1, to: 1 },
      ];
      planCopy(axes)?.(native, native.address(x), to); // two axes are never too many
      to += 4 * n;
    });
    return out;
  };

  const concat: NativeKernel<N, { axis: number }> = (native, inputs, attrs) => {
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
    const lengths = parts.map((x) => x.shape[axis] as number);
    return chain(native, parts, lengths, shape, axis);
  };

  /** Tensors of one shape along a new axis. */
  const pack: NativeKernel<N, { axis: number }> = (native, inputs, { axis }) => {
    const parts = inputs as unknown as tf.TensorInfo[];
    const { shape } = parts[0] as tf.TensorInfo;
    if (axis < 0 || !parts.every((x) => native.size(x) > 0 && tf.util.arraysEqual(x.shape, shape))) return null;
    const out = [...shape.slice(0, axis), parts.length, ...shape.slice(axis)];
    return chain(native, parts, new Array<number>(parts.length).fill(1), out, axis);
  };

  const tile: NativeKernel<N, { reps: number[] }> = (native, inputs, { reps }) => {
    const { x } = inputs as { x: tf.TensorInfo };
    if (!hasWords(x) || native.size(x) === 0 || reps.length !== x.shape.length || reps.includes(0)) return null;
    const shape = x.shape.map((d, i) => d * (reps[i] as number));
    const [from, to] = [stridesOf(x.shape), stridesOf(shape)];
    const axes = x.shape.flatMap((d, i) => [
      { size: reps[i] as number, from: 0, to: (to[i] as number) * d },
      { size: d, from: from[i] as number, to: to[i] as number },
    ]);
    const copy = planCopy(axes);
    if (!copy) return null;
    const out = native.make(shape, x.dtype);
    copy(native, native.address(x), native.address(out));
    return out;
  };

  return {
    Transpose: transpose,
    Slice: slice,
    SplitV: splitV,
    Unpack: unpack,
    Concat: concat,
    Pack: pack,
    Tile: tile,
  };
}
