// Attention of a few queries, as decoding asks for it, without packing: each key and each value is read once, four
// whole rows at a time, and meets all the queries while it lies in the first-level cache.
import { at, float, int, ptr } from "./args";
import { clearRows, keysOf, room, scale, scaled, strideOf, weigh } from "./attention-rows";
import { wholeBytes } from "./rows";

/** Scratch in which four times eight sums meet. */
const LANES: usize = 128;

/** Bytes from a key to the one `i` further, or to the last that is left. */
@inline
function step(i: i32, left: i32, dim: i32): usize {
  return <usize>(min(i, left - 1) * dim) << 2;
}

/** Reads n floats in order: what fetches memory ahead of its use follows whole rows, and no heads of four rows in turn. */
function touch(x: usize, n: i32, lanes: usize): void {
  let all: i32 = 0;
  for (const end = at(x, n); x < end; x += 64) all |= load<i32>(x);
  store<i32>(lanes, all); // or a compiler might leave the reading out
}

/** The products of x and four rows of n floats, written at `scores`. */
function fourDots(scores: usize, x: usize, a: usize, b: usize, c: usize, d: usize, n: i32, lanes: usize): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let d0 = a0;
  let d1 = a0;
  for (const end = x + wholeBytes(n); x < end; x += 32) {
    const x0 = v128.load(x);
    const x1 = v128.load(x, 16);
    a0 = f32x4.add(a0, f32x4.mul(x0, v128.load(a)));
    a1 = f32x4.add(a1, f32x4.mul(x1, v128.load(a, 16)));
    b0 = f32x4.add(b0, f32x4.mul(x0, v128.load(b)));
    b1 = f32x4.add(b1, f32x4.mul(x1, v128.load(b, 16)));
    c0 = f32x4.add(c0, f32x4.mul(x0, v128.load(c)));
    c1 = f32x4.add(c1, f32x4.mul(x1, v128.load(c, 16)));
    d0 = f32x4.add(d0, f32x4.mul(x0, v128.load(d)));
    d1 = f32x4.add(d1, f32x4.mul(x1, v128.load(d, 16)));
    a += 32;
    b += 32;
    c += 32;
    d += 32;
  }
  v128.store(lanes, a0);
  v128.store(lanes, a1, 16);
  v128.store(lanes, b0, 32);
  v128.store(lanes, b1, 48);
  v128.store(lanes, c0, 64);
  v128.store(lanes, c1, 80);
  v128.store(lanes, d0, 96);
  v128.store(lanes, d1, 112);
  a0 = f32x4.add(v128.load(lanes), v128.load(lanes, 16));
  b0 = f32x4.add(v128.load(lanes, 32), v128.load(lanes, 48));
  c0 = f32x4.add(v128.load(lanes, 64), v128.load(lanes, 80));
  d0 = f32x4.add(v128.load(lanes, 96), v128.load(lanes, 112));
  a0 = f32x4.add(i32x4.shuffle(a0, b0, 0, 4, 1, 5), i32x4.shuffle(a0, b0, 2, 6, 3, 7));
  c0 = f32x4.add(i32x4.shuffle(c0, d0, 0, 4, 1, 5), i32x4.shuffle(c0, d0, 2, 6, 3, 7));
  v128.store(scores, f32x4.add(i64x2.shuffle(a0, c0, 0, 2), i64x2.shuffle(a0, c0, 1, 3)));
  for (let j: i32 = n & 7; j > 0; j--) {
    const y = load<f32>(x);
    store<f32>(scores, load<f32>(scores) + y * load<f32>(a));
    store<f32>(scores, load<f32>(scores, 4) + y * load<f32>(b), 4);
    store<f32>(scores, load<f32>(scores, 8) + y * load<f32>(c), 8);
    store<f32>(scores, load<f32>(scores, 12) + y * load<f32>(d), 12);
    x += 4;
    a += 4;
    b += 4;
    c += 4;
    d += 4;
  }
}

/** `out += weights[0] a + ... + weights[3] d` for n floats. */
function addFour(out: usize, weights: usize, a: usize, b: usize, c: usize, d: usize, n: i32): void {
  const p = v128.load32_splat(weights);
  const q = v128.load32_splat(weights, 4);
  const r = v128.load32_splat(weights, 8);
  const s = v128.load32_splat(weights, 12);
  for (const end = out + wholeBytes(n); out < end; out += 32) {
    const ab0 = f32x4.add(f32x4.mul(p, v128.load(a)), f32x4.mul(q, v128.load(b)));
    const ab1 = f32x4.add(f32x4.mul(p, v128.load(a, 16)), f32x4.mul(q, v128.load(b, 16)));
    const cd0 = f32x4.add(f32x4.mul(r, v128.load(c)), f32x4.mul(s, v128.load(d)));
    const cd1 = f32x4.add(f32x4.mul(r, v128.load(c, 16)), f32x4.mul(s, v128.load(d, 16)));
    const low = f32x4.add(v128.load(out), f32x4.add(ab0, cd0));
    const high = f32x4.add(v128.load(out, 16), f32x4.add(ab1, cd1));
    v128.store(out, low);
    v128.store(out, high, 16);
    a += 32;
    b += 32;
    c += 32;
    d += 32;
  }
  for (let j: i32 = 0; j < (n & 7); j++) {
    const ab = load<f32>(weights) * load<f32>(at(a, j)) + load<f32>(weights, 4) * load<f32>(at(b, j));
    const cd = load<f32>(weights, 8) * load<f32>(at(c, j)) + load<f32>(weights, 12) * load<f32>(at(d, j));
    store<f32>(at(out, j), load<f32>(at(out, j)) + (ab + cd));
  }
}

