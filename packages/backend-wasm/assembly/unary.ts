// Operations on one array, element by element.
import { UnaryOp } from "../src/elementwise";
import { at, float, int, ptr } from "./args";
import { erf4, exp4, log4, sigmoid4, tanh4 } from "./math";

/** Elements of a chunk; src/kernels/unary.ts counts on it. */
const CHUNK: i32 = 16384;

/** log(1 + exp(x)) = max(x, 0) + log(1 + e) with e = exp(-|x|) */
@inline
function softplus(x: v128, zero: v128, ones: v128): v128 {
  const e = exp4(f32x4.neg(f32x4.abs(x)));
  // After Kahan: what 1 + e loses in rounding is won back by the ratio.
  const u = f32x4.add(e, ones);
  const ratio = f32x4.div(f32x4.mul(log4(u), e), f32x4.sub(u, ones));
  return f32x4.add(f32x4.max(x, zero), v128.bitselect(e, ratio, f32x4.eq(u, ones)));
}

/** As JavaScript converts numbers to int32: cut to a whole number, modulo 2^32, NaN and infinity to 0. */
@inline
function wrapped(x: f32): i32 {
  return f32.abs(x) < 9223372036854775808.0 ? <i32>(<i64>x) : 0;
}

@inline
function toInt(x: v128): v128 {
  if (i32x4.all_true(f32x4.lt(f32x4.abs(x), f32x4.splat(2147483648)))) return i32x4.trunc_sat_f32x4_s(x);
  let y = i32x4.splat(wrapped(f32x4.extract_lane(x, 0)));
  y = i32x4.replace_lane(y, 1, wrapped(f32x4.extract_lane(x, 1)));
  y = i32x4.replace_lane(y, 2, wrapped(f32x4.extract_lane(x, 2)));
  return i32x4.replace_lane(y, 3, wrapped(f32x4.extract_lane(x, 3)));
}

// `op` is a constant wherever this is inlined.
@inline
function one(op: i32, x: v128, p: v128, q: v128, zero: v128, ones: v128): v128 {
  if (op == UnaryOp.Neg) return f32x4.neg(x);
  if (op == UnaryOp.Abs) return f32x4.abs(x);
  if (op == UnaryOp.Square) return f32x4.mul(x, x);
  if (op == UnaryOp.Sqrt) return f32x4.sqrt(x);
  if (op == UnaryOp.Rsqrt) return f32x4.div(ones, f32x4.sqrt(x));
  if (op == UnaryOp.Reciprocal) return f32x4.div(ones, x);
  if (op == UnaryOp.Exp) return exp4(x);
  if (op == UnaryOp.Log) return log4(x);
  if (op == UnaryOp.Tanh) return tanh4(x);
  if (op == UnaryOp.Erf) return erf4(x);
  if (op == UnaryOp.Sigmoid) return sigmoid4(x);
  if (op == UnaryOp.Softplus) return softplus(x, zero, ones);
  // NaN stays in all of these: pmax(x, y) is x unless x < y.
  if (op == UnaryOp.Relu) return f32x4.pmax(x, zero);
  if (op == UnaryOp.Step) {
    return v128.bitselect(v128.bitselect(ones, p, f32x4.gt(x, zero)), x, f32x4.eq(x, x));
  }
  if (op == UnaryOp.LeakyRelu) return v128.bitselect(f32x4.mul(x, p), x, f32x4.lt(x, zero));
  if (op == UnaryOp.ClipByValue) return f32x4.pmax(f32x4.pmin(x, q), p);
  if (op == UnaryOp.ToFloat) return f32x4.convert_i32x4_s(x);
  return toInt(x);
}

/** n being a multiple of 8. */
@inline
function run(op: i32, x: usize, out: usize, n: i32, p: v128, q: v128): void {
  // Some engines build constants anew at every turn of a loop; these look as if they depended on n.
  const zero = i32x4.splat(n >> 31);
  const ones = v128.or(f32x4.splat(1), zero);
  for (; n > 0; n -= 8) {
    const low = one(op, v128.load(x), p, q, zero, ones);
    const high = one(op, v128.load(x, 16), p, q, zero, ones);
    v128.store(out, low);
    v128.store(out, high, 16);
    x += 32;
    out += 32;
  }
}

