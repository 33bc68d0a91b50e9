import { Reduction } from "../src/elementwise";
import { at, int, ptr } from "./args";
import { exp4 } from "./math";
import { reduceLine } from "./reduce";
import { addLanes, wholeBytes } from "./rows";

/** Softmax of rows. Args: x, out, n, rows, rows a chunk. */
export function softmax(chunk: i32, args: usize, _scratch: usize): void {
  const n = int(args, 2);
  const per = int(args, 4);
  const first = chunk * per;
  const end = min(first + per, int(args, 3));
  for (let r = first; r < end; r++) softmaxRow(at(ptr(args, 0), r * n), at(ptr(args, 1), r * n), n);
}

function softmaxRow(x: usize, out: usize, n: i32): void {
  const top = f32x4.splat(reduceLine(Reduction.Max, x, n));
  let to = out;
  let left = n;
  for (; left >= 8; left -= 8) {
    const low = exp4(f32x4.sub(v128.load(x), top));
    const high = exp4(f32x4.sub(v128.load(x, 16), top));
    v128.store(to, low);
    v128.store(to, high, 16);
    x += 32;
    to += 32;
  }
  for (; left > 0; left--) {
    v128.store_lane<f32>(to, exp4(f32x4.sub(v128.load32_splat(x), top)), 0);
    x += 4;
    to += 4;
  }
  const share: f32 = 1 / reduceLine(Reduction.Sum, out, n);
  const factor = f32x4.splat(share);
  for (left = n; left >= 8; left -= 8) {
    const low = f32x4.mul(v128.load(out), factor);
    const high = f32x4.mul(v128.load(out, 16), factor);
    v128.store(out, low);
    v128.store(out, high, 16);
    out += 32;
  }
  for (; left > 0; left--) {
    store<f32>(out, load<f32>(out) * share);
    out += 4;
  }
}

/** The sum of `exp(x - shift)` for n floats; eight sums meet in `lanes`. */
export function expSum(x: usize, n: i32, shift: f32, lanes: usize): f32 {
  const s = f32x4.splat(shift);
  let low = f32x4.splat(0);
  let high = f32x4.splat(0);
  for (const end = x + wholeBytes(n); x < end; x += 32) {
    low = f32x4.add(low, exp4(f32x4.sub(v128.load(x), s)));
    high = f32x4.add(high, exp4(f32x4.sub(v128.load(x, 16), s)));
  }
  v128.store(lanes, low);
  v128.store(lanes, high, 16);
  let sum = addLanes(v128.load(lanes), v128.load(lanes, 16));
  for (let j: i32 = 0; j < (n & 7); j++) sum += f32x4.extract_lane(exp4(f32x4.sub(v128.load32_splat(at(x, j)), s)), 0);
  return sum;
}
