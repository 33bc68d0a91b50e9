import fc from "fast-check";

/**
 * One property that every correct implementation has. No test framework is needed to run it:
 * `for (const law of maskingLaws(mask)) it(law.name, law.run);`
 */
export interface Law {
  readonly name: string;
  /** Throws an Error that says what was found, and on which input, when the law is broken. */
  run(): void | Promise<void>;
}

export interface LawOptions {
  /** Random inputs tried for a law. @default 100 */
  runs?: number;
  /** Repeats the inputs of a run that failed with it. @default a new one for every run */
  seed?: number;
}

/** Says that a law is broken. */
export function broken(reason: string): never {
  throw new Error(reason);
}

/** A law checked once. */
export function plainLaw(name: string, check: () => void): Law {
  const run = (): void => {
    try {
      check();
    } catch (error) {
      throw new Error(`${name}: ${reasonOf(error)}`, { cause: error });
    }
  };
  return { name, run };
}

/** A law checked on random inputs; `check` throws on an input that breaks it. */
export function lawOf<T>(name: string, inputs: fc.Arbitrary<T>, check: (input: T) => void, options: LawOptions): Law {
  return { name, run: () => report(name, fc.check(fc.property(inputs, check), settings(options))) };
}

/** `lawOf` for a check that has to wait. */
export function asyncLawOf<T>(
  name: string,
  inputs: fc.Arbitrary<T>,
  check: (input: T) => Promise<void>,
  options: LawOptions,
): Law {
  return {
    name,
    run: async () => report(name, await fc.check(fc.asyncProperty(inputs, check), settings(options))),
  };
}

const settings = ({ runs = 100, seed }: LawOptions): fc.Parameters<unknown> => ({
  numRuns: runs,
  ...(seed !== undefined && { seed }),
});

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const LONGEST_INPUT = 2000; // characters of it in a message

function report(name: string, details: fc.RunDetails<unknown>): void {
  if (!details.failed) return;
  const cause = details.errorInstance;
  const input = fc.stringify((details.counterexample as [unknown] | null)?.[0]);
  const shown = input.length > LONGEST_INPUT ? `${input.slice(0, LONGEST_INPUT)}...` : input;
  throw new Error(`${name}: ${reasonOf(cause)}\nSmallest input found: ${shown}\nSeed: ${details.seed}`, { cause });
}
