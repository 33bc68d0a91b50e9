import { checkInt } from "@xlm/core";
import { broken, type Law } from "./law.js";

/** What is in use, by name: tensors, bytes, blocks, handles. */
export type Counts = Readonly<Record<string, number>>;

export interface LeakLawOptions {
  /** Steps before the first count, so that whatever is made once, or once for every shape, is there. @default 10 */
  warmUp?: number;
  /** Steps that may leave nothing behind. @default 1000 */
  steps?: number;
}

/**
 * Nothing leaks: after many steps as much is in use as before them. It is counted after every step, so that a broken law names the first
 * one with more.
 * @param step does one step; `i` counts from 0, warm-up included. Let sizes vary with it, all of them during warm-up.
 * @param memory counts what is in use.
 * @example
 * const memory = () => {
 *   const { numTensors, numBytes } = tf.memory();
 *   return { numTensors, numBytes };
 * };
 * for (const law of leakLaws(() => trainStep(model, optimizer, [next()]), memory)) it(law.name, law.run);
 */
export function leakLaws(
  step: (i: number) => unknown,
  memory: () => Counts,
  { warmUp = 10, steps = 1000 }: LeakLawOptions = {},
): Law[] {
  checkInt("warmUp", warmUp, 0);
  checkInt("steps", steps, 1);
  const name = `nothing is left behind by ${steps} steps`;
  const run = async (): Promise<void> => {
    for (let i = 0; i < warmUp; i++) await step(i);
    const before = memory();
    if (Object.keys(before).length === 0) broken(`${name}: memory() counts nothing`);
    const grown = new Map<string, string>(); // by count: when it was first above its beginning
    let after = before;
    for (let i = 1; i <= steps; i++) {
      await step(warmUp + i - 1);
      after = memory();
      for (const [what, count] of Object.entries(after)) {
        if (count > (before[what] ?? 0) && !grown.has(what)) grown.set(what, ` (first more after step ${i}, ${count})`);
      }
    }
    const changed = Object.keys({ ...before, ...after })
      .filter((what) => !(after[what] === before[what])) // NaN is no count
      .map((what) => {
        const counts = `${before[what]} after ${warmUp} steps of warm-up and is ${after[what]}`;
        return `${what} was ${counts}${grown.get(what) ?? ""}`;
      });
    if (changed.length > 0) broken(`${name}: ${changed.join("; ")}`);
  };
  return [{ name, run }];
}
