import type { Prefixes } from "./prefixes/index.js";

/** Whether a word keeps its full stop before another word: an initialism, an abbreviation, or a sentence that goes on. */
export function keepsStop(
  word: string,
  letters: RegExp,
  prefixes: Prefixes,
  nextIsLower: boolean,
  nextIsDigit: boolean,
): boolean {
  return (
    nextIsLower ||
    prefixes.always.has(word) ||
    (nextIsDigit && prefixes.numericOnly.has(word)) ||
    (word.includes(".") && letters.test(word))
  );
}
