import { MismatchError } from "@xlm/core";

/** How far a float32 result may stand from the float64 one: `atol + rtol * |expected|`. */
export interface Tolerance {
  rtol: number;
  atol: number;
}

/** Two numbers agree within the tolerance; not-a-number agrees with itself, an infinity with the same infinity. */
export const agree = (got: number, expected: number, { rtol, atol }: Tolerance): boolean =>
  Object.is(got, expected) || Math.abs(got - expected) <= atol + rtol * Math.abs(expected) || got === expected;

export function fail(what: string): never {
  throw new MismatchError({
    what,
    why: "every backend gives what the float64 reference gives",
    fix: "mend the backend's kernel, or list it under skip with the reason",
  });
}

/** @throws MismatchError naming the first element that is too far off. */
export function expectClose(
  name: string,
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: Tolerance,
): void {
  if (got.length !== expected.length) fail(`${name} has ${got.length} elements and not ${expected.length}`);
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [got[i] as number, expected[i] as number];
    if (!agree(a, b, tolerance)) fail(`${name}[${i}] is ${a} and not ${b}`);
  }
}
