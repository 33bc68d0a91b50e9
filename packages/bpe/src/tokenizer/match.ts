/** Widths of the window in which a disagreement is sorted out, tried in turn. */
const WINDOWS = [32, 128, 512];
/** Elements in a row that must agree at the end of a window for it to be believed. */
const SETTLED = 8;

/**
 * Pairs equal elements of two sequences, in order, so that few are left over. Stretches that agree are
 * walked through; where they stop agreeing, a window grows until both sides agree again. The time is linear in the
 * sequences, and behind some hundred changes in a row the pairs are guesses.
 * @returns `[pairs, 2]` indices into `a` and `b`, both ascending.
 */
export function matchEqual(a: readonly number[], b: readonly number[]): number[] {
  let tail = 0;
  while (tail < Math.min(a.length, b.length) && a.at(-1 - tail) === b.at(-1 - tail)) tail++;
  const n = a.length - tail;
  const m = b.length - tail;
  const pairs: number[] = [];
  let i = 0;
  let j = 0;
  while (i < n && j < m) {
    if (a[i] === b[j]) {
      pairs.push(i++, j++);
      continue;
    }
    for (const size of WINDOWS) {
      const whole = i + size >= n && j + size >= m;
      const path = alignWindow(a, b, [i, Math.min(i + size, n)], [j, Math.min(j + size, m)], whole);
      const last = path.slice(-1 - SETTLED);
      const agrees = last.length > SETTLED && last.every((cell, k) => k === 0 || isMatch(last[k - 1]!, cell, a, b));
      if (!whole && !agrees && size !== WINDOWS.at(-1)) continue;
      // The second half of a way that does not end in agreement is looked at again.
      const kept = whole || agrees ? path : path.slice(0, Math.max(2, path.length >> 1));
      for (const [k, cell] of kept.entries()) {
        if (k > 0 && isMatch(kept[k - 1]!, cell, a, b)) pairs.push(cell[0] - 1, cell[1] - 1);
      }
      [i, j] = kept.at(-1)!;
      break;
    }
  }
  for (; tail > 0; tail--) pairs.push(a.length - tail, b.length - tail);
  return withoutSwaps(pairs, a.length, b.length);
}

/**
 * Drops a single pair between an element lost on one side of it and one found on the other: more likely the two changed
 * places, as punctuation does.
 */
function withoutSwaps(pairs: readonly number[], n: number, m: number): number[] {
  const kept: number[] = [];
  for (let k = 0; k < pairs.length; k += 2) {
    const [x, y] = [pairs[k]!, pairs[k + 1]!];
    const lost = x - (kept.at(-2) ?? -1) - 1;
    const found = y - (kept.at(-1) ?? -1) - 1;
    const lostNext = (pairs[k + 2] ?? n) - x - 1;
    const foundNext = (pairs[k + 3] ?? m) - y - 1;
    const swapped = lost > 0 ? found + lostNext === 0 && foundNext > 0 : found > 0 && lostNext > 0 && foundNext === 0;
    if (!swapped) kept.push(x, y);
  }
  return kept;
}

/** How many elements of each sequence lie behind. */
type Cell = readonly [number, number];

/** Whether the step from one cell to the next pairs two equal elements. */
const isMatch = (from: Cell, to: Cell, a: readonly number[], b: readonly number[]): boolean =>
  to[0] > from[0] && to[1] > from[1] && a[from[0]] === b[from[1]];

/**
 * A cheapest way through a window, from its first cell to its last, or to the best cell at the far edges unless `whole`:
 * an element left out costs 2 and a pair of unequal ones 3, so that pairs of equal ones are worth some detour.
 */
function alignWindow(
  a: readonly number[],
  b: readonly number[],
  [firstA, endA]: Cell,
  [firstB, endB]: Cell,
  whole: boolean,
): Cell[] {
  const height = endA - firstA;
  const width = endB - firstB;
  const row = width + 1;
  const cost = new Uint16Array((height + 1) * row);
  for (let y = 1; y <= width; y++) cost[y] = 2 * y;
  for (let x = 1; x <= height; x++) {
    const at = x * row;
    cost[at] = 2 * x;
    for (let y = 1; y <= width; y++) {
      const paired = cost[at - row + y - 1]! + (a[firstA + x - 1] === b[firstB + y - 1] ? 0 : 3);
      cost[at + y] = Math.min(paired, cost[at - row + y]! + 2, cost[at + y - 1]! + 2);
    }
  }

  let x = height;
  let y = width;
  if (!whole) {
    for (let k = 1; k <= height; k++) if (cost[k * row + width]! < cost[x * row + y]!) x = k;
    for (let k = 1; k <= width; k++) if (cost[height * row + k]! < cost[x * row + y]!) [x, y] = [height, k];
  }
  const path: Cell[] = [[firstA + x, firstB + y]];
  while (x > 0 || y > 0) {
    const here = cost[x * row + y]!;
    const same = a[firstA + x - 1] === b[firstB + y - 1];
    if (x > 0 && y > 0 && here === cost[(x - 1) * row + y - 1]! + (same ? 0 : 3)) {
      x--;
      y--;
    } else if (x > 0 && here === cost[(x - 1) * row + y]! + 2) x--;
    else y--;
    path.push([firstA + x, firstB + y]);
  }
  return path.reverse();
}
