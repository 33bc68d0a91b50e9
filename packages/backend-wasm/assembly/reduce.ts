// Sums, largest and smallest numbers along axes that lie together: [outer, m, inner] -> [outer, inner].
// A long axis is cut into parts of one size, whatever the threads, and the parts' results are reduced again.
import { Reduction } from "../src/elementwise";
import { at, float, int, ptr } from "./args";
import { copyRow, wholeBytes } from "./rows";

// `op` is a constant wherever these are inlined. NaN wins in all.
@inline
function fold(op: i32, x: v128, y: v128): v128 {
  if (op == Reduction.Sum) return f32x4.add(x, y);
  if (op == Reduction.Max) return f32x4.max(x, y);
  return f32x4.min(x, y);
}

@inline
function foldOne(op: i32, x: f32, y: f32): f32 {
  if (op == Reduction.Sum) return x + y;
  if (op == Reduction.Max) return max<f32>(x, y);
  return min<f32>(x, y);
}

@inline
function start(op: i32): v128 {
  if (op == Reduction.Sum) return f32x4.splat(0);
  if (op == Reduction.Max) return f32x4.splat(-Infinity);
  return f32x4.splat(Infinity);
}

/** The four lanes in one. */
@inline
function across(op: i32, v: v128): f32 {
  const low = foldOne(op, f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1));
  return foldOne(op, low, foldOne(op, f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)));
}

/** As `fold`, where NaN may get lost: one instruction, where NaN costs most engines six. */
@inline
function quickFold(op: i32, x: v128, y: v128): v128 {
  if (op == Reduction.Sum) return f32x4.add(x, y);
  if (op == Reduction.Max) return f32x4.pmax(x, y);
  return f32x4.pmin(x, y);
}

/** Lanes of `bad`, and of those where x or y is NaN. */
@inline
function lost(op: i32, bad: v128, x: v128, y: v128): v128 {
  if (op == Reduction.Sum) return bad;
  return v128.or(bad, v128.or(f32x4.ne(x, x), f32x4.ne(y, y)));
}

@inline
function line(op: i32, x: usize, n: i32): f32 {
  let s0 = start(op);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let bad = i32x4.splat(0);
  for (; n >= 16; n -= 16) {
    const x0 = v128.load(x);
    const x1 = v128.load(x, 16);
    const x2 = v128.load(x, 32);
    const x3 = v128.load(x, 48);
    s0 = quickFold(op, s0, x0);
    s1 = quickFold(op, s1, x1);
    s2 = quickFold(op, s2, x2);
    s3 = quickFold(op, s3, x3);
    bad = lost(op, lost(op, bad, x0, x1), x2, x3);
    x += 64;
  }
  if (op != Reduction.Sum && v128.any_true(bad)) return NaN;
  for (; n >= 4; n -= 4) {
    s0 = fold(op, s0, v128.load(x));
    x += 16;
  }
  let s = across(op, fold(op, fold(op, s0, s1), fold(op, s2, s3)));
  for (; n > 0; n--) {
    s = foldOne(op, s, load<f32>(x));
    x += 4;
  }
  return s;
}

// One function each: in them the compiler knows `op`, and leaves one operation in the loop.
function sumLine(x: usize, n: i32): f32 {
  return line(Reduction.Sum, x, n);
}
function maxLine(x: usize, n: i32): f32 {
  return line(Reduction.Max, x, n);
}
function minLine(x: usize, n: i32): f32 {
  return line(Reduction.Min, x, n);
}

/** All of n floats in one. */
export function reduceLine(op: i32, x: usize, n: i32): f32 {
  switch (op) {
    case Reduction.Sum:
      return sumLine(x, n);
    case Reduction.Max:
      return maxLine(x, n);
    default:
      return minLine(x, n);
  }
}

/**
 * inner = 1. Args: op, x, out, m, elements of a part, parts of a row, parts in all, parts a chunk; floats: what each
 * result is divided by.
 */
export function reduceRows(chunk: i32, args: usize, _scratch: usize): void {
  const op = int(args, 0);
  const m = int(args, 3);
  const part = int(args, 4);
  const parts = int(args, 5);
  const per = int(args, 7);
  const divisor = float(args, 0);
  const first = chunk * per;
  const end = min(first + per, int(args, 6));
  for (let u = first; u < end; u++) {
    const from = (u % parts) * part;
    const x = at(ptr(args, 1), (u / parts) * m + from);
    store<f32>(at(ptr(args, 2), u), reduceLine(op, x, min(part, m - from)) / divisor);
  }
}

