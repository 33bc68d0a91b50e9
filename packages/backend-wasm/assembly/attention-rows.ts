// What both passes of attention are made of: loops along a row of scores, and products in the thread's scratch.
import { at, float, int, ptr } from "./args";
import { multiplyBlock } from "./block";
import { exp4 } from "./math";
import { MR } from "./pack";
import { philoxWords } from "./philox";

/** Depth after which the sums of a product go to memory: panels this deep fit into the first-level cache. */
const KC: i32 = 256;
/** Scratch in which eight sums meet. */
export const LANES: usize = 64;

@inline
export function upTo(n: i32, multiple: i32): i32 {
  return ((n + multiple - 1) / multiple) * multiple;
}

/** Bytes of scratch for `n` floats. src/kernels/attention.ts counts them the same way. */
@inline
export function room(n: i32): usize {
  return <usize>upTo(n, 16) << 2;
}

/** Floats from one query's scores to the next: whole tiles both ways, and an odd number of cache lines. */
@inline
export function strideOf(keys: i32): i32 {
  return (((keys + 20) >> 4) | 1) << 4;
}

/** `C = S + A B`, packed, in whole tiles. B was packed `depth` deep, `k` of which are used. Strides in elements. */
export function product(
  m: i32,
  n: i32,
  k: i32,
  nr: i32,
  a: usize,
  b: usize,
  depth: i32,
  c: usize,
  ldc: i32,
  s: usize,
  lds: i32,
  edge: usize,
): void {
  const aStep = (<usize>k * MR) << 2;
  const bStep = (<usize>depth * nr) << 2;
  const cStep = (<usize>ldc) << 2;
  let sStep = (<usize>lds) << 2;
  for (let k0: i32 = 0; k0 < k; k0 += KC) {
    const kc = min(KC, k - k0);
    const from = at(a, k0 * MR);
    multiplyBlock(upTo(m, MR), upTo(n, nr), kc, nr, from, aStep, at(b, k0 * nr), bStep, c, cStep, s, sStep, edge);
    s = c;
    sStep = cStep;
  }
}

/** `x *= factor` for whole rooms of floats. */
export function scale(x: usize, n: i32, factor: f32): void {
  const f = f32x4.splat(factor);
  for (const end = x + room(n); x < end; x += 32) {
    const low = f32x4.mul(v128.load(x), f);
    const high = f32x4.mul(v128.load(x, 16), f);
    v128.store(x, low);
    v128.store(x, high, 16);
  }
}

/** `dst = src * factor`. */
export function scaled(dst: usize, src: usize, n: i32, factor: f32): void {
  const f = f32x4.splat(factor);
  let i: i32 = 0;
  for (; i + 8 <= n; i += 8) {
    const low = f32x4.mul(v128.load(src), f);
    const high = f32x4.mul(v128.load(src, 16), f);
    v128.store(dst, low);
    v128.store(dst, high, 16);
    src += 32;
    dst += 32;
  }
  for (; i < n; i++) {
    store<f32>(dst, load<f32>(src) * factor);
    src += 4;
    dst += 4;
  }
}

export function dot(x: usize, y: usize, n: i32): f32 {
  let sum = f32x4.splat(0);
  let i: i32 = 0;
  for (; i + 4 <= n; i += 4) {
    sum = f32x4.add(sum, f32x4.mul(v128.load(x), v128.load(y)));
    x += 16;
    y += 16;
  }
  sum = f32x4.add(sum, i32x4.shuffle(sum, sum, 2, 3, 0, 1));
  let total = f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1);
  for (; i < n; i++) {
    total += load<f32>(x) * load<f32>(y);
    x += 4;
    y += 4;
  }
  return total;
}

/** Scores of no key from `n` to the end of its eight. */
@inline
export function hideTail(row: usize, n: i32): void {
  for (let j = n; j & 7; j++) store<f32>(at(row, j), -Infinity);
}

/** Words of the generator become masks, all ones where the element stays; and one bit each, at `bits`. */
export function keep(words: usize, n: i32, least: u32, bits: usize): void {
  const l = i32x4.splat(least);
  for (const end = at(words, n); words < end; words += 64) {
    const a = i32x4.ge_u(v128.load(words), l);
    const b = i32x4.ge_u(v128.load(words, 16), l);
    const c = i32x4.ge_u(v128.load(words, 32), l);
    const d = i32x4.ge_u(v128.load(words, 48), l);
    v128.store(words, a);
    v128.store(words, b, 16);
    v128.store(words, c, 32);
    v128.store(words, d, 48);
    const all = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
    store<u16>(bits, <u16>i8x16.bitmask(all));
    bits += 2;
  }
}

