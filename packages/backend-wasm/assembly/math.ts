// Functions of four floats at a time: no branches, plain simd128, so the same bits on every engine. NaN gives NaN.
//
// Errors in units in the last place (ulp) of the exact value, the largest found over 16.7 million evenly spaced bit
// patterns of all finite floats (src/math.test.ts looks at a million):
//
// | function     | range                             | at most  | -Infinity | Infinity |
// | ------------ | --------------------------------- | -------- | --------- | -------- |
// | `exp4`       | results from 2^-126; 0 below that | 1.4 ulp  | 0         | Infinity |
// | `log4`       | all; -Infinity at 0, NaN below    | 0.8 ulp  | NaN       | Infinity |
// | `tanh4`      | all; never beyond -1 and 1        | 2.6 ulp  | -1        | 1        |
// | `erf4`       | all; never beyond -1 and 1        | 2.0 ulp  | -1        | 1        |
// | `sigmoid4`   | results from 2^-126               | 2.3 ulp  | 0         | 1        |
// | `gelu4`      | from -12 on                       | 6 ulp    |           | Infinity |
// |              | below -12, results from 2^-126    | 10 ulp   | NaN       |          |
// | `geluSlope4` | all                               | 2e-7     | NaN       | NaN      |
//
// Where exact results are below 2^-126 (denormal), what comes is within 2^-126 of them, often 0; `log4`, `tanh4` and
// `erf4` take and give denormals as any other number. GELU at the infinities is what x * cdf(x) gives.
//
// Coefficients: own fits, minimax in the relative error, then moved among neighbouring floats until rounding them costs
// least.

/**
 * Where the numbers below lie: in the first kilobyte, which the allocator never gives out. Numbers in the code itself
 * cost three instructions at each use in V8, and more than twice the time where it joins operations of four floats.
 * Each instance writes them as it starts, the same ones, whatever others on the same memory are doing.
 */
@inline
const TABLE: usize = 256;

/** Words of the table; those of a polynomial follow one another, highest power first. */
const enum K {
  Sign,
  Mantissa,
  High,
  SqrtHalf,
  Shift,
  Zero,
  Half,
  One,
  Two,
  Infinity,
  MinNormal,
  Scale,
  Log2E,
  MinusHalfLog2E,
  Round,
  Ln2High,
  Ln2Low,
  TwoLn2High,
  TwoLn2Low,
  ExpMax,
  ExpMin,
  TanhMax,
  ErfMax,
  GeluMax,
  Density,
  Exp = 32,
  ExpUp = 40,
  ExpHalved = 48,
  Log = 56,
  Erf = 64,
  Tail = 80,
  TailUnder = 88,
}

function put(at: i32, value: f32): void {
  store<f32>(TABLE + ((<usize>at) << 2), value);
}

function putBits(at: i32, value: i32): void {
  store<i32>(TABLE + ((<usize>at) << 2), value);
}

@inline
function k(at: i32): v128 {
  return v128.load32_splat(TABLE + ((<usize>at) << 2));
}

