// Scaled dot-product attention, one head of one row of the batch at a time, after FlashAttention (Dao et al. 2022): a
// block of queries meets all the keys that it sees, its scores stay in the thread's scratch, and the backward pass
// makes them anew. Everything is computed in whole tiles; what comes out beyond the last key or query is not used.
import { at, float, int, ptr } from "./args";
import { EDGE_BYTES, multiplyBlock } from "./block";
import { exp4 } from "./math";
import { MR, packColumns, packRows } from "./pack";
import { philoxWords } from "./philox";
import { copyRow } from "./rows";

/** Depth after which the sums of a product go to memory: panels this deep fit into the first-level cache. */
const KC: i32 = 256;
/** Scratch in which eight sums meet. */
const LANES: usize = 64;

// @ts-ignore: decorator
@inline
function upTo(n: i32, multiple: i32): i32 {
  return ((n + multiple - 1) / multiple) * multiple;
}

/** Bytes of scratch for `n` floats. src/kernels/attention.ts counts them the same way. */
// @ts-ignore: decorator
@inline
function room(n: i32): usize {
  return <usize>upTo(n, 16) << 2;
}

/** Floats from one query's scores to the next: whole tiles both ways, and an odd number of cache lines. */
// @ts-ignore: decorator
@inline
function strideOf(keys: i32): i32 {
  return (((keys + 20) >> 4) | 1) << 4;
}