/** The largest of `n` scores, eight at a time, that is not NaN: what comes of a NaN says so by itself. */
export function largest(row: usize, n: i32, lanes: usize): f32 {
  let low = f32x4.splat(-Infinity);
  let high = f32x4.splat(-Infinity);
  for (const end = at(row, n); row < end; row += 32) {
    low = f32x4.pmax(low, v128.load(row));
    high = f32x4.pmax(high, v128.load(row, 16));
  }
  v128.store(lanes, low);
  v128.store(lanes, high, 16);
  let top = f32x4.pmax(v128.load(lanes), v128.load(lanes, 16));
  top = f32x4.pmax(top, i32x4.shuffle(top, top, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.pmax(top, i32x4.shuffle(top, top, 1, 0, 3, 2)), 0);
}

@inline
function sumOf(lanes: usize): f32 {
  let sum = f32x4.add(v128.load(lanes), v128.load(lanes, 16));
  sum = f32x4.add(sum, i32x4.shuffle(sum, sum, 2, 3, 0, 1));
  return f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1);
}

/** `exp(score - top)` in place; returns the sum. */
export function exponents(row: usize, n: i32, top: f32, lanes: usize): f32 {
  const t = f32x4.splat(top);
  let low = f32x4.splat(0);
  let high = f32x4.splat(0);
  for (const end = at(row, n); row < end; row += 32) {
    const a = exp4(f32x4.sub(v128.load(row), t));
    const b = exp4(f32x4.sub(v128.load(row, 16), t));
    low = f32x4.add(low, a);
    high = f32x4.add(high, b);
    v128.store(row, a);
    v128.store(row, b, 16);
  }
  v128.store(lanes, low);
  v128.store(lanes, high, 16);
  return sumOf(lanes);
}

/** The same, those that are dropped being 0 afterwards; the sum is of all. */
export function exponentsKept(row: usize, n: i32, top: f32, masks: usize, lanes: usize): f32 {
  const t = f32x4.splat(top);
  let low = f32x4.splat(0);
  let high = f32x4.splat(0);
  for (const end = at(row, n); row < end; row += 32) {
    const a = exp4(f32x4.sub(v128.load(row), t));
    const b = exp4(f32x4.sub(v128.load(row, 16), t));
    const x = v128.and(a, v128.load(masks));
    const y = v128.and(b, v128.load(masks, 16));
    low = f32x4.add(low, a);
    high = f32x4.add(high, b);
    v128.store(row, x);
    v128.store(row, y, 16);
    masks += 32;
  }
  v128.store(lanes, low);
  v128.store(lanes, high, 16);
  return sumOf(lanes);
}

/**
 * The scores of the n keys that a query sees become its weights, but for the factor that is returned. What the gradient asks
 * for is written to stats and bits. Args and floats as those of `attention`; `query` counts through heads and rows.
 */
export function weigh(args: usize, query: i32, s: usize, n: i32, masks: usize, lanes: usize): f32 {
  const bits = ptr(args, 6);
  hideTail(s, n);
  const top = largest(s, n, lanes);
  let kept: f32 = 1;
  let sum: f32;
  if (bits) {
    const seqK = int(args, 9);
    const word = <u64>query * <u64>seqK;
    const from = <i32>word & 3; // whole turns of the generator are drawn: parts of one would cost more
    const mask = at(masks, from);
    philoxWords(masks, int(args, 15), int(args, 16), word - from, upTo(from + n, 32));
    keep(mask, n, int(args, 17), at(bits, query * ((seqK + 31) >> 5)));
    sum = exponentsKept(s, n, top, mask, lanes);
    kept = float(args, 1);
  } else sum = exponents(s, n, top, lanes);
  const stats = at(ptr(args, 5), 2 * query);
  store<f32>(stats, top);
  store<f32>(stats, 1 / sum, 4);
  return kept / sum;
}

/** Keys that every query of a row of the batch may see. Under causal (no lengths) all. */
@inline
export function keysOf(lengths: usize, row: i32, seqK: i32): i32 {
  return lengths ? max(0, min(seqK, load<i32>(at(lengths, row)))) : seqK;
}

@inline
export function clearRows(rows: usize, from: i32, to: i32, dim: i32, n: i32): void {
  for (let i = from; i < to; i++) memory.fill(at(rows, i * dim), 0, <usize>n << 2);
}
