// Float64 references for the float32 functions, good to about 1e-15 of themselves.

/** erf by its series, for |x| up to 2.2; 1 - erfc by its continued fraction, backwards, beyond. */
export function erf(x: number): number {
  return Math.abs(x) < 2.2 ? erfSeries(x) : Math.sign(x) * (1 - erfcFraction(Math.abs(x)));
}

function erfSeries(x: number): number {
  let power = x;
  let sum = x;
  for (let n = 1; n < 60; n++) {
    power *= (-x * x) / n;
    sum += power / (2 * n + 1);
    if (Math.abs(power) < 1e-17 * Math.abs(sum)) break;
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

function erfcFraction(x: number): number {
  let f = 0;
  for (let n = 60; n >= 1; n--) f = n / 2 / (x + f);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + f);
}

/** 1 - erf(x), small results as exact as large ones. */
export const erfc = (x: number): number => (x < 2.2 ? 1 - erf(x) : erfcFraction(x));

const cdf = (x: number): number => 0.5 * erfc(-x * Math.SQRT1_2);
const pdf = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

export const sigmoid = (x: number): number => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));
export const gelu = (x: number): number => x * cdf(x);
export const geluSlope = (x: number): number => cdf(x) + x * pdf(x);

const float = new Float64Array(1);
const word = new BigUint64Array(float.buffer);

/** The distance from one float32 to the next around `x`, never below the denormals' own. */
export function ulp(x: number): number {
  float[0] = x;
  const exponent = Number((word[0]! >> 52n) & 2047n) - 1023;
  return 2 ** (Math.max(exponent, -126) - 23);
}
