import { XlmError } from "@xlm/core";
import fc from "fast-check";
import { dictionaryFromCounts, indexText, type Dictionary, type IndexedText } from "../src/index.js";

/** Code and message of the error that `run` throws. */
export function errorOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof XlmError) return `${error.code} ${error.message}`;
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** w0 to w19 with counts 20 to 1: `w0` has id 14. */
export const dictionary: Dictionary = dictionaryFromCounts(
  Array.from({ length: 20 }, (_, i) => [`w${i}`, 20 - i] as const),
);

/** Sentences of known words, empty ones among them. */
export const sentences = fc.array(
  fc.array(fc.nat({ max: 19 }), { maxLength: 12 }).map((words) => words.map((i) => `w${i}`).join(" ")),
  { minLength: 1, maxLength: 30 },
);

export const corpora: fc.Arbitrary<IndexedText> = sentences.map((lines) => indexText(lines, dictionary));

export const seeds = fc.nat({ max: Number.MAX_SAFE_INTEGER });
