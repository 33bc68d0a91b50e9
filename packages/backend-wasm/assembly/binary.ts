// Operations on two arrays, element by element, either of them repeated along some axes.
import { BinaryOp } from "../src/elementwise";
import { at, int, ptr } from "./args";

/** Elements of a row that are one chunk's at most; src/kernels/binary.ts counts on it. */
const SEGMENT: i32 = 16384;

// `op` is a constant wherever this is inlined.
@inline
function both(op: i32, x: v128, y: v128, ones: v128): v128 {
  if (op == BinaryOp.Add) return f32x4.add(x, y);
  if (op == BinaryOp.Sub) return f32x4.sub(x, y);
  if (op == BinaryOp.Multiply) return f32x4.mul(x, y);
  if (op == BinaryOp.RealDiv) return f32x4.div(x, y);
  if (op == BinaryOp.Maximum) return f32x4.max(x, y);
  if (op == BinaryOp.Minimum) return f32x4.min(x, y);
  if (op == BinaryOp.Greater) return v128.and(f32x4.gt(x, y), ones);
  if (op == BinaryOp.GreaterEqual) return v128.and(f32x4.ge(x, y), ones);
  if (op == BinaryOp.Less) return v128.and(f32x4.lt(x, y), ones);
  if (op == BinaryOp.LessEqual) return v128.and(f32x4.le(x, y), ones);
  if (op == BinaryOp.Equal) return v128.and(f32x4.eq(x, y), ones);
  if (op == BinaryOp.NotEqual) return v128.and(f32x4.ne(x, y), ones);
  const d = f32x4.sub(x, y);
  return f32x4.mul(d, d);
}

/** `c[i] = a[i] op b[i]`; the steps are 4 bytes, or 0 for one element that serves all. */
@inline
function row(op: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, n: i32): void {
  // Some engines build constants anew at every turn of a loop; this one looks as if it depended on n.
  const ones = v128.or(i32x4.splat(1), i32x4.splat(n >> 31));
  if (aStep && bStep) {
    for (; n >= 8; n -= 8) {
      const low = both(op, v128.load(a), v128.load(b), ones);
      const high = both(op, v128.load(a, 16), v128.load(b, 16), ones);
      v128.store(c, low);
      v128.store(c, high, 16);
      a += 32;
      b += 32;
      c += 32;
    }
  } else if (aStep) {
    const y = v128.load32_splat(b);
    for (; n >= 8; n -= 8) {
      const low = both(op, v128.load(a), y, ones);
      const high = both(op, v128.load(a, 16), y, ones);
      v128.store(c, low);
      v128.store(c, high, 16);
      a += 32;
      c += 32;
    }
  } else {
    const x = v128.load32_splat(a);
    for (; n >= 8; n -= 8) {
      const low = both(op, x, v128.load(b), ones);
      const high = both(op, x, v128.load(b, 16), ones);
      v128.store(c, low);
      v128.store(c, high, 16);
      b += 32;
      c += 32;
    }
  }
  for (; n > 0; n--) {
    v128.store_lane<f32>(c, both(op, v128.load32_splat(a), v128.load32_splat(b), ones), 0);
    a += aStep;
    b += bStep;
    c += 4;
  }
}

// One function each: in them the compiler knows `op`, and leaves one operation in the loop.
function add(a: usize, aStep: usize, b: usize, bStep: usize, c: usize, n: i32): void {
  row(BinaryOp.Add, a, aStep, b, bStep, c, n);
}
function sub(a: usize, aStep: usize, b: usize, bStep: usize, c: usize, n: i32): void {
  row(BinaryOp.Sub, a, aStep, b, bStep, c, n);
}
function multiply(a: usize, aStep: usize, b: usize, bStep: usize, c: usize, n: i32): void {
  row(BinaryOp.Multiply, a, aStep, b, bStep, c, n);
}
function realDiv(a: usize, aStep: usize, b: usize, bStep: usize, c: usize, n: i32): void {
  row(BinaryOp.RealDiv, a, aStep, b, bStep, c, n);
}
function maximum(a: usize, aStep: usize, b: usize, bStep: usize, c: usize, n: i32): void {
  row(BinaryOp.Maximum, a, aStep, b, bStep, c, n);
}
function minimum(a: usize, aStep: usize, b: usize, bStep: usize, c: usize, n: i32): void {
  row(BinaryOp.Minimum, a, aStep, b, bStep, c, n);
}
function squaredDifference(a: usize, aStep: usize, b: usize, bStep: usize, c: usize, n: i32): void {
  row(BinaryOp.SquaredDifference, a, aStep, b, bStep, c, n);
}
function greater(a: usize, aStep: usize, b: usize, bStep: usize, c: usize, n: i32): void {
  row(BinaryOp.Greater, a, aStep, b, bStep, c, n);
}
function greaterEqual(a: usize, aStep: usize, b: usize, bStep: usize, c: usize, n: i32): void {
  row(BinaryOp.GreaterEqual, a, aStep, b, bStep, c, n);
}
function less(a: usize, aStep: usize, b: usize, bStep: usize, c: usize, n: i32): void {
  row(BinaryOp.Less, a, aStep, b, bStep, c, n);
}
function lessEqual(a: usize, aStep: usize, b: usize, bStep: usize, c: usize, n: i32): void {
  row(BinaryOp.LessEqual, a, aStep, b, bStep, c, n);
}
function equal(a: usize, aStep: usize, b: usize, bStep: usize, c: usize, n: i32): void {
  row(BinaryOp.Equal, a, aStep, b, bStep, c, n);
}
function notEqual(a: usize, aStep: usize, b: usize, bStep: usize, c: usize, n: i32): void {
  row(BinaryOp.NotEqual, a, aStep, b, bStep, c, n);
}

