// What the tests see of the inline functions. Not part of the product.
import { erf4, exp4, gelu4, geluSlope4, log4, sigmoid4, tanh4 } from "./math";

// @ts-ignore: decorator
@inline
function apply(which: i32, x: v128): v128 {
  if (which == 0) return exp4(x);
  if (which == 1) return log4(x);
  if (which == 2) return tanh4(x);
  if (which == 3) return erf4(x);
  if (which == 4) return sigmoid4(x);
  if (which == 5) return gelu4(x);
  return geluSlope4(x);
}

// @ts-ignore: decorator
@inline
function each(which: i32, n: i32, src: usize, dst: usize): void {
  for (let end = src + ((<usize>n) << 2); src < end; src += 32, dst += 32) {
    const x = v128.load(src);
    const y = v128.load(src, 16);
    const fx = apply(which, x);
    const fy = apply(which, y);
    v128.store(dst, fx);
    v128.store(dst, fy, 16);
  }
}

export function exp(n: i32, src: usize, dst: usize): void {
  each(0, n, src, dst);
}
export function log(n: i32, src: usize, dst: usize): void {
  each(1, n, src, dst);
}
export function tanh(n: i32, src: usize, dst: usize): void {
  each(2, n, src, dst);
}
export function erf(n: i32, src: usize, dst: usize): void {
  each(3, n, src, dst);
}
export function sigmoid(n: i32, src: usize, dst: usize): void {
  each(4, n, src, dst);
}
export function gelu(n: i32, src: usize, dst: usize): void {
  each(5, n, src, dst);
}
export function geluSlope(n: i32, src: usize, dst: usize): void {
  each(6, n, src, dst);
}