/** Rows `stride` bytes apart, folded into one, n elements of it: the first as it is, then four at a time. */
@inline
function columns(op: i32, x: usize, stride: usize, rows: i32, n: i32, out: usize): void {
  copyRow(out, x, n);
  let p = x + stride;
  let left = rows - 1;
  for (; left >= 4; left -= 4) {
    let a = p;
    let b = a + stride;
    let c = b + stride;
    let d = c + stride;
    p = d + stride;
    let o = out;
    for (const end = o + wholeBytes(n); o < end; o += 32) {
      const four = fold(op, fold(op, v128.load(a), v128.load(b)), fold(op, v128.load(c), v128.load(d)));
      const more = fold(op, fold(op, v128.load(a, 16), v128.load(b, 16)), fold(op, v128.load(c, 16), v128.load(d, 16)));
      const low = fold(op, v128.load(o), four);
      const high = fold(op, v128.load(o, 16), more);
      v128.store(o, low);
      v128.store(o, high, 16);
      a += 32;
      b += 32;
      c += 32;
      d += 32;
    }
    for (let j: i32 = 0; j < (n & 7); j++) {
      const ab = foldOne(op, load<f32>(at(a, j)), load<f32>(at(b, j)));
      const cd = foldOne(op, load<f32>(at(c, j)), load<f32>(at(d, j)));
      store<f32>(at(o, j), foldOne(op, load<f32>(at(o, j)), foldOne(op, ab, cd)));
    }
  }
  for (; left > 0; left--) {
    let a = p;
    p += stride;
    let o = out;
    for (const end = o + wholeBytes(n); o < end; o += 32) {
      const low = fold(op, v128.load(o), v128.load(a));
      const high = fold(op, v128.load(o, 16), v128.load(a, 16));
      v128.store(o, low);
      v128.store(o, high, 16);
      a += 32;
    }
    for (let j: i32 = 0; j < (n & 7); j++) store<f32>(at(o, j), foldOne(op, load<f32>(at(o, j)), load<f32>(at(a, j))));
  }
}

function sumColumns(x: usize, stride: usize, rows: i32, n: i32, out: usize): void {
  columns(Reduction.Sum, x, stride, rows, n, out);
}
function maxColumns(x: usize, stride: usize, rows: i32, n: i32, out: usize): void {
  columns(Reduction.Max, x, stride, rows, n, out);
}
function minColumns(x: usize, stride: usize, rows: i32, n: i32, out: usize): void {
  columns(Reduction.Min, x, stride, rows, n, out);
}

/**
 * inner > 1. A part is `rows` of m by `width` of inner. Args: op, x, out, m, rows, parts of m, inner, width, parts of
 * inner, parts in all, parts a chunk; floats: what each result is divided by.
 */
export function reduceColumns(chunk: i32, args: usize, _scratch: usize): void {
  const op = int(args, 0);
  const m = int(args, 3);
  const rows = int(args, 4);
  const down = int(args, 5);
  const inner = int(args, 6);
  const width = int(args, 7);
  const across = int(args, 8);
  const per = int(args, 10);
  const divisor = float(args, 0);
  const stride = (<usize>inner) << 2;
  const first = chunk * per;
  const end = min(first + per, int(args, 9));
  for (let u = first; u < end; u++) {
    const j = (u % across) * width;
    const block = u / across; // of [outer, down]
    const i = (block % down) * rows;
    const x = at(ptr(args, 1), ((block / down) * m + i) * inner + j);
    const out = at(ptr(args, 2), block * inner + j);
    const count = min(rows, m - i);
    const n = min(width, inner - j);
    if (op == Reduction.Sum) sumColumns(x, stride, count, n, out);
    else if (op == Reduction.Max) maxColumns(x, stride, count, n, out);
    else minColumns(x, stride, count, n, out);
    if (divisor != 1) for (let q: i32 = 0; q < n; q++) store<f32>(at(out, q), load<f32>(at(out, q)) / divisor);
  }
}