function rowOf(op: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, n: i32): void {
  switch (op) {
    case BinaryOp.Add:
      return add(a, aStep, b, bStep, c, n);
    case BinaryOp.Sub:
      return sub(a, aStep, b, bStep, c, n);
    case BinaryOp.Multiply:
      return multiply(a, aStep, b, bStep, c, n);
    case BinaryOp.RealDiv:
      return realDiv(a, aStep, b, bStep, c, n);
    case BinaryOp.Maximum:
      return maximum(a, aStep, b, bStep, c, n);
    case BinaryOp.Minimum:
      return minimum(a, aStep, b, bStep, c, n);
    case BinaryOp.SquaredDifference:
      return squaredDifference(a, aStep, b, bStep, c, n);
    case BinaryOp.Greater:
      return greater(a, aStep, b, bStep, c, n);
    case BinaryOp.GreaterEqual:
      return greaterEqual(a, aStep, b, bStep, c, n);
    case BinaryOp.Less:
      return less(a, aStep, b, bStep, c, n);
    case BinaryOp.LessEqual:
      return lessEqual(a, aStep, b, bStep, c, n);
    case BinaryOp.Equal:
      return equal(a, aStep, b, bStep, c, n);
    case BinaryOp.NotEqual:
      return notEqual(a, aStep, b, bStep, c, n);
    default:
      unreachable();
  }
}

/**
 * Rows of `[d0, d1, d2]`, each `inner` long; c lies dense.
 * Args: op, a, b, c, inner, a's and b's bytes from one element of a row to the next (4 or 0), rows, rows a chunk, segments
 * of a row, d1, d2, a's elements from one index of each axis to the next (three), b's (three).
 */
export function binary(chunk: i32, args: usize, _scratch: usize): void {
  const inner = int(args, 4);
  const aStep = ptr(args, 5);
  const bStep = ptr(args, 6);
  const per = int(args, 8);
  const segments = int(args, 9);
  const d1 = int(args, 10);
  const d2 = int(args, 11);
  const from = (chunk % segments) * SEGMENT;
  const n = min(SEGMENT, inner - from);
  const first = (chunk / segments) * per;
  const end = min(first + per, int(args, 7));
  for (let r = first; r < end; r++) {
    const i2 = r % d2;
    const outer = r / d2;
    const i1 = outer % d1;
    const i0 = outer / d1;
    const a = at(ptr(args, 1), i0 * int(args, 12) + i1 * int(args, 13) + i2 * int(args, 14)) + <usize>from * aStep;
    const b = at(ptr(args, 2), i0 * int(args, 15) + i1 * int(args, 16) + i2 * int(args, 17)) + <usize>from * bStep;
    rowOf(int(args, 0), a, aStep, b, bStep, at(ptr(args, 3), r * inner + from), n);
  }
}

/** `out = condition == 1 ? t : e`. Args: condition, t, e, out, n. */
export function select(chunk: i32, args: usize, _scratch: usize): void {
  const from = chunk * SEGMENT;
  let c = at(ptr(args, 0), from);
  let t = at(ptr(args, 1), from);
  let e = at(ptr(args, 2), from);
  let out = at(ptr(args, 3), from);
  let n = min(SEGMENT, int(args, 4) - from);
  const one = i32x4.splat(1);
  for (; n >= 4; n -= 4) {
    v128.store(out, v128.bitselect(v128.load(t), v128.load(e), i32x4.eq(v128.load(c), one)));
    c += 16;
    t += 16;
    e += 16;
    out += 16;
  }
  for (; n > 0; n--) {
    store<i32>(out, load<i32>(c) == 1 ? load<i32>(t) : load<i32>(e));
    c += 4;
    t += 4;
    e += 4;
    out += 4;
  }
}
