import { DataError, OptionError, ShapeError } from "@xlm/core";

/** @throws ShapeError or DataError unless both lists have the same length, at least `least`. */
export function checkPaired(what: string, a: ArrayLike<unknown>, b: ArrayLike<unknown>, least = 1): void {
  if (a.length !== b.length) {
    throw new ShapeError({
      what: `${what}: ${a.length} and ${b.length}`,
      why: "they are compared one by one",
      fix: "pass lists of the same length, in the same order",
    });
  }
  if (a.length < least) {
    throw new DataError({
      what: `${what}: ${a.length}`,
      why: `the score is defined from ${least} on`,
      fix: "pass more of them",
    });
  }
}

/** @throws ShapeError or DataError unless there is a reference, and each has a line for every line of the hypotheses. */
export function checkLines(hypotheses: readonly string[], references: readonly (readonly string[])[]): void {
  if (references.length === 0) {
    throw new DataError({
      what: "there are no references",
      why: "the hypotheses are compared with at least one",
      fix: "pass a list with one list of lines",
    });
  }
  for (const lines of references) checkPaired("lines of hypotheses and references", hypotheses, lines);
}

/** @throws OptionError unless `value` is one of `choices`. */
export function checkChoice(name: string, value: string, choices: readonly string[]): void {
  if (!choices.includes(value)) {
    throw new OptionError({
      what: `${name} is ${JSON.stringify(value)}`,
      why: `it can be ${choices.join(", ")}`,
      fix: "choose one of those",
    });
  }
}
