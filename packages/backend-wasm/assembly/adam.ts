// One step of Adam, and the sum of all squares, over a list of spans: as many tensors as there are, in one launch.
import { at, float, int, ptr } from "./args";
import { wholeBytes } from "./rows";

@inline
function moment4(old: v128, beta: v128, x: v128, rest: v128): v128 {
  return f32x4.add(f32x4.mul(old, beta), f32x4.mul(x, rest));
}

@inline
function moved4(p: v128, m: v128, v: v128, size: v128, eps: v128): v128 {
  return f32x4.sub(p, f32x4.div(f32x4.mul(m, size), f32x4.add(f32x4.sqrt(v), eps)));
}

@inline
function decayed4(p: v128, decay: v128, decays: bool): v128 {
  return decays ? f32x4.sub(p, f32x4.mul(p, decay)) : p;
}

/** `n` elements. The spans are p, g, m, v, then where p, m and v go. */
@inline
function step(span: usize, args: usize, decays: bool): void {
  let p = ptr(span, 0);
  let g = ptr(span, 1);
  let m = ptr(span, 2);
  let v = ptr(span, 3);
  let toP = ptr(span, 4);
  let toM = ptr(span, 5);
  let toV = ptr(span, 6);
  const n = int(span, 7);
  const beta1 = f32x4.splat(float(args, 0));
  const rest1 = f32x4.splat(float(args, 1));
  const beta2 = f32x4.splat(float(args, 2));
  const rest2 = f32x4.splat(float(args, 3));
  const size = f32x4.splat(float(args, 4));
  const eps = f32x4.splat(float(args, 5));
  const decay = f32x4.splat(float(args, 6));
  const scale = f32x4.splat(float(args, 7));
  for (const end = p + wholeBytes(n); p < end; p += 32) {
    const g0 = f32x4.mul(v128.load(g), scale);
    const g1 = f32x4.mul(v128.load(g, 16), scale);
    const m0 = moment4(v128.load(m), beta1, g0, rest1);
    const m1 = moment4(v128.load(m, 16), beta1, g1, rest1);
    v128.store(toM, m0);
    v128.store(toM, m1, 16);
    const v0 = moment4(v128.load(v), beta2, f32x4.mul(g0, g0), rest2);
    const v1 = moment4(v128.load(v, 16), beta2, f32x4.mul(g1, g1), rest2);
    v128.store(toV, v0);
    v128.store(toV, v1, 16);
    const p0 = moved4(decayed4(v128.load(p), decay, decays), m0, v0, size, eps);
    const p1 = moved4(decayed4(v128.load(p, 16), decay, decays), m1, v1, size, eps);
    v128.store(toP, p0);
    v128.store(toP, p1, 16);
    g += 32;
    m += 32;
    v += 32;
    toP += 32;
    toM += 32;
    toV += 32;
  }
  // The last few through the same vectors, one at a time.
  for (let j: i32 = 0; j < (n & 7); j++) {
    const g0 = f32x4.mul(v128.load32_splat(at(g, j)), scale);
    const m0 = moment4(v128.load32_splat(at(m, j)), beta1, g0, rest1);
    const v0 = moment4(v128.load32_splat(at(v, j)), beta2, f32x4.mul(g0, g0), rest2);
    const p0 = moved4(decayed4(v128.load32_splat(at(p, j)), decay, decays), m0, v0, size, eps);
    v128.store_lane<f32>(at(toM, j), m0, 0);
    v128.store_lane<f32>(at(toV, j), v0, 0);
    v128.store_lane<f32>(at(toP, j), p0, 0);
  }
}

/**
 * One span: 8 words of the table, addresses of p, g, m, v, of the new p, m, v, and how many elements.
 * Args: table, decays (0 or 1). Floats: beta1, 1 - beta1, beta2, 1 - beta2, step size, eps, decay, gradient scale.
 */
export function adam(chunk: i32, args: usize, _scratch: usize): void {
  const span = at(ptr(args, 0), 8 * chunk);
  if (int(args, 1)) step(span, args, true);
  else step(span, args, false);
}

/** Elements whose squares are added up in float32 before float64 takes over. */
const SHORT: i32 = 1024;

/** Sum of squares of one span, in float64 at `partial[chunk]`. Args: table (address and elements of each span), partial. */
export function squares(chunk: i32, args: usize, _scratch: usize): void {
  const span = at(ptr(args, 0), 2 * chunk);
  let x = ptr(span, 0);
  let left = int(span, 1);
  let total: f64 = 0;
  while (left > 0) {
    const n = min(SHORT, left);
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    let c = f32x4.splat(0);
    let d = f32x4.splat(0);
    for (const end = x + ((<usize>(n & ~15)) << 2); x < end; x += 64) {
      const p = v128.load(x);
      const q = v128.load(x, 16);
      const r = v128.load(x, 32);
      const s = v128.load(x, 48);
      a = f32x4.add(a, f32x4.mul(p, p));
      b = f32x4.add(b, f32x4.mul(q, q));
      c = f32x4.add(c, f32x4.mul(r, r));
      d = f32x4.add(d, f32x4.mul(s, s));
    }
    const sums = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
    total += <f64>f32x4.extract_lane(sums, 0) + <f64>f32x4.extract_lane(sums, 1);
    total += <f64>f32x4.extract_lane(sums, 2) + <f64>f32x4.extract_lane(sums, 3);
    for (let j: i32 = 0; j < (n & 15); j++) {
      const p = load<f32>(at(x, j));
      total += <f64>(p * p);
    }
    x += (<usize>(n & 15)) << 2;
    left -= n;
  }
  store<f64>(ptr(args, 1) + ((<usize>chunk) << 3), total);
}