putBits(K.Sign, 0x80000000);
putBits(K.Mantissa, 0x7fffff);
putBits(K.High, 0xfffff000); // the upper 12 bits of a mantissa
putBits(K.SqrtHalf, 0x3f3504f3); // sqrt(1/2) as a float
putBits(K.Shift, 23);
put(K.Zero, 0);
put(K.Half, 0.5);
put(K.One, 1);
put(K.Two, 2);
put(K.Infinity, Infinity);
put(K.MinNormal, 1.17549435e-38);
put(K.Scale, 8388608); // 2^23
put(K.Log2E, 1.44269504);
put(K.MinusHalfLog2E, -0.72134752);
// 1.5 * 2^23 + 127: added to a small number, it leaves in the low bits the nearest whole number plus 127, an exponent.
put(K.Round, 12583039);
// ln 2 in two parts (Cephes): a whole number below 2^15 times the first is exact.
put(K.Ln2High, 0.693359375);
put(K.Ln2Low, -2.1219444e-4);
put(K.TwoLn2High, 1.38671875);
put(K.TwoLn2Low, -4.2438888e-4);
// Beyond these the result stays what it is.
put(K.ExpMax, 89);
put(K.ExpMin, -88);
put(K.TanhMax, 9.02);
put(K.ErfMax, 3.93);
put(K.GeluMax, 13.25);
put(K.Density, 0.39894228); // 1 / sqrt(2 pi)
// (exp(r) - 1 - r) / r^2 for |r| <= ln 2 / 2: exp(r) within 3.2e-9 of itself
put(K.Exp, 0.0013814605);
put(K.Exp + 1, 0.008368707);
put(K.Exp + 2, 0.04166833);
put(K.Exp + 3, 0.16666521);
put(K.Exp + 4, 0.49999994);
// the same for r from 0 to ln 2: within 3.4e-9
put(K.ExpUp, 0.0019124866);
put(K.ExpUp + 1, 0.007868431);
put(K.ExpUp + 2, 0.041854974);
put(K.ExpUp + 3, 0.16663195);
put(K.ExpUp + 4, 0.50000226);
// (exp(-r / 2) - 1 + r / 2) / r^2: the first of them with r put to scale
put(K.ExpHalved, 0.0013814605 / 64);
put(K.ExpHalved + 1, -0.008368707 / 32);
put(K.ExpHalved + 2, 0.04166833 / 16);
put(K.ExpHalved + 3, -0.16666521 / 8);
put(K.ExpHalved + 4, 0.49999994 / 4);
// (log((1 + s) / (1 - s)) - 2 s) / s^3 as a polynomial of s^2, |s| <= 0.1716: the logarithm within 8.2e-10 of itself
put(K.Log, 0.29872292);
put(K.Log + 1, 0.3997755);
put(K.Log + 2, 0.66666776);
// -log(1 - erf(a)) / a - 1 for a from 0 to 3.93: erf(a) within 8.2e-9 of itself
put(K.Erf, -9.256224e-6);
put(K.Erf + 1, 1.1764092e-4);
put(K.Erf + 2, -6.328357e-4);
put(K.Erf + 3, 0.0016670262);
put(K.Erf + 4, -1.6039195e-4);
put(K.Erf + 5, -0.019153075);
put(K.Erf + 6, 0.10277786);
put(K.Erf + 7, 0.6366194);
put(K.Erf + 8, 0.12837917);
// The normal distribution's cdf(-a) / exp(-a^2 / 2), a from 0 to 13.25, as a quotient: within 9.3e-9 of itself
put(K.Tail, 0.0040117432);
put(K.Tail + 1, 0.039927058);
put(K.Tail + 2, 0.18113689);
put(K.Tail + 3, 0.43545625);
put(K.Tail + 4, 0.5);
put(K.TailUnder, 0.010055804);
put(K.TailUnder + 1, 0.10008976);
put(K.TailUnder + 2, 0.46393195);
put(K.TailUnder + 3, 1.1937774);
put(K.TailUnder + 4, 1.6687974);
put(K.TailUnder + 5, 1);

@inline
function mad(a: v128, b: v128, c: v128): v128 {
  return f32x4.add(f32x4.mul(a, b), c);
}

// Polynomials of x, given x^2: even and odd powers apart, Horner's rule with half of its waiting.

@inline
function poly4(at: i32, x: v128, xx: v128): v128 {
  const even = mad(mad(k(at), xx, k(at + 2)), xx, k(at + 4));
  return mad(mad(k(at + 1), xx, k(at + 3)), x, even);
}

@inline
function poly5(at: i32, x: v128, xx: v128): v128 {
  const odd = mad(mad(k(at), xx, k(at + 2)), xx, k(at + 4));
  const even = mad(mad(k(at + 1), xx, k(at + 3)), xx, k(at + 5));
  return mad(odd, x, even);
}

@inline
function poly8(at: i32, x: v128, xx: v128): v128 {
  const even = mad(mad(mad(mad(k(at), xx, k(at + 2)), xx, k(at + 4)), xx, k(at + 6)), xx, k(at + 8));
  const odd = mad(mad(mad(k(at + 1), xx, k(at + 3)), xx, k(at + 5)), xx, k(at + 7));
  return mad(odd, x, even);
}

/** exp(r) - 1, given where the polynomial for r's range lies. */
@inline
function expm1Near(at: i32, r: v128): v128 {
  const rr = f32x4.mul(r, r);
  return mad(rr, poly4(at, r, rr), r);
}

/** x - n ln 2. */
@inline
function reduce(x: v128, n: v128): v128 {
  return f32x4.sub(f32x4.sub(x, f32x4.mul(n, k(K.Ln2High))), f32x4.mul(n, k(K.Ln2Low)));
}

/** exp(x) - 1 for x from -20 to 20, exact to the last places near 0 too. */
@inline
function expm1(x: v128): v128 {
  const t = mad(x, k(K.Log2E), k(K.Round));
  const r = reduce(x, f32x4.sub(t, k(K.Round)));
  const power = i32x4.shl(t, 23); // 2^n
  return mad(expm1Near(K.Exp, r), power, f32x4.sub(power, k(K.One)));
}

/** e^x. */
@inline
export function exp4(x: v128): v128 {
  const y = f32x4.pmax(f32x4.pmin(x, k(K.ExpMax)), k(K.ExpMin));
  // Rounded down, not to nearest: n stays within -127 .. 128, for which the shift gives 0 and Infinity at the two ends.
  const t = f32x4.add(f32x4.sub(f32x4.mul(y, k(K.Log2E)), k(K.Half)), k(K.Round));
  const r = reduce(y, f32x4.sub(t, k(K.Round)));
  return f32x4.mul(f32x4.add(expm1Near(K.ExpUp, r), k(K.One)), i32x4.shl(t, 23));
}

