// What the tests call: the inline functions over arrays, and Philox. Not part of the product.
import { erf4, exp4, gelu4, geluSlope4, log4, sigmoid4, tanh4 } from "./math";

export { dropoutFactors, philoxWords } from "./philox";

// `n` is a multiple of 8 in all of them.

export function exp(n: i32, src: usize, dst: usize): void {
  for (const end = src + ((<usize>n) << 2); src < end; src += 32, dst += 32) {
    const a = exp4(v128.load(src));
    const b = exp4(v128.load(src, 16));
    v128.store(dst, a);
    v128.store(dst, b, 16);
  }
}

export function log(n: i32, src: usize, dst: usize): void {
  for (const end = src + ((<usize>n) << 2); src < end; src += 32, dst += 32) {
    const a = log4(v128.load(src));
    const b = log4(v128.load(src, 16));
    v128.store(dst, a);
    v128.store(dst, b, 16);
  }
}

export function tanh(n: i32, src: usize, dst: usize): void {
  for (const end = src + ((<usize>n) << 2); src < end; src += 32, dst += 32) {
    const a = tanh4(v128.load(src));
    const b = tanh4(v128.load(src, 16));
    v128.store(dst, a);
    v128.store(dst, b, 16);
  }
}

export function erf(n: i32, src: usize, dst: usize): void {
  for (const end = src + ((<usize>n) << 2); src < end; src += 32, dst += 32) {
    const a = erf4(v128.load(src));
    const b = erf4(v128.load(src, 16));
    v128.store(dst, a);
    v128.store(dst, b, 16);
  }
}

export function sigmoid(n: i32, src: usize, dst: usize): void {
  for (const end = src + ((<usize>n) << 2); src < end; src += 32, dst += 32) {
    const a = sigmoid4(v128.load(src));
    const b = sigmoid4(v128.load(src, 16));
    v128.store(dst, a);
    v128.store(dst, b, 16);
  }
}

export function gelu(n: i32, src: usize, dst: usize): void {
  for (const end = src + ((<usize>n) << 2); src < end; src += 32, dst += 32) {
    const a = gelu4(v128.load(src));
    const b = gelu4(v128.load(src, 16));
    v128.store(dst, a);
    v128.store(dst, b, 16);
  }
}

export function geluSlope(n: i32, src: usize, dst: usize): void {
  for (const end = src + ((<usize>n) << 2); src < end; src += 32, dst += 32) {
    const a = geluSlope4(v128.load(src));
    const b = geluSlope4(v128.load(src, 16));
    v128.store(dst, a);
    v128.store(dst, b, 16);
  }
}
