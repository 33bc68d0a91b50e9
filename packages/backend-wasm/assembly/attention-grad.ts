// The backward pass of attention: the weights are computed again from each row's largest score and sum.
import { at, float, int, ptr } from "./args";
import { clearRows, dot, hideTail, keysOf, largest, product, room, scale, strideOf, upTo } from "./attention-rows";
import { EDGE_BYTES } from "./block";
import { exp4 } from "./math";
import { MR, packColumns, packRows } from "./pack";
import { copyRow } from "./rows";
import { expSum } from "./softmax";

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
 * Args as above up to zeros, then dy, dq, dk, dv, whether the scores were computed by `attentionFew`. Floats: scale, kept.
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
  const few = int(args, 18) != 0;
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
      let top = load<f32>(at(stats, 2 * query));
      let inverse = load<f32>(at(stats, 2 * query + 1));
      const d = dot(at(dy, query * dim), at(out, query * dim), size);
      hideTail(s, n);
      if (few) {
        // Rounded otherwise there: with its sum the weights would not add up to 1.
        top = largest(s, n, scratch);
        inverse = 1 / expSum(s, n, top, scratch);
      }
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
