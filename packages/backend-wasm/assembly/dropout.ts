// Dropout by itself, and its gradient.
import { at, float, int, ptr } from "./args";
import { dropoutFactors } from "./philox";
import { bitsOf, bitsOfRest, maskRow, wholeBytes } from "./rows";

/** Factors that are drawn at a time, so that they stay in the first-level cache. */
const DRAWN: i32 = 1024;

/**
 * `out = x * factor` and which factors are not 0, elements [chunk * per, ...).
 * Args: x, out, bits, n, per (a multiple of 8), key0, key1, least. Floats: kept. Scratch: 1024 floats.
 */
export function dropout(chunk: i32, args: usize, scratch: usize): void {
  const first = chunk * int(args, 4);
  const last = min(first + int(args, 4), int(args, 3));
  let x = at(ptr(args, 0), first);
  let out = at(ptr(args, 1), first);
  let bits = ptr(args, 2) + (<usize>first >> 3);
  for (let i = first; i < last; i += DRAWN) {
    const n = min(DRAWN, last - i);
    dropoutFactors(scratch, int(args, 5), int(args, 6), i, n, int(args, 7), float(args, 0));
    let factor = scratch;
    for (const end = scratch + wholeBytes(n); factor < end; factor += 32, x += 32, out += 32, bits++) {
      const f = v128.load(factor);
      const g = v128.load(factor, 16);
      const a = f32x4.mul(v128.load(x), f);
      const b = f32x4.mul(v128.load(x, 16), g);
      v128.store(out, a);
      v128.store(out, b, 16);
      store<u8>(bits, bitsOf(f, g));
    }
    const rest = n & 7;
    for (let j: i32 = 0; j < rest; j++) store<f32>(at(out, j), load<f32>(at(x, j)) * load<f32>(at(factor, j)));
    if (rest) store<u8>(bits, bitsOfRest(factor, rest));
  }
}

/** `dx = dy * factor`, elements [chunk * per, ...). Args: dy, dx, bits, n, per (a multiple of 8). Floats: kept. */
export function dropoutGrad(chunk: i32, args: usize, _scratch: usize): void {
  const first = chunk * int(args, 4);
  const n = min(int(args, 4), int(args, 3) - first);
  const bits = ptr(args, 2) + (<usize>first >> 3);
  maskRow(at(ptr(args, 1), first), at(ptr(args, 0), first), bits, float(args, 0), n);
}