/** 1 / (1 + e^-x). */
@inline
export function sigmoid4(x: v128): v128 {
  return f32x4.div(k(K.One), f32x4.add(exp4(f32x4.neg(x)), k(K.One)));
}

/** tanh(x), as expm1(2 |x|) / (expm1(2 |x|) + 2) with the sign of x. */
@inline
export function tanh4(x: v128): v128 {
  const sign = v128.and(x, k(K.Sign));
  const a = f32x4.pmin(v128.xor(x, sign), k(K.TanhMax));
  const e = expm1(f32x4.add(a, a));
  return v128.or(f32x4.div(e, f32x4.add(e, k(K.Two))), sign);
}

/** erf(x), as -expm1(log(1 - erf |x|)) with the sign of x. */
@inline
export function erf4(x: v128): v128 {
  const sign = v128.and(x, k(K.Sign));
  const a = f32x4.pmin(v128.xor(x, sign), k(K.ErfMax));
  const e = expm1(f32x4.neg(mad(poly8(K.Erf, a, f32x4.mul(a, a)), a, a)));
  return v128.or(f32x4.abs(e), sign);
}

/** The natural logarithm: x = 2^e (1 + f) with 1 + f from sqrt(1/2) to sqrt(2), and s = f / (2 + f) (as in fdlibm). */
@inline
export function log4(x: v128): v128 {
  const tiny = f32x4.lt(x, k(K.MinNormal));
  const i = i32x4.sub(v128.bitselect(f32x4.mul(x, k(K.Scale)), x, tiny), k(K.SqrtHalf));
  const e = f32x4.convert_i32x4_s(i32x4.sub(i32x4.shr_s(i, 23), v128.and(tiny, k(K.Shift))));
  const f = f32x4.sub(i32x4.add(v128.and(i, k(K.Mantissa)), k(K.SqrtHalf)), k(K.One));
  const s = f32x4.div(f, f32x4.add(f, k(K.Two)));
  const ss = f32x4.mul(s, s);
  const p = mad(mad(k(K.Log), ss, k(K.Log + 1)), ss, k(K.Log + 2));
  const h = f32x4.mul(f32x4.mul(f, k(K.Half)), f);
  const low = mad(s, mad(p, ss, h), f32x4.mul(e, k(K.Ln2Low)));
  const y = mad(e, k(K.Ln2High), f32x4.add(f32x4.sub(low, h), f));
  // So far 0 and Infinity gave finite numbers; for NaN and numbers below 0 all bits are set.
  const top = v128.and(f32x4.eq(x, k(K.Infinity)), k(K.Infinity));
  const bottom = v128.and(f32x4.eq(x, k(K.Zero)), k(K.Infinity));
  return v128.or(f32x4.add(y, f32x4.sub(top, bottom)), v128.not(f32x4.ge(x, k(K.Zero))));
}

/** |x|, but no more than where cdf(-|x|) is 0 in floats. */
@inline
function geluReach(x: v128): v128 {
  return f32x4.pmin(f32x4.abs(x), k(K.GeluMax));
}

/** exp(-a^2 / 2), a from 0 to 13.25: a^2 is split in two, for a rounding of it would cost a^2 / 2 times as much. */
@inline
function gauss(a: v128): v128 {
  const high = v128.and(a, k(K.High));
  const low = f32x4.mul(f32x4.sub(a, high), f32x4.add(a, high));
  const square = f32x4.mul(high, high);
  const t = mad(square, k(K.MinusHalfLog2E), k(K.Round));
  const n = f32x4.sub(t, k(K.Round));
  const r = f32x4.add(mad(n, k(K.TwoLn2High), square), mad(n, k(K.TwoLn2Low), low)); // a^2 + 2 n ln 2
  const rr = f32x4.mul(r, r);
  const p = f32x4.sub(f32x4.mul(rr, poly4(K.ExpHalved, r, rr)), f32x4.mul(r, k(K.Half)));
  return f32x4.mul(f32x4.add(p, k(K.One)), i32x4.shl(t, 23));
}

/** The normal distribution's cdf(x), given a = geluReach(x) and gauss(a). */
@inline
function cdf(x: v128, a: v128, gaussian: v128): v128 {
  const aa = f32x4.mul(a, a);
  const tail = f32x4.div(f32x4.mul(gaussian, poly4(K.Tail, a, aa)), poly5(K.TailUnder, a, aa));
  return v128.bitselect(tail, f32x4.sub(k(K.One), tail), f32x4.lt(x, k(K.Zero)));
}

/** x cdf(x), the exact GELU. */
@inline
export function gelu4(x: v128): v128 {
  const a = geluReach(x);
  return f32x4.mul(x, cdf(x, a, gauss(a)));
}

/** Its derivative, cdf(x) + x pdf(x). */
@inline
export function geluSlope4(x: v128): v128 {
  const a = geluReach(x);
  const gaussian = gauss(a);
  return mad(x, f32x4.mul(gaussian, k(K.Density)), cdf(x, a, gaussian));
}