// One function each: in them the compiler knows `op`, and leaves one operation in the loop.
function neg(x: usize, out: usize, n: i32, p: v128, q: v128): void {
  run(UnaryOp.Neg, x, out, n, p, q);
}
function abs(x: usize, out: usize, n: i32, p: v128, q: v128): void {
  run(UnaryOp.Abs, x, out, n, p, q);
}
function square(x: usize, out: usize, n: i32, p: v128, q: v128): void {
  run(UnaryOp.Square, x, out, n, p, q);
}
function sqrt(x: usize, out: usize, n: i32, p: v128, q: v128): void {
  run(UnaryOp.Sqrt, x, out, n, p, q);
}
function rsqrt(x: usize, out: usize, n: i32, p: v128, q: v128): void {
  run(UnaryOp.Rsqrt, x, out, n, p, q);
}
function reciprocal(x: usize, out: usize, n: i32, p: v128, q: v128): void {
  run(UnaryOp.Reciprocal, x, out, n, p, q);
}
function exp(x: usize, out: usize, n: i32, p: v128, q: v128): void {
  run(UnaryOp.Exp, x, out, n, p, q);
}
function log(x: usize, out: usize, n: i32, p: v128, q: v128): void {
  run(UnaryOp.Log, x, out, n, p, q);
}
function tanh(x: usize, out: usize, n: i32, p: v128, q: v128): void {
  run(UnaryOp.Tanh, x, out, n, p, q);
}
function erf(x: usize, out: usize, n: i32, p: v128, q: v128): void {
  run(UnaryOp.Erf, x, out, n, p, q);
}
function sigmoid(x: usize, out: usize, n: i32, p: v128, q: v128): void {
  run(UnaryOp.Sigmoid, x, out, n, p, q);
}
function softPlus(x: usize, out: usize, n: i32, p: v128, q: v128): void {
  run(UnaryOp.Softplus, x, out, n, p, q);
}
function relu(x: usize, out: usize, n: i32, p: v128, q: v128): void {
  run(UnaryOp.Relu, x, out, n, p, q);
}
function step(x: usize, out: usize, n: i32, p: v128, q: v128): void {
  run(UnaryOp.Step, x, out, n, p, q);
}
function leakyRelu(x: usize, out: usize, n: i32, p: v128, q: v128): void {
  run(UnaryOp.LeakyRelu, x, out, n, p, q);
}
function clipByValue(x: usize, out: usize, n: i32, p: v128, q: v128): void {
  run(UnaryOp.ClipByValue, x, out, n, p, q);
}
function toFloat(x: usize, out: usize, n: i32, p: v128, q: v128): void {
  run(UnaryOp.ToFloat, x, out, n, p, q);
}
function toWhole(x: usize, out: usize, n: i32, p: v128, q: v128): void {
  run(UnaryOp.ToInt, x, out, n, p, q);
}

/** `out[i] = op(x[i])`; x may be out. Args: op, x, out, n; floats: p, q. Scratch: 8 floats. */
export function unary(chunk: i32, args: usize, scratch: usize): void {
  const op = int(args, 0);
  const from = chunk * CHUNK;
  const x = at(ptr(args, 1), from);
  const out = at(ptr(args, 2), from);
  const n = min(CHUNK, int(args, 3) - from);
  const p = f32x4.splat(float(args, 0));
  const q = f32x4.splat(float(args, 1));
  const even = n & ~7;
  runOf(op, x, out, even, p, q);
  if (even == n) return;
  // The last few in a place of their own, so that they go through the same code.
  const rest = (<usize>(n - even)) << 2;
  memory.copy(scratch, at(x, even), rest);
  runOf(op, scratch, scratch, 8, p, q);
  memory.copy(at(out, even), scratch, rest);
}

function runOf(op: i32, x: usize, out: usize, n: i32, p: v128, q: v128): void {
  switch (op) {
    case UnaryOp.Neg:
      return neg(x, out, n, p, q);
    case UnaryOp.Abs:
      return abs(x, out, n, p, q);
    case UnaryOp.Square:
      return square(x, out, n, p, q);
    case UnaryOp.Sqrt:
      return sqrt(x, out, n, p, q);
    case UnaryOp.Rsqrt:
      return rsqrt(x, out, n, p, q);
    case UnaryOp.Reciprocal:
      return reciprocal(x, out, n, p, q);
    case UnaryOp.Exp:
      return exp(x, out, n, p, q);
    case UnaryOp.Log:
      return log(x, out, n, p, q);
    case UnaryOp.Tanh:
      return tanh(x, out, n, p, q);
    case UnaryOp.Erf:
      return erf(x, out, n, p, q);
    case UnaryOp.Sigmoid:
      return sigmoid(x, out, n, p, q);
    case UnaryOp.Softplus:
      return softPlus(x, out, n, p, q);
    case UnaryOp.Relu:
      return relu(x, out, n, p, q);
    case UnaryOp.Step:
      return step(x, out, n, p, q);
    case UnaryOp.LeakyRelu:
      return leakyRelu(x, out, n, p, q);
    case UnaryOp.ClipByValue:
      return clipByValue(x, out, n, p, q);
    case UnaryOp.ToFloat:
      return toFloat(x, out, n, p, q);
    case UnaryOp.ToInt:
      return toWhole(x, out, n, p, q);
    default:
      unreachable();
  }
}
