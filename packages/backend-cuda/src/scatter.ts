/** How rows are added to rows named by index, so that each sum has one order, whatever the card. */
export interface ScatterPlan {
  /** Rows that are added, those of one index together, each index's in the order in which they came. */
  order: Int32Array;
  /** `[n, 4]`: a stretch of `order`, from and until; the row its sum goes to; 1 for a row of the result, 0 for a partial one. */
  segments: Int32Array;
  /** `[n, 3]`: partial rows, from and until, and the row of the result that their sum is. */
  joins: Int32Array;
  /** How many partial rows there are. */
  partials: number;
}

/** Rows of a segment, at most: enough for few launches, few enough that an index with many rows keeps many blocks busy. */
const LONGEST = 64;

/** Indices that name no row, and `skip`, are passed over. */
export function planScatter(indices: Int32Array, rows: number, skip: number): ScatterPlan {
  const isUsed = (index: number): boolean => index >= 0 && index < rows && index !== skip;
  const starts = new Int32Array(rows + 1);
  for (const index of indices) if (isUsed(index)) (starts[index + 1] as number)++;
  for (let row = 0; row < rows; row++) (starts[row + 1] as number) += starts[row] as number;
  const order = new Int32Array(starts[rows] as number);
  const next = starts.slice(0, rows);
  indices.forEach((index, i) => {
    if (isUsed(index)) order[next[index]!++] = i;
  });
  const segments: number[] = [];
  const joins: number[] = [];
  let partials = 0;
  for (let row = 0; row < rows; row++) {
    const [from, until] = [starts[row] as number, starts[row + 1] as number];
    if (until === from) continue;
    if (until - from <= LONGEST) {
      segments.push(from, until, row, 1);
      continue;
    }
    const first = partials;
    for (let at = from; at < until; at += LONGEST) segments.push(at, Math.min(until, at + LONGEST), partials++, 0);
    joins.push(first, partials, row);
  }
  return { order, segments: Int32Array.from(segments), joins: Int32Array.from(joins), partials };
}