/** `C = S + A B`, packed, in whole tiles. B was packed `depth` deep, `k` of which are used. Strides in elements. */
function product(
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
function scale(x: usize, n: i32, factor: f32): void {
  const f = f32x4.splat(factor);
  for (const end = x + room(n); x < end; x += 32) {
    const low = f32x4.mul(v128.load(x), f);
    const high = f32x4.mul(v128.load(x, 16), f);
    v128.store(x, low);
    v128.store(x, high, 16);
  }
}

/** `dst = src * factor`. */
function scaled(dst: usize, src: usize, n: i32, factor: f32): void {
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

function dot(x: usize, y: usize, n: i32): f32 {
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
// @ts-ignore: decorator
@inline
function hideTail(row: usize, n: i32): void {
  for (let j = n; j & 7; j++) store<f32>(at(row, j), -Infinity);
}

/** Words of the generator become masks, all ones where the element stays; and one bit each, at `bits`. */
function keep(words: usize, n: i32, least: u32, bits: usize): void {
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
function largest(row: usize, n: i32, lanes: usize): f32 {
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

// @ts-ignore: decorator
@inline
function sumOf(lanes: usize): f32 {
  let sum = f32x4.add(v128.load(lanes), v128.load(lanes, 16));
  sum = f32x4.add(sum, i32x4.shuffle(sum, sum, 2, 3, 0, 1));
  return f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1);
}

/** `exp(score - top)` in place; returns the sum. */
function exponents(row: usize, n: i32, top: f32, lanes: usize): f32 {
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
function exponentsKept(row: usize, n: i32, top: f32, masks: usize, lanes: usize): f32 {
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

/** Keys that every query of a row of the batch may see. Under causal (no lengths) all. */
// @ts-ignore: decorator
@inline
function keysOf(lengths: usize, row: i32, seqK: i32): i32 {
  return lengths ? max(0, min(seqK, load<i32>(at(lengths, row)))) : seqK;
}

// @ts-ignore: decorator
@inline
function clearRows(rows: usize, from: i32, to: i32, dim: i32, n: i32): void {
  for (let i = from; i < to; i++) memory.fill(at(rows, i * dim), 0, <usize>n << 2);
}

/**
 * `per` queries of one head of one row of the batch.
 * Args: q, k, v, lengths (0 under causal), out, stats (each query's largest score and 1 / sum of its exponents), bits
 * (which weights stay, a row of whole words a query; 0 without dropout), heads, seqQ, seqK, headDim, nr, queries in a
 * block, zeros, per, key0, key1, least. Floats: scale, kept.
 */
export function attention(chunk: i32, args: usize, scratch: usize): void {
  const lengths = ptr(args, 3);
  const bits = ptr(args, 6);
  const heads = int(args, 7);
  const seqQ = int(args, 8);
  const seqK = int(args, 9);
  const size = int(args, 10);
  const nr = int(args, 11);
  const mb = int(args, 12);
  const zeros = ptr(args, 13);
  const per = int(args, 14);
  const kept = bits ? float(args, 1) : 1;
  const parts = (seqQ + per - 1) / per;
  const head = chunk / parts;
  const row = head / heads;
  const dim = heads * size;
  const start = (chunk % parts) * per;
  const end = min(seqQ, start + per);
  const ahead = seqK - seqQ;
  const keys = lengths ? keysOf(lengths, row, seqK) : end + ahead;
  const ofQ = row * seqQ * dim + (head % heads) * size;
  const ofK = row * seqK * dim + (head % heads) * size;
  const q = at(ptr(args, 0), ofQ);
  const out = at(ptr(args, 4), ofQ);
  const stats = at(ptr(args, 5), 2 * head * seqQ);
  if (keys == 0) {
    clearRows(out, start, end, dim, size);
    memory.fill(at(stats, 2 * start), 0, <usize>(end - start) << 3);
    return;
  }
  const stride = strideOf(keys);
  const wide = upTo(size, nr);
  const words = (seqK + 31) >> 5;
  const lanes = scratch + EDGE_BYTES;
  const kT = lanes + LANES;
  const vp = kT + room(size * upTo(keys, nr));
  const qp = vp + room(keys * wide);
  const scores = qp + room(mb * size);
  const weights = scores + room(mb * stride);
  const mixed = weights + room(mb * keys);
  const factors = mixed + room(mb * wide);
  const masks = factors + room(mb);
  packColumns(at(ptr(args, 1), ofK), 1, dim, size, keys, nr, kT);
  packColumns(at(ptr(args, 2), ofK), dim, 1, keys, size, nr, vp);
  for (let i = start; i < end; i += mb) {
    const m = min(mb, end - i);
    const seen = lengths ? keys : i + m + ahead;
    packRows(at(q, i * dim), dim, 1, m, size, qp);
    scale(qp, upTo(m, MR) * size, float(args, 0));
    product(m, seen, size, nr, qp, kT, size, scores, stride, zeros, 0, scratch);
    for (let r: i32 = 0; r < m; r++) {
      const n = lengths ? keys : i + r + 1 + ahead;
      const s = at(scores, r * stride);
      hideTail(s, n);
      const top = largest(s, n, lanes);
      let sum: f32;
      if (bits) {
        const query = head * seqQ + i + r;
        const word = <u64>query * <u64>seqK;
        const from = <i32>word & 3; // whole turns of the generator are drawn: parts of one would cost more
        const mask = at(masks, from);
        philoxWords(masks, int(args, 15), int(args, 16), word - from, upTo(from + n, 32));
        keep(mask, n, int(args, 17), at(bits, query * words));
        sum = exponentsKept(s, n, top, mask, lanes);
      } else sum = exponents(s, n, top, lanes);
      store<f32>(at(stats, 2 * (i + r)), top);
      store<f32>(at(stats, 2 * (i + r) + 1), 1 / sum);
      store<f32>(at(factors, r), kept / sum);
      if (n < seen) memory.fill(at(s, n), 0, <usize>(seen - n) << 2);
    }
    packRows(scores, stride, 1, upTo(m, MR), seen, weights);
    product(m, size, seen, nr, weights, vp, keys, mixed, wide, zeros, 0, scratch);
    for (let r: i32 = 0; r < m; r++) {
      scaled(at(out, (i + r) * dim), at(mixed, r * wide), size, load<f32>(at(factors, r)));
    }
  }
}

/** A query's scores, and the slopes of its weights (`dO V^T`), become its weights and the slopes of its scores. */
function slopes(s: usize, g: usize, n: i32, top: f32, inverse: f32, d: f32): void {
  const t = f32x4.splat(top);
  const f = f32x4.splat(inverse);
  const mean = f32x4.splat(d);
  for (const end = at(s, n); s < end; s += 32) {
    const a = f32x4.mul(exp4(f32x4.sub(v128.load(s), t)), f);
    const b = f32x4.mul(exp4(f32x4.sub(v128.load(s, 16), t)), f);
    const x = f32x4.mul(a, f32x4.sub(v128.load(g), mean));
    const y = f32x4.mul(b, f32x4.sub(v128.load(g, 16), mean));
    v128.store(s, a);
    v128.store(s, b, 16);
    v128.store(g, x);
    v128.store(g, y, 16);
    g += 32;
  }
}

/** The same under dropout: the weights come out as they are after it. */
function slopesKept(s: usize, g: usize, n: i32, top: f32, inverse: f32, d: f32, bits: usize, kept: f32): void {
  const t = f32x4.splat(top);
  const f = f32x4.splat(inverse);
  const mean = f32x4.splat(d);
  const factor = f32x4.splat(kept);
  const none = i32x4.splat(n >> 31); // 0: some engines build constants anew at every turn, and do not know this one
  const ones = v128.or(i32x4(1, 2, 4, 8), none);
  const tens = v128.or(i32x4(16, 32, 64, 128), none);
  for (const end = at(s, n); s < end; s += 32) {
    const byte = v128.load8_splat(bits++);
    const k = v128.and(factor, i32x4.eq(v128.and(byte, ones), ones));
    const l = v128.and(factor, i32x4.eq(v128.and(byte, tens), tens));
    const a = f32x4.mul(exp4(f32x4.sub(v128.load(s), t)), f);
    const b = f32x4.mul(exp4(f32x4.sub(v128.load(s, 16), t)), f);
    const x = f32x4.mul(a, f32x4.sub(f32x4.mul(v128.load(g), k), mean));
    const y = f32x4.mul(b, f32x4.sub(f32x4.mul(v128.load(g, 16), l), mean));
    v128.store(s, f32x4.mul(a, k));
    v128.store(s, f32x4.mul(b, l), 16);
    v128.store(g, x);
    v128.store(g, y, 16);
    g += 32;
  }
}

/**
 * The gradients of one head of one row of the batch. Its thread takes the queries in order, so the sums of keys and
 * values come out the same on any number of threads.
 * Args as above up to zeros, then dy, dq, dk, dv. Floats: scale, kept.
 */
export function attentionGrad(head: i32, args: usize, scratch: usize): void {
  const lengths = ptr(args, 3);
  const bits = ptr(args, 6);
  const heads = int(args, 7);
  const seqQ = int(args, 8);
  const seqK = int(args, 9);
  const size = int(args, 10);
  const nr = int(args, 11);
  const mb = int(args, 12);
  const zeros = ptr(args, 13);
  const factor = float(args, 0);
  const row = head / heads;
  const dim = heads * size;
  const ahead = seqK - seqQ;
  const keys = keysOf(lengths, row, seqK);
  const ofQ = row * seqQ * dim + (head % heads) * size;
  const ofK = row * seqK * dim + (head % heads) * size;
  const q = at(ptr(args, 0), ofQ);
  const k = at(ptr(args, 1), ofK);
  const out = at(ptr(args, 4), ofQ);
  const stats = at(ptr(args, 5), 2 * head * seqQ);
  const dy = at(ptr(args, 14), ofQ);
  const dq = at(ptr(args, 15), ofQ);
  const dk = at(ptr(args, 16), ofK);
  const dv = at(ptr(args, 17), ofK);
  clearRows(dk, keys, seqK, dim, size);
  clearRows(dv, keys, seqK, dim, size);
  if (keys == 0) return clearRows(dq, 0, seqQ, dim, size);
  const stride = strideOf(keys);
  const wide = upTo(size, nr);
  const words = (seqK + 31) >> 5;
  const kT = scratch + EDGE_BYTES;
  const vT = kT + room(size * upTo(keys, nr));
  const kp = vT + room(size * upTo(keys, nr));
  const sumK = kp + room(keys * wide);
  const sumV = sumK + room(upTo(keys, MR) * wide);
  const rows = sumV + room(upTo(keys, MR) * wide);
  const columns = rows + room(mb * size);
  const scores = columns + room(mb * wide);
  const rises = scores + room(mb * stride);
  const packed = rises + room(mb * stride);
  const mixed = packed + room(mb * upTo(keys, MR));
  packColumns(k, 1, dim, size, keys, nr, kT);
  packColumns(at(ptr(args, 2), ofK), 1, dim, size, keys, nr, vT);
  packColumns(k, dim, 1, keys, size, nr, kp);
  scale(kp, keys * wide, factor);
  memory.fill(sumK, 0, rows - sumK);
  for (let i: i32 = 0; i < seqQ; i += mb) {
    const m = min(mb, seqQ - i);
    const seen = lengths ? keys : i + m + ahead;
    const whole = lengths ? keys : upTo(seen, MR); // later blocks add to what the last tile holds beyond `seen`
    packRows(at(dy, i * dim), dim, 1, m, size, rows);
    product(m, seen, size, nr, rows, vT, size, rises, stride, zeros, 0, scratch);
    packRows(at(q, i * dim), dim, 1, m, size, rows);
    scale(rows, upTo(m, MR) * size, factor);
    product(m, seen, size, nr, rows, kT, size, scores, stride, zeros, 0, scratch);
    for (let r: i32 = 0; r < m; r++) {
      const n = lengths ? keys : i + r + 1 + ahead;
      const query = i + r;
      const s = at(scores, r * stride);
      const g = at(rises, r * stride);
      const top = load<f32>(at(stats, 2 * query));
      const inverse = load<f32>(at(stats, 2 * query + 1));
      const d = dot(at(dy, query * dim), at(out, query * dim), size);
      hideTail(s, n);
      if (bits) slopesKept(s, g, n, top, inverse, d, at(bits, (head * seqQ + query) * words), float(args, 1));
      else slopes(s, g, n, top, inverse, d);
      if (n < whole) {
        memory.fill(at(s, n), 0, <usize>(whole - n) << 2);
        memory.fill(at(g, n), 0, <usize>(whole - n) << 2);
      }
    }
    packColumns(at(dy, i * dim), dim, 1, m, size, nr, columns);
    packRows(scores, 1, stride, upTo(seen, MR), m, packed);
    product(seen, size, m, nr, packed, columns, m, sumV, wide, sumV, wide, scratch);
    packColumns(at(q, i * dim), dim, 1, m, size, nr, columns);
    scale(columns, m * wide, factor);
    packRows(rises, 1, stride, upTo(seen, MR), m, packed);
    product(seen, size, m, nr, packed, columns, m, sumK, wide, sumK, wide, scratch);
    packRows(rises, stride, 1, upTo(m, MR), seen, packed);
    product(m, size, seen, nr, packed, kp, keys, mixed, wide, zeros, 0, scratch);
    for (let r: i32 = 0; r < m; r++) copyRow(at(dq, (i + r) * dim), at(mixed, r * wide), size);
  }
  for (let j: i32 = 0; j < keys; j++) {
    copyRow(at(dk, j * dim), at(sumK, j * wide), size);
    copyRow(at(dv, j * dim), at(sumV, j * wide), size);
  }
}
