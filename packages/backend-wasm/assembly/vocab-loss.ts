// Softmax cross-entropy over a vocabulary of which only some columns are there at a time.
import { Reduction } from "../src/elementwise";
import { at, int, ptr } from "./args";
import { exp4, log4 } from "./math";
import { reduceLine } from "./reduce";

const NEVER: f32 = -Infinity;

@inline
function exp1(x: f32): f32 {
  return f32x4.extract_lane(exp4(f32x4.splat(x)), 0);
}

/** `x[i] = exp(x[i] - shift)` for n floats, n above 0; the space behind x is free up to a multiple of 8. */
function expRow(x: usize, n: i32, shift: f32): void {
  const s = f32x4.splat(shift);
  const end = x + ((<usize>n) << 2);
  do {
    const a = exp4(f32x4.sub(v128.load(x), s));
    const b = exp4(f32x4.sub(v128.load(x, 16), s));
    v128.store(x, a);
    v128.store(x, b, 16);
    x += 32;
  } while (x < end);
}

/**
 * Takes columns `first` to `first + width` of the scores into each row's largest score and sum of exponentials, `per` rows a
 * chunk. Overwrites the scores. Args: n, width, ld, per, first, scores, targets, largest, sums, at-target.
 */
export function lossRows(chunk: i32, args: usize, _scratch: usize): void {
  const width = int(args, 1);
  const first = int(args, 4);
  const from = chunk * int(args, 3);
  const to = min(from + int(args, 3), int(args, 0));
  for (let i = from; i < to; i++) {
    const row = at(ptr(args, 5), i * int(args, 2));
    const target = load<i32>(at(ptr(args, 6), i)) - first;
    if (first == 0) store<f32>(at(ptr(args, 9), i), NaN); // and so it stays for a target that is no word
    if (target >= 0 && target < width) store<f32>(at(ptr(args, 9), i), load<f32>(at(row, target)));
    const before = first == 0 ? NEVER : load<f32>(at(ptr(args, 7), i));
    const most = max(before, reduceLine(Reduction.Max, row, width));
    expRow(row, width, most);
    let sum = reduceLine(Reduction.Sum, row, width);
    if (first > 0) sum += load<f32>(at(ptr(args, 8), i)) * exp1(before - most);
    store<f32>(at(ptr(args, 7), i), most);
    store<f32>(at(ptr(args, 8), i), sum);
  }
}

/** Losses and log-sum-exps of all rows. Args: n, largest, sums, at-target, losses, lse. */
export function lossEnd(_chunk: i32, args: usize, _scratch: usize): void {
  for (let i: i32 = 0; i < int(args, 0); i++) {
    const most = load<f32>(at(ptr(args, 1), i));
    const log = f32x4.extract_lane(log4(v128.load32_splat(at(ptr(args, 2), i))), 0);
    // Summed so that the loss keeps its digits where the scores are large.
    store<f32>(at(ptr(args, 4), i), most - load<f32>(at(ptr(args, 3), i)) + log);
    store<f32>(at(ptr(args, 5), i), most + log);
  }
}

/**
 * Scores become gradients: `(softmax - [target]) * dy`, `per` rows a chunk.
 * Args: n, width, ld, per, first, scores, targets, lse, dy.
 */
export function lossSlope(chunk: i32, args: usize, _scratch: usize): void {
  const width = int(args, 1);
  const first = int(args, 4);
  const from = chunk * int(args, 3);
  const to = min(from + int(args, 3), int(args, 0));
  for (let i = from; i < to; i++) {
    const row = at(ptr(args, 5), i * int(args, 2));
    const dy = f32x4.splat(load<f32>(at(ptr(args, 8), i)));
    const target = load<i32>(at(ptr(args, 6), i)) - first;
    expRow(row, width, load<f32>(at(ptr(args, 7), i)));
    if (target >= 0 && target < width) store<f32>(at(row, target), load<f32>(at(row, target)) - 1);
    const end = row + ((<usize>width) << 2);
    for (let p = row; p < end; p += 32) {
      const a = f32x4.mul(v128.load(p), dy);
      const b = f32x4.mul(v128.load(p, 16), dy);
      v128.store(p, a);
      v128.store(p, b, 16);
    }
  }
}
