// Layer norm row by row, each row in the first-level cache, and its gradient.
import { at, float, int, ptr } from "./args";
import { dropoutFactors } from "./philox";
import { addLanes, addRows, bitsOf, bitsOfRest, maskRow, wholeBytes } from "./rows";

/** `dst = x * factor + residual`, and which factors are not 0. */
function joinRow(dst: usize, x: usize, factor: usize, residual: usize, bits: usize, n: i32): void {
  for (const end = dst + wholeBytes(n); dst < end; dst += 32, x += 32, factor += 32, residual += 32, bits++) {
    const f = v128.load(factor);
    const g = v128.load(factor, 16);
    const a = f32x4.add(f32x4.mul(v128.load(x), f), v128.load(residual));
    const b = f32x4.add(f32x4.mul(v128.load(x, 16), g), v128.load(residual, 16));
    v128.store(dst, a);
    v128.store(dst, b, 16);
    store<u8>(bits, bitsOf(f, g));
  }
  const rest = n & 7;
  for (let j: i32 = 0; j < rest; j++) {
    store<f32>(at(dst, j), load<f32>(at(x, j)) * load<f32>(at(factor, j)) + load<f32>(at(residual, j)));
  }
  if (rest) store<u8>(bits, bitsOfRest(factor, rest));
}

function sumRow(x: usize, n: i32): f32 {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  for (const end = x + wholeBytes(n); x < end; x += 32) {
    a = f32x4.add(a, v128.load(x));
    b = f32x4.add(b, v128.load(x, 16));
  }
  let sum = addLanes(a, b);
  for (let j: i32 = 0; j < (n & 7); j++) sum += load<f32>(at(x, j));
  return sum;
}

/** The sum of `(x - mean)^2`. */
function squaresRow(x: usize, mean: f32, n: i32): f32 {
  const middle = f32x4.splat(mean);
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  for (const end = x + wholeBytes(n); x < end; x += 32) {
    const p = f32x4.sub(v128.load(x), middle);
    const q = f32x4.sub(v128.load(x, 16), middle);
    a = f32x4.add(a, f32x4.mul(p, p));
    b = f32x4.add(b, f32x4.mul(q, q));
  }
  let sum = addLanes(a, b);
  for (let j: i32 = 0; j < (n & 7); j++) {
    const p = load<f32>(at(x, j)) - mean;
    sum += p * p;
  }
  return sum;
}

@inline
function norm4(x: v128, mean: v128, scale: v128, gamma: v128, beta: v128, mask: v128): v128 {
  return f32x4.mul(f32x4.add(f32x4.mul(f32x4.mul(f32x4.sub(x, mean), scale), gamma), beta), mask);
}

/** `dst = ((x - mean) * scale * gamma + beta) * mask`. */
function normRow(dst: usize, x: usize, mean: f32, scale: f32, gamma: usize, beta: usize, mask: f32, n: i32): void {
  const m = f32x4.splat(mean);
  const s = f32x4.splat(scale);
  const k = f32x4.splat(mask);
  for (const end = dst + wholeBytes(n); dst < end; dst += 32, x += 32, gamma += 32, beta += 32) {
    const a = norm4(v128.load(x), m, s, v128.load(gamma), v128.load(beta), k);
    const b = norm4(v128.load(x, 16), m, s, v128.load(gamma, 16), v128.load(beta, 16), k);
    v128.store(dst, a);
    v128.store(dst, b, 16);
  }
  for (let j: i32 = 0; j < (n & 7); j++) {
    const normed = (load<f32>(at(x, j)) - mean) * scale;
    store<f32>(at(dst, j), (normed * load<f32>(at(gamma, j)) + load<f32>(at(beta, j))) * mask);
  }
}

/**
 * Rows [chunk * per, ...).
 * Args: x, residual (or 0), gamma, beta, rowMask (or 0), out, sums `[rows, dim]` (x itself where there is nothing to join),
 * stats `[rows, 2]` (mean, 1 / deviation), rows, dim, per, bits (0 without dropout; whole bytes a row), key0, key1, least.
 * Floats: eps, kept. Scratch: 2 dim, for dropout alone.
 */
export function layerNorm(chunk: i32, args: usize, scratch: usize): void {
  const x = ptr(args, 0);
  const residual = ptr(args, 1);
  const rowMask = ptr(args, 4);
  const sums = ptr(args, 6);
  const dim = int(args, 9);
  const first = chunk * int(args, 10);
  const last = min(first + int(args, 10), int(args, 8));
  const bits = ptr(args, 11);
  const zeros = at(scratch, dim);
  if (bits) memory.fill(zeros, 0, (<usize>dim) << 2);
  for (let row = first; row < last; row++) {
    const place = (<usize>row * dim) << 2;
    const sum = sums + place;
    if (bits) {
      dropoutFactors(scratch, int(args, 12), int(args, 13), <u64>row * dim, dim, int(args, 14), float(args, 1));
      const rest = residual ? residual + place : zeros;
      joinRow(sum, x + place, scratch, rest, bits + <usize>row * ((dim + 7) >> 3), dim);
    } else if (residual) addRows(sum, x + place, residual + place, dim);
    const mean = sumRow(sum, dim) / <f32>dim;
    const scale: f32 = 1 / sqrt<f32>(squaresRow(sum, mean, dim) / <f32>dim + float(args, 0));
    const stats = at(ptr(args, 7), 2 * row);
    store<f32>(stats, mean);
    store<f32>(stats, scale, 4);
    const mask: f32 = rowMask ? load<f32>(at(rowMask, row)) : 1;
    normRow(ptr(args, 5) + place, sum, mean, scale, ptr(args, 2), ptr(args, 3), mask, dim);
  }
}

