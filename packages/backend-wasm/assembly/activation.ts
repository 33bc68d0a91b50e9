// What follows an affine map, and its slope. One plain loop for each: a choice inside of a loop would stay there.
import { Activation } from "../src/elementwise";
import { gelu4, geluSlope4 } from "./math";

/** `to = gelu(from)` up to `end`, 8 floats a turn, at least one turn. */
function geluSpan(from: usize, to: usize, end: usize): void {
  do {
    const a = gelu4(v128.load(from));
    const b = gelu4(v128.load(from, 16));
    v128.store(to, a);
    v128.store(to, b, 16);
    from += 32;
    to += 32;
  } while (from < end);
}

function reluSpan(from: usize, to: usize, end: usize): void {
  const zero = f32x4.splat(0);
  do {
    const a = f32x4.max(v128.load(from), zero);
    const b = f32x4.max(v128.load(from, 16), zero);
    v128.store(to, a);
    v128.store(to, b, 16);
    from += 32;
    to += 32;
  } while (from < end);
}

/** `to = dy * gelu'(from)` up to `end`, 8 floats a turn, at least one turn. */
function geluSlopeSpan(from: usize, dy: usize, to: usize, end: usize): void {
  do {
    const a = f32x4.mul(v128.load(dy), geluSlope4(v128.load(from)));
    const b = f32x4.mul(v128.load(dy, 16), geluSlope4(v128.load(from, 16)));
    v128.store(to, a);
    v128.store(to, b, 16);
    from += 32;
    dy += 32;
    to += 32;
  } while (from < end);
}

function reluSlopeSpan(from: usize, dy: usize, to: usize, end: usize): void {
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  do {
    const a = f32x4.mul(v128.load(dy), v128.and(f32x4.gt(v128.load(from), zero), one));
    const b = f32x4.mul(v128.load(dy, 16), v128.and(f32x4.gt(v128.load(from, 16), zero), one));
    v128.store(to, a);
    v128.store(to, b, 16);
    from += 32;
    dy += 32;
    to += 32;
  } while (from < end);
}

function span(kind: i32, from: usize, to: usize, end: usize): void {
  if (from == end) return;
  if (kind == Activation.Gelu) geluSpan(from, to, end);
  else reluSpan(from, to, end);
}

function slopeSpan(kind: i32, from: usize, dy: usize, to: usize, end: usize): void {
  if (from == end) return;
  if (kind == Activation.Gelu) geluSlopeSpan(from, dy, to, end);
  else reluSlopeSpan(from, dy, to, end);
}

/** `to[i] = activation(from[i])` for n elements. `edge` is 64 bytes of scratch. */
export function activate(kind: i32, from: usize, to: usize, n: i32, edge: usize): void {
  const whole = (<usize>(n & ~7)) << 2;
  const rest = (<usize>(n & 7)) << 2;
  span(kind, from, to, from + whole);
  if (!rest) return;
  memory.copy(edge, from + whole, rest);
  span(kind, edge, edge + 32, edge + 32);
  memory.copy(to + whole, edge + 32, rest);
}

/** `to[i] = dy[i] * activation'(from[i])` for n elements. `edge` is 96 bytes of scratch. */
export function activationSlope(kind: i32, from: usize, dy: usize, to: usize, n: i32, edge: usize): void {
  const whole = (<usize>(n & ~7)) << 2;
  const rest = (<usize>(n & 7)) << 2;
  slopeSpan(kind, from, dy, to, from + whole);
  if (!rest) return;
  memory.copy(edge, from + whole, rest);
  memory.copy(edge + 32, dy + whole, rest);
  slopeSpan(kind, edge, edge + 32, edge + 64, edge + 32);
  memory.copy(to + whole, edge + 64, rest);
}
