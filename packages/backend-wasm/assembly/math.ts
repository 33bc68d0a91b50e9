// Functions of four floats at a time.

// @ts-ignore: decorator
@inline
const SIGN: i32 = 0x80000000;
// ln 2 in two parts (Cephes): a whole number below 2^15 times the first is exact.
// @ts-ignore: decorator
@inline
const LN2_HIGH: f32 = 0.693359375;
// @ts-ignore: decorator
@inline
const LN2_LOW: f32 = -2.1219444e-4;
// @ts-ignore: decorator
@inline
const LOG2_E: f32 = 1.44269504;
// Added to a small number, it leaves in the low bits the nearest whole number plus 127: the exponent of a float.
// @ts-ignore: decorator
@inline
const ROUND: f32 = 12582912 + 127;
// @ts-ignore: decorator
@inline
const SQRT_HALF: i32 = 0x3f3504f3; // the bits of sqrt(1/2)

// @ts-ignore: decorator
@inline
function all(value: f32): v128 {
  return f32x4.splat(value);
}

// @ts-ignore: decorator
@inline
function mad(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.mul(a, b), c);
}

/** exp(r) - 1 for |r| <= ln 2 / 2: relative error 3.2e-9 of exp(r). */
// @ts-ignore: decorator
@inline
function expm1Near(r: v128): v128 {
  let p = mad(all(0.0013814605), r, all(0.008368707));
  p = mad(p, r, all(0.04166833));
  p = mad(p, r, all(0.16666521));
  p = mad(p, r, all(0.49999994));
  return mad(f32x4.mul(r, r), p, r);
}

/** exp(x) - 1 for |x| below 88. */
// @ts-ignore: decorator
@inline
function expm1Mid(x: v128): v128 {
  const t = mad(x, all(LOG2_E), all(ROUND));
  const n = f32x4.sub(t, all(ROUND));
  const r = f32x4.sub(f32x4.sub(x, f32x4.mul(n, all(LN2_HIGH))), f32x4.mul(n, all(LN2_LOW)));
  const power = i32x4.shl(t, 23);
  return mad(expm1Near(r), power, f32x4.sub(power, all(1)));
}

// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  const y = f32x4.pmax(f32x4.pmin(x, all(89)), all(-88));
  const t = f32x4.add(mad(y, all(LOG2_E), all(-0.5)), all(ROUND));
  const n = f32x4.sub(t, all(ROUND));
  const r = f32x4.sub(f32x4.sub(y, f32x4.mul(n, all(LN2_HIGH))), f32x4.mul(n, all(LN2_LOW)));
  let p = mad(all(0.0019124866), r, all(0.007868431));
  p = mad(p, r, all(0.041854974));
  p = mad(p, r, all(0.16663195));
  p = mad(p, r, all(0.50000226));
  p = f32x4.add(mad(f32x4.mul(r, r), p, r), all(1));
  return f32x4.mul(p, i32x4.shl(t, 23));
}

// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  return f32x4.div(all(1), f32x4.add(exp4(f32x4.neg(x)), all(1)));
}

// @ts-ignore: decorator
@inline
export function tanh4(x: v128): v128 {
  const sign = v128.and(x, i32x4.splat(SIGN));
  const a = f32x4.pmin(v128.xor(x, sign), all(9.02));
  const e = expm1Mid(f32x4.add(a, a));
  return v128.or(f32x4.div(e, f32x4.add(e, all(2))), sign);
}

// @ts-ignore: decorator
@inline
export function erf4(x: v128): v128 {
  const sign = v128.and(x, i32x4.splat(SIGN));
  const a = f32x4.pmin(v128.xor(x, sign), all(3.93));
  let p = mad(all(-9.256224e-6), a, all(1.1764092e-4));
  p = mad(p, a, all(-6.328357e-4));
  p = mad(p, a, all(0.0016670262));
  p = mad(p, a, all(-1.6039195e-4));
  p = mad(p, a, all(-0.019153075));
  p = mad(p, a, all(0.10277786));
  p = mad(p, a, all(0.6366194));
  p = mad(p, a, all(0.12837917));
  const e = expm1Mid(f32x4.neg(mad(p, a, a)));
  return v128.or(f32x4.neg(e), sign);
}