@inline
function rest4(t: v128, normed: v128, mean: v128, along: v128, scale: v128): v128 {
  return f32x4.mul(f32x4.sub(f32x4.sub(t, mean), f32x4.mul(normed, along)), scale);
}

/** One row's gradient at `dst`, and its share of those of gamma and beta added to theirs. */
function gradRow(
  dst: usize,
  dy: usize,
  x: usize,
  mean: f32,
  scale: f32,
  mask: f32,
  gamma: usize,
  toGamma: usize,
  toBeta: usize,
  n: i32,
): void {
  const whole = wholeBytes(n);
  const m = f32x4.splat(mean);
  const s = f32x4.splat(scale);
  const k = f32x4.splat(mask);
  let sum0 = f32x4.splat(0);
  let sum1 = f32x4.splat(0);
  let dot0 = f32x4.splat(0);
  let dot1 = f32x4.splat(0);
  for (let i: usize = 0; i < whole; i += 32) {
    const g0 = f32x4.mul(v128.load(dy + i), k);
    const g1 = f32x4.mul(v128.load(dy + i, 16), k);
    const normed0 = f32x4.mul(f32x4.sub(v128.load(x + i), m), s);
    const normed1 = f32x4.mul(f32x4.sub(v128.load(x + i, 16), m), s);
    const beta0 = f32x4.add(v128.load(toBeta + i), g0);
    const beta1 = f32x4.add(v128.load(toBeta + i, 16), g1);
    v128.store(toBeta + i, beta0);
    v128.store(toBeta + i, beta1, 16);
    const gamma0 = f32x4.add(v128.load(toGamma + i), f32x4.mul(g0, normed0));
    const gamma1 = f32x4.add(v128.load(toGamma + i, 16), f32x4.mul(g1, normed1));
    v128.store(toGamma + i, gamma0);
    v128.store(toGamma + i, gamma1, 16);
    const t0 = f32x4.mul(g0, v128.load(gamma + i));
    const t1 = f32x4.mul(g1, v128.load(gamma + i, 16));
    sum0 = f32x4.add(sum0, t0);
    sum1 = f32x4.add(sum1, t1);
    dot0 = f32x4.add(dot0, f32x4.mul(t0, normed0));
    dot1 = f32x4.add(dot1, f32x4.mul(t1, normed1));
  }
  let sum = addLanes(sum0, sum1);
  let dot = addLanes(dot0, dot1);
  for (let j: i32 = n & ~7; j < n; j++) {
    const g = load<f32>(at(dy, j)) * mask;
    const normed = (load<f32>(at(x, j)) - mean) * scale;
    store<f32>(at(toBeta, j), load<f32>(at(toBeta, j)) + g);
    store<f32>(at(toGamma, j), load<f32>(at(toGamma, j)) + g * normed);
    const t = g * load<f32>(at(gamma, j));
    sum += t;
    dot += t * normed;
  }
  const level = sum / <f32>n;
  const slope = dot / <f32>n;
  const a = f32x4.splat(level);
  const b = f32x4.splat(slope);
  for (let i: usize = 0; i < whole; i += 32) {
    const t0 = f32x4.mul(f32x4.mul(v128.load(dy + i), k), v128.load(gamma + i));
    const t1 = f32x4.mul(f32x4.mul(v128.load(dy + i, 16), k), v128.load(gamma + i, 16));
    const normed0 = f32x4.mul(f32x4.sub(v128.load(x + i), m), s);
    const normed1 = f32x4.mul(f32x4.sub(v128.load(x + i, 16), m), s);
    const d0 = rest4(t0, normed0, a, b, s);
    const d1 = rest4(t1, normed1, a, b, s);
    v128.store(dst + i, d0);
    v128.store(dst + i, d1, 16);
  }
  for (let j: i32 = n & ~7; j < n; j++) {
    const t = load<f32>(at(dy, j)) * mask * load<f32>(at(gamma, j));
    const normed = (load<f32>(at(x, j)) - mean) * scale;
    store<f32>(at(dst, j), (t - level - normed * slope) * scale);
  }
}

/**
 * Rows [chunk * per, ...).
 * Args: dy, gamma, rowMask (or 0), sums, stats, dx, dResidual (0 where it equals dx or is not asked for), partial
 * `[2, chunks, dim]` (gamma's sums, then beta's), rows, dim, per, chunks, bits (0 without dropout). Floats: kept.
 */
export function layerNormGrad(chunk: i32, args: usize, _scratch: usize): void {
  const rowMask = ptr(args, 2);
  const dim = int(args, 9);
  const first = chunk * int(args, 10);
  const last = min(first + int(args, 10), int(args, 8));
  const bits = ptr(args, 12);
  const bytes = (<usize>dim) << 2;
  const toGamma = ptr(args, 7) + <usize>chunk * bytes;
  const toBeta = toGamma + <usize>int(args, 11) * bytes;
  const target = ptr(args, 6) ? ptr(args, 6) : ptr(args, 5);
  memory.fill(toGamma, 0, bytes);
  memory.fill(toBeta, 0, bytes);
  for (let row = first; row < last; row++) {
    const place = <usize>row * bytes;
    const stats = at(ptr(args, 4), 2 * row);
    const mask: f32 = rowMask ? load<f32>(at(rowMask, row)) : 1;
    gradRow(
      target + place,
      ptr(args, 0) + place,
      ptr(args, 3) + place,
      load<f32>(stats),
      load<f32>(stats, 4),
      mask,
      ptr(args, 1),
      toGamma,
      toBeta,
      dim,
    );
    if (!bits) continue;
    maskRow(ptr(args, 5) + place, target + place, bits + <usize>row * ((dim + 7) >> 3), float(args, 0), dim);
  }
}