/** `out += weight * x` for n floats. */
function addOne(out: usize, weight: f32, x: usize, n: i32): void {
  const w = f32x4.splat(weight);
  for (const end = out + wholeBytes(n); out < end; out += 32) {
    const low = f32x4.add(v128.load(out), f32x4.mul(w, v128.load(x)));
    const high = f32x4.add(v128.load(out, 16), f32x4.mul(w, v128.load(x, 16)));
    v128.store(out, low);
    v128.store(out, high, 16);
    x += 32;
  }
  for (let j: i32 = 0; j < (n & 7); j++) store<f32>(at(out, j), load<f32>(at(out, j)) + weight * load<f32>(at(x, j)));
}

/**
 * All queries of one row of the batch, `per` heads of them. Args and floats as those of `attention`, `per` being heads; nr,
 * queries in a block and zeros are not used.
 */
export function attentionFew(chunk: i32, args: usize, scratch: usize): void {
  const lengths = ptr(args, 3);
  const all = int(args, 7);
  const seqQ = int(args, 8);
  const seqK = int(args, 9);
  const size = int(args, 10);
  const per = int(args, 14);
  const parts = (all + per - 1) / per;
  const row = chunk / parts;
  const first = (chunk % parts) * per;
  const heads = min(per, all - first);
  const dim = all * size;
  const width = heads * size;
  const ahead = seqK - seqQ;
  const keys = keysOf(lengths, row, seqK);
  const ofQ = row * seqQ * dim + first * size;
  const ofK = row * seqK * dim + first * size;
  const out = at(ptr(args, 4), ofQ);
  const query = (row * all + first) * seqQ; // of the first head
  clearRows(out, 0, seqQ, dim, width);
  if (keys == 0) {
    memory.fill(at(ptr(args, 5), 2 * query), 0, <usize>(heads * seqQ) << 3);
    return;
  }
  const stride = strideOf(keys);
  const q = scratch + LANES;
  const scores = q + room(seqQ * width);
  const masks = scores + room(seqQ * heads * stride);
  for (let i: i32 = 0; i < seqQ; i++) {
    scaled(at(q, i * width), at(ptr(args, 0), ofQ + i * dim), width, float(args, 0));
  }
  for (let j: i32 = 0; j < keys; j += 4) {
    const rows = min(4, keys - j);
    if (width == dim) touch(at(ptr(args, 1), ofK + j * dim), rows * dim, scratch);
    for (let i: i32 = 0; i < seqQ; i++) {
      const left = (lengths ? keys : i + 1 + ahead) - j;
      if (left <= 0) continue;
      let a = at(ptr(args, 1), ofK + j * dim);
      const b = step(1, left, dim);
      const c = step(2, left, dim);
      const d = step(3, left, dim);
      for (let h: i32 = 0; h < heads; h++) {
        const to = at(scores, (h * seqQ + i) * stride + j);
        fourDots(to, at(q, i * width + h * size), a, a + b, a + c, a + d, size, scratch);
        a = at(a, size);
      }
    }
  }
  for (let h: i32 = 0; h < heads; h++) {
    for (let i: i32 = 0; i < seqQ; i++) {
      const s = at(scores, (h * seqQ + i) * stride);
      const n = lengths ? keys : i + 1 + ahead;
      scale(s, n, weigh(args, query + h * seqQ + i, s, n, masks, scratch));
    }
  }
  for (let j: i32 = 0; j < keys; j += 4) {
    const rows = min(4, keys - j);
    if (width == dim) touch(at(ptr(args, 2), ofK + j * dim), rows * dim, scratch);
    for (let i: i32 = 0; i < seqQ; i++) {
      const left = (lengths ? keys : i + 1 + ahead) - j;
      if (left <= 0) continue;
      let a = at(ptr(args, 2), ofK + j * dim);
      const line = (<usize>dim) << 2;
      for (let h: i32 = 0; h < heads; h++) {
        const to = at(out, i * dim + h * size);
        const weights = at(scores, (h * seqQ + i) * stride + j);
        if (left >= 4) addFour(to, weights, a, a + line, a + 2 * line, a + 3 * line, size);
        else for (let r: i32 = 0; r < left; r++) addOne(to, load<f32>(at(weights, r)), a + <usize>r * line, size);
        a = at(a, size);
      }
    }
  }
}
