// Loops along one row of floats. They take 8 at a time as two vectors side by side, which an engine that pairs 128-bit
// operations makes one of 256 bits; what is left over is computed one by one, to the same bits where nothing is summed.
import { at } from "./args";

/** Bytes of a row that the loops of 8 cover. */
@inline
export function wholeBytes(n: i32): usize {
  return (<usize>(n & ~7)) << 2;
}

/** The sum of eight sums. */
@inline
export function addLanes(a: v128, b: v128): f32 {
  const s = f32x4.add(a, b);
  return (
    f32x4.extract_lane(s, 0) + f32x4.extract_lane(s, 1) + (f32x4.extract_lane(s, 2) + f32x4.extract_lane(s, 3))
  );
}

/** `dst = x` */
@inline
export function copyRow(dst: usize, x: usize, n: i32): void {
  for (const end = dst + wholeBytes(n); dst < end; dst += 32, x += 32) {
    const a = v128.load(x);
    const b = v128.load(x, 16);
    v128.store(dst, a);
    v128.store(dst, b, 16);
  }
  for (let j: i32 = 0; j < (n & 7); j++) store<f32>(at(dst, j), load<f32>(at(x, j)));
}

/** `dst = x + y`; dst may be one of them. */
@inline
export function addRows(dst: usize, x: usize, y: usize, n: i32): void {
  for (const end = dst + wholeBytes(n); dst < end; dst += 32, x += 32, y += 32) {
    const a = f32x4.add(v128.load(x), v128.load(y));
    const b = f32x4.add(v128.load(x, 16), v128.load(y, 16));
    v128.store(dst, a);
    v128.store(dst, b, 16);
  }
  for (let j: i32 = 0; j < (n & 7); j++) store<f32>(at(dst, j), load<f32>(at(x, j)) + load<f32>(at(y, j)));
}

/** Which of 8 factors are not 0, a bit each. */
@inline
export function bitsOf(a: v128, b: v128): i32 {
  const zero = f32x4.splat(0);
  return i32x4.bitmask(f32x4.gt(a, zero)) | (i32x4.bitmask(f32x4.gt(b, zero)) << 4);
}

/** The same of fewer than 8, at `factors`. */
@inline
export function bitsOfRest(factors: usize, n: i32): i32 {
  let bits: i32 = 0;
  for (let j: i32 = 0; j < n; j++) bits |= <i32>(load<f32>(at(factors, j)) > 0) << j;
  return bits;
}

/** `dst = x * (bit ? kept : 0)`, a bit an element; dst may be x. */
@inline
export function maskRow(dst: usize, x: usize, bits: usize, kept: f32, n: i32): void {
  const value = f32x4.splat(kept);
  // Some engines build constants anew at every turn of a loop; these look as if they depended on n.
  const none = i32x4.splat(n >> 31);
  const low = v128.or(i32x4(1, 2, 4, 8), none);
  const high = v128.or(i32x4(16, 32, 64, 128), none);
  for (const end = dst + wholeBytes(n); dst < end; dst += 32, x += 32, bits++) {
    const byte = v128.load8_splat(bits);
    const a = f32x4.mul(v128.load(x), v128.and(i32x4.eq(v128.and(byte, low), low), value));
    const b = f32x4.mul(v128.load(x, 16), v128.and(i32x4.eq(v128.and(byte, high), high), value));
    v128.store(dst, a);
    v128.store(dst, b, 16);
  }
  for (let j: i32 = 0; j < (n & 7); j++) {
    store<f32>(at(dst, j), load<f32>(at(x, j)) * (((load<u8>(bits) >> <u8>j) & 1) != 0 ? kept : 0));
  }
}
