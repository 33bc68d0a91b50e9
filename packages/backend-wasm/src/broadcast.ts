/** How two arrays of shapes that broadcast are gone through: rows of one length, at the indices of up to three axes. */
export interface Broadcast {
  readonly shape: number[];
  /** Length of a row. */
  readonly inner: number;
  /** Bytes from one element of a row to the next: 4, or 0 where one element serves the whole row. */
  readonly steps: readonly [number, number];
  readonly rows: number;
  /** The second and third axis of the rows. */
  readonly sizes: readonly [number, number];
  /** Elements from one index of each axis to the next. */
  readonly strides: readonly [readonly number[], readonly number[]];
}

const NONE = [0, 0, 0] as const;

/** Axes that a alone has, b alone has, both have. */
const A = 1;
const B = 2;

/**
 * Axes that are alike are taken together, so most broadcasts have one or two. Null for shapes that do not go together, hold
 * nothing, or have more than four axes left.
 */
export function broadcast(a: readonly number[], b: readonly number[]): Broadcast | null {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = new Array<number>(rank);
  const sizes: number[] = [];
  const kinds: number[] = [];
  for (let i = 1; i <= rank; i++) {
    const p = a[a.length - i] ?? 1;
    const q = b[b.length - i] ?? 1;
    const d = p === 1 ? q : p;
    if (d === 0 || (q !== d && q !== 1)) return null;
    shape[rank - i] = d;
    if (d === 1) continue;
    const kind = (p === 1 ? 0 : A) | (q === 1 ? 0 : B);
    const last = sizes.length - 1;
    if (kinds[last] === kind) sizes[last] = (sizes[last] as number) * d;
    else {
      sizes.push(d);
      kinds.push(kind);
    }
  }
  if (sizes.length > 4) return null;
  const inner = sizes[0] ?? 1;
  const kind = kinds[0] ?? A | B;
  const steps = [kind & A ? 4 : 0, kind & B ? 4 : 0] as const;
  if (sizes.length < 2) return { shape, inner, steps, rows: 1, sizes: [1, 1], strides: [NONE, NONE] };
  const strides: [number[], number[]] = [
    [0, 0, 0],
    [0, 0, 0],
  ];
  const lengths = [kind & A ? inner : 1, kind & B ? inner : 1] as [number, number];
  let rows = 1;
  for (let i = 1; i < sizes.length; i++) {
    const size = sizes[i] as number;
    for (const side of [0, 1] as const) {
      if (!((kinds[i] as number) & (1 << side))) continue;
      strides[side][3 - i] = lengths[side];
      lengths[side] *= size;
    }
    rows *= size;
  }
  return { shape, inner, steps, rows, sizes: [sizes[2] ?? 1, sizes[1] ?? 1], strides };
}
