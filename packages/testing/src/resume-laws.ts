import fc from "fast-check";
import { firstDifference } from "./difference.js";
import { asyncLawOf, broken, type Law, type LawOptions } from "./law.js";

/** Something that gives one value after another and can be written down: a sampler, an order of batches, a training run. */
export interface Resumable<T, S> {
  next(): T | Promise<T>;
  /** Plain data: it has to survive JSON. */
  state(): S;
}

export interface ResumeLawOptions extends LawOptions {
  /** Most values taken before and after the stop. @default 50 */
  maxSteps?: number;
}

/**
 * Resuming equals never stopping, wherever the stop comes.
 * @param create makes the same fresh thing every time.
 * @param restore makes one from what `state()` returned.
 */
export function resumeLaws<T, S>(
  create: () => Resumable<T, S>,
  restore: (state: S) => Resumable<T, S>,
  options: ResumeLawOptions = {},
): Law[] {
  const { maxSteps = 50 } = options;
  const stops = fc.record({ before: fc.nat({ max: maxSteps }), after: fc.integer({ min: 1, max: maxSteps }) });
  const take = async (from: Resumable<T, S>, n: number): Promise<T[]> => {
    const values: T[] = [];
    for (let i = 0; i < n; i++) values.push(await from.next());
    return values;
  };
  const same = (actual: unknown, expected: unknown, at: string): void => {
    const difference = firstDifference(actual, expected, at);
    if (difference) broken(difference);
  };
  return [
    asyncLawOf(
      "resuming equals never stopping",
      stops,
      async ({ before, after }) => {
        const never = create();
        await take(never, before);
        const stopped = create();
        await take(stopped, before);
        const resumed = restore(stopped.state());
        same(await take(resumed, after), await take(never, after), "values after the stop");
      },
      options,
    ),
    asyncLawOf(
      "a state survives JSON",
      stops,
      async ({ before }) => {
        const one = create();
        await take(one, before);
        const state = one.state();
        same(JSON.parse(JSON.stringify(state)), state, "state");
      },
      options,
    ),
    asyncLawOf(
      "a state does not change while its owner goes on",
      stops,
      async ({ before, after }) => {
        const one = create();
        await take(one, before);
        const state = one.state();
        const written = JSON.stringify(state);
        await take(one, after);
        if (JSON.stringify(state) !== written) broken(`the state was ${written} and became ${JSON.stringify(state)}`);
      },
      options,
    ),
    asyncLawOf(
      "one state can be restored twice",
      stops,
      async ({ before, after }) => {
        const one = create();
        await take(one, before);
        const state = one.state();
        const first = await take(restore(state), after);
        same(await take(restore(state), after), first, "values of the second restored");
      },
      options,
    ),
  ];
}
