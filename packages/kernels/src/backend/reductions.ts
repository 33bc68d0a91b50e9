import * as tf from "@tensorflow/tfjs-core";

/** Attributes of tfjs's reductions. */
export interface ReductionAttrs {
  axis?: number | number[];
  reductionIndices?: number | number[];
  keepDims?: boolean;
}

export interface ReductionAxes {
  /** The shape of the result. */
  kept: number[];
  /** The array as `[outer, m, inner]`, of which m goes. */
  sizes: [outer: number, m: number, inner: number];
}

/** How an array is reduced; null where axes that stay lie between those that go. */
export function reductionAxes(shape: number[], attrs: ReductionAttrs): ReductionAxes | null {
  const gone = new Set(tf.util.parseAxisParam((attrs.axis ?? attrs.reductionIndices) as number[], shape));
  const kept = shape.flatMap((d, i) => (!gone.has(i) ? [d] : attrs.keepDims ? [1] : []));
  const sizes: [number, number, number] = [1, 1, 1];
  let at: 0 | 1 | 2 = 0;
  for (let i = 0; i < shape.length; i++) {
    if (shape[i] === 1) continue;
    if (gone.has(i)) {
      if (at === 2) return null;
      at = 1;
    } else if (at === 1) at = 2;
    sizes[at] *= shape[i] as number;
  }
  return { kept, sizes };
}
