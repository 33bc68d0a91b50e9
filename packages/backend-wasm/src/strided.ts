import type { CopyAxis as Axis, PlanCopy } from "@xlm/kernels/backend";
import type { Native } from "./native.js";
import { Op } from "./ops.js";

/** Elements of a chunk, of a row at most; `SEGMENT` of assembly/copy.ts. */
const SEGMENT = 16384;
/** `SIDE` of assembly/transpose.ts. */
const SIDE = 64;
/** What the kernel turns over at a time. */
const SQUARE_BYTES = 4 * 16 * 16;

/** Axes that can be gone through as one are joined, the innermost last. */
function joined(axes: readonly Axis[]): Axis[] {
  const all: Axis[] = [];
  for (const axis of axes) {
    if (axis.size === 1) continue;
    const last = all[all.length - 1];
    if (last && last.from === axis.from * axis.size && last.to === axis.to * axis.size) {
      all[all.length - 1] = { ...axis, size: last.size * axis.size };
    } else all.push(axis);
  }
  return all;
}

/** Copies in rows where elements stand together on both sides, in squares where each side has its own axis of neighbours. */
export const planCopy: PlanCopy<Native> = (axes) => {
  const all = joined(axes);
  const last = all.length - 1;
  const inner = all[last];
  if (!inner) return (native, from, to) => copyRows(native, from, to, 1, []);
  if (inner.from === 1 && inner.to === 1) {
    if (all.length > 4) return null;
    return (native, from, to) => copyRows(native, from, to, inner.size, all.slice(0, -1));
  }
  const unit = all.findIndex(({ from }) => from === 1);
  if (unit >= 0 && inner.to === 1) {
    if (all.length > 5) return null;
    const others = all.filter((_, i) => i !== unit && i !== last);
    return (native, from, to) => transpose(native, from, to, inner, all[unit] as Axis, others);
  }
  if (all.length > 3) return null;
  return (native, from, to) => copyRows(native, from, to, 1, all);
};

/** The axes as `[d0, d1, d2]`: how many elements, then what the kernels are told. */
function outerAxes(axes: readonly Axis[]): { count: number; ints: number[] } {
  const axis = (i: number): Axis => axes[axes.length - i] ?? { size: 1, from: 0, to: 0 };
  const [a, b, c] = [axis(3), axis(2), axis(1)];
  return { count: a.size * b.size * c.size, ints: [b.size, c.size, a.from, b.from, c.from, a.to, b.to, c.to] };
}

function copyRows(native: Native, from: number, to: number, n: number, axes: readonly Axis[]): void {
  const { count, ints } = outerAxes(axes);
  const per = Math.max(1, Math.floor(SEGMENT / n));
  const segments = Math.ceil(n / SEGMENT);
  native.launch(Op.CopyRows, Math.ceil(count / per) * segments, [from, to, n, count, per, segments, ...ints]);
}

function transpose(native: Native, from: number, to: number, i: Axis, j: Axis, axes: readonly Axis[]): void {
  const { count, ints } = outerAxes(axes);
  const blocks = count * Math.ceil(i.size / SIDE) * Math.ceil(j.size / SIDE);
  const per = Math.floor(SEGMENT / (Math.min(SIDE, i.size) * Math.min(SIDE, j.size)));
  const args = [from, to, i.size, j.size, i.from, j.to, blocks, per, ...ints];
  native.launch(Op.Transpose, Math.ceil(blocks / per), args, [], SQUARE_BYTES);
}