// @ts-ignore: decorator
@inline
export function log4(x: v128): v128 {
  const tiny = f32x4.lt(x, all(1.17549435e-38));
  const y = v128.bitselect(f32x4.mul(x, all(8388608)), x, tiny);
  const i = i32x4.sub(y, i32x4.splat(SQRT_HALF));
  const e = f32x4.convert_i32x4_s(i32x4.sub(i32x4.shr_s(i, 23), v128.and(tiny, i32x4.splat(23))));
  const m = i32x4.add(v128.and(i, i32x4.splat(0x7fffff)), i32x4.splat(SQRT_HALF));
  const f = f32x4.sub(m, all(1));
  const s = f32x4.div(f, f32x4.add(f, all(2)));
  const z = f32x4.mul(s, s);
  let r = mad(all(0.29872292), z, all(0.3997755));
  r = mad(r, z, all(0.66666776));
  const h = f32x4.mul(f32x4.mul(f, all(0.5)), f);
  const low = mad(s, mad(r, z, h), f32x4.mul(e, all(LN2_LOW)));
  const y1 = mad(e, all(LN2_HIGH), f32x4.add(f32x4.sub(low, h), f));
  // 0 becomes -Infinity, Infinity stays, NaN stays, negative numbers become NaN.
  const ends = f32x4.add(
    v128.and(f32x4.eq(x, all(0)), all(-Infinity)),
    v128.and(f32x4.eq(x, all(Infinity)), all(Infinity)),
  );
  return v128.or(f32x4.add(y1, ends), v128.not(f32x4.ge(x, all(0))));
}

/** |x|, but never above 13.25 */
// @ts-ignore: decorator
@inline
export function reach4(x: v128): v128 {
  return f32x4.pmin(f32x4.abs(x), all(13.25));
}

/** exp(-x^2 / 2) */
// @ts-ignore: decorator
@inline
export function gauss4(a: v128): v128 {
  const high = v128.and(a, i32x4.splat(0xfffff000));
  const low = f32x4.mul(f32x4.sub(a, high), f32x4.add(a, high));
  const h = f32x4.mul(high, high);
  const t = mad(h, all(-0.5 * LOG2_E), all(ROUND));
  const n = f32x4.sub(t, all(ROUND));
  const r = f32x4.sub(
    f32x4.sub(f32x4.mul(h, all(-0.5)), f32x4.mul(n, all(LN2_HIGH))),
    mad(n, all(LN2_LOW), f32x4.mul(low, all(0.5))),
  );
  return f32x4.mul(f32x4.add(expm1Near(r), all(1)), i32x4.shl(t, 23));
}

/** cdf */
// @ts-ignore: decorator
@inline
export function cdf4(x: v128, a: v128, gauss: v128): v128 {
  let p = mad(all(0.0040117432), a, all(0.039927058));
  p = mad(p, a, all(0.18113689));
  p = mad(p, a, all(0.43545625));
  p = mad(p, a, all(0.5));
  let q = mad(all(0.010055804), a, all(0.10008976));
  q = mad(q, a, all(0.46393195));
  q = mad(q, a, all(1.1937774));
  q = mad(q, a, all(1.6687974));
  q = mad(q, a, all(1));
  const tail = f32x4.div(f32x4.mul(gauss, p), q);
  return v128.bitselect(tail, f32x4.sub(all(1), tail), f32x4.lt(x, all(0)));
}

// @ts-ignore: decorator
@inline
export function gelu4(x: v128): v128 {
  const a = reach4(x);
  return f32x4.mul(x, cdf4(x, a, gauss4(a)));
}

// @ts-ignore: decorator
@inline
export function geluSlope4(x: v128): v128 {
  const a = reach4(x);
  const gauss = gauss4(a);
  return f32x4.add(cdf4(x, a, gauss), f32x4.mul(x, f32x4.mul(gauss, all(0.39894228))));
}
