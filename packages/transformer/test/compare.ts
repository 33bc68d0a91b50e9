import { expect } from "vitest";

/** States are of size 1 after a layer norm; products in another order differ by a few units in the last place of float32. */
export const ROUNDING = 2e-6;

export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    expect(Math.abs((actual[i] as number) - (expected[i] as number))).toBeLessThanOrEqual(tolerance);
  }
}

/** The states of tokens `[from, to)` of one row of `[batch, seq, dim]`. */
export const tokensOf = (
  states: Float32Array,
  [seq, dim]: readonly [seq: number, dim: number],
  row: number,
  from: number,
  to: number,
): Float32Array => states.subarray((row * seq + from) * dim, (row * seq + to) * dim);
