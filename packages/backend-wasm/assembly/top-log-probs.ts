// The k greatest log-softmax values of rows. A row is gone through once, a block that stays in the first-level cache at a
// time: its largest score, its exponentials, and its candidates where it has any.
import { Reduction } from "../src/elementwise";
import { at, int, ptr } from "./args";
import { exp4, log4 } from "./math";
import { reduceLine } from "./reduce";
import { expSum } from "./softmax";

/** Scores of a block. */
const BLOCK: i32 = 512;

@inline
function exp1(x: f32): f32 {
  return f32x4.extract_lane(exp4(f32x4.splat(x)), 0);
}

/** Whether (x, i) ranks below (y, j): a smaller score, or the same one further right. */
@inline
function below(x: f32, i: i32, y: f32, j: i32): bool {
  return x < y || (x == y && i > j);
}

/** Puts (x, index) into a heap of n entries, the lowest on top, whose place `i` is free. */
function sift(values: usize, indices: usize, n: i32, i: i32, x: f32, index: i32): void {
  for (let child = 2 * i + 1; child < n; child = 2 * i + 1) {
    let y = load<f32>(at(values, child));
    let j = load<i32>(at(indices, child));
    if (child + 1 < n) {
      const z = load<f32>(at(values, child + 1));
      const k = load<i32>(at(indices, child + 1));
      if (below(z, k, y, j)) {
        y = z;
        j = k;
        child++;
      }
    }
    if (below(x, index, y, j)) break;
    store<f32>(at(values, i), y);
    store<i32>(at(indices, i), j);
    i = child;
  }
  store<f32>(at(values, i), x);
  store<i32>(at(indices, i), index);
}

/** Entries 0 to k - 1 as a heap. */
function fillHeap(values: usize, indices: usize, k: i32, x: usize): void {
  for (let i: i32 = k - 1; i >= 0; i--) sift(values, indices, k, i, load<f32>(at(x, i)), i);
}

/** A heap becomes a list, the highest first. */
function sortHeap(values: usize, indices: usize, k: i32): void {
  for (let last: i32 = k - 1; last > 0; last--) {
    const x = load<f32>(at(values, last));
    const index = load<i32>(at(indices, last));
    store<f32>(at(values, last), load<f32>(values));
    store<i32>(at(indices, last), load<i32>(indices));
    sift(values, indices, last, 0, x, index);
  }
}

/** Those of scores `from` to `to` that are above the lowest of the heap take its place. */
function offer(values: usize, indices: usize, k: i32, x: usize, from: i32, to: i32): void {
  for (let i = from; i < to; i++) {
    const score = load<f32>(at(x, i));
    if (score > load<f32>(values)) sift(values, indices, k, 0, score, i);
  }
}

/** The same, passing over eights without any. */
function offerBlock(values: usize, indices: usize, k: i32, x: usize, from: i32, to: i32): void {
  for (; from + 8 <= to; from += 8) {
    const least = v128.load32_splat(values);
    const p = at(x, from);
    const above = v128.or(f32x4.gt(v128.load(p), least), f32x4.gt(v128.load(p, 16), least));
    if (v128.any_true(above)) offer(values, indices, k, x, from, from + 8);
  }
  offer(values, indices, k, x, from, to);
}

function topRow(x: usize, n: i32, k: i32, values: usize, indices: usize, lanes: usize): void {
  let most: f32 = -Infinity;
  let sum: f32 = 0;
  fillHeap(values, indices, k, x);
  for (let from: i32 = 0; from < n; from += BLOCK) {
    const to = min(n, from + BLOCK);
    const largest = reduceLine(Reduction.Max, at(x, from), to - from);
    if (largest > most) {
      sum *= exp1(most - largest);
      most = largest;
    }
    // The sum takes NaN from a NaN among the scores, and from Infinity - Infinity.
    if (largest != -Infinity) sum += expSum(at(x, from), to - from, most, lanes);
    if (to > k && largest > load<f32>(values)) offerBlock(values, indices, k, x, max(k, from), to);
  }
  if (!(sum > 0)) {
    for (let i: i32 = 0; i < k; i++) {
      store<f32>(at(values, i), NaN);
      store<i32>(at(indices, i), i);
    }
    return;
  }
  sortHeap(values, indices, k);
  const log = f32x4.extract_lane(log4(f32x4.splat(sum)), 0);
  for (let i: i32 = 0; i < k; i++) store<f32>(at(values, i), load<f32>(at(values, i)) - most - log);
}

/** Rows [chunk * per, ...). Args: scores, values, indices, rows, vocab, k, per. Scratch: eight sums. */
export function topLogProbs(chunk: i32, args: usize, scratch: usize): void {
  const n = int(args, 4);
  const k = int(args, 5);
  const first = chunk * int(args, 6);
  const last = min(first + int(args, 6), int(args, 3));
  for (let row = first; row < last; row++) {
    const x = ptr(args, 0) + ((<usize>row * n) << 2);
    topRow(x, n, k, at(ptr(args, 1), row * k), at(ptr(args, 2), row * k), scratch);
  }
}
