// What follows an affine map, and its slope.
import { gelu4, geluSlope4 } from "./math";

export enum Activation {
  None,
  Gelu,
  Relu,
}

// @ts-ignore: decorator
@inline
function value4(kind: i32, x: v128): v128 {
  return kind == Activation.Gelu ? gelu4(x) : f32x4.max(x, f32x4.splat(0));
}

// @ts-ignore: decorator
@inline
function slope4(kind: i32, x: v128): v128 {
  if (kind == Activation.Gelu) return geluSlope4(x);
  return v128.and(f32x4.gt(x, f32x4.splat(0)), f32x4.splat(1));
}

// @ts-ignore: decorator
@inline
function activateSpan(kind: i32, from: usize, to: usize, end: usize): void {
  for (; from < end; from += 32, to += 32) {
    const a = value4(kind, v128.load(from));
    const b = value4(kind, v128.load(from, 16));
    v128.store(to, a);
    v128.store(to, b, 16);
  }
}

/** `to[i] = activation(from[i])` for n elements. `edge` is 64 bytes of scratch. */
export function activate(kind: i32, from: usize, to: usize, n: i32, edge: usize): void {
  const whole = (<usize>(n & ~7)) << 2;
  const rest = (<usize>(n & 7)) << 2;
  if (kind == Activation.Gelu) activateSpan(Activation.Gelu, from, to, from + whole);
  else activateSpan(Activation.Relu, from, to, from + whole);
  if (!rest) return;
  memory.copy(edge, from + whole, rest);
  if (kind == Activation.Gelu) activateSpan(Activation.Gelu, edge, edge + 32, edge + 32);
  else activateSpan(Activation.Relu, edge, edge + 32, edge + 32);
  memory.copy(to + whole, edge + 32, rest);
}

// @ts-ignore: decorator
@inline
function slopeSpan(kind: i32, from: usize, dy: usize, to: usize, end: usize): void {
  for (; from < end; from += 32, dy += 32, to += 32) {
    const a = f32x4.mul(v128.load(dy), slope4(kind, v128.load(from)));
    const b = f32x4.mul(v128.load(dy, 16), slope4(kind, v128.load(from, 16)));
    v128.store(to, a);
    v128.store(to, b, 16);
  }
}

/** `to[i] = dy[i] * activation'(from[i])` for n elements. `edge` is 96 bytes of scratch. */
export function activationSlope(kind: i32, from: usize, dy: usize, to: usize, n: i32, edge: usize): void {
  const whole = (<usize>(n & ~7)) << 2;
  const rest = (<usize>(n & 7)) << 2;
  if (kind == Activation.Gelu) slopeSpan(Activation.Gelu, from, dy, to, from + whole);
  else slopeSpan(Activation.Relu, from, dy, to, from + whole);
  if (!rest) return;
  memory.copy(edge, from + whole, rest);
  memory.copy(edge + 32, dy + whole, rest);
  if (kind == Activation.Gelu) slopeSpan(Activation.Gelu, edge, edge + 32, edge + 64, edge + 32);
  else slopeSpan(Activation.Relu, edge, edge + 32, edge + 64, edge + 32);
  memory.copy(to + whole, edge + 64, rest);
}
