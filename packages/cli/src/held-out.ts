import { checkInt, DataError } from "@xlm/core";
import { checkParallel } from "@xlm/data";
import type { Text } from "./files.js";

/** Text of one language with the part that is not trained on. */
export interface SplitText {
  readonly lang: string;
  readonly file: string;
  readonly train: readonly string[];
  readonly test: readonly string[];
}

/**
 * Takes `n` lines, evenly spread, out of a text. Files of the same length lose the same lines, so parallel ones stay so.
 * @param n below the number of lines. @default one line in twenty, 500 at most
 * @throws DataError when too few lines are left to train on.
 */
export function holdOut({ lang, file, lines }: Text, n?: number): SplitText {
  const held = n ?? Math.min(500, Math.max(1, Math.floor(lines.length / 20)));
  checkInt("--held-out", held, 1);
  if (held * 2 > lines.length) {
    throw new DataError({
      what: `it has ${lines.length} lines and ${held} are to be held out`,
      why: "at least half of the text is needed to train on",
      fix: "give more text, or a smaller --held-out",
      at: { file },
    });
  }
  const test = new Set(Array.from({ length: held }, (_, i) => Math.floor(((i + 0.5) * lines.length) / held)));
  return {
    lang,
    file,
    train: lines.filter((_, i) => !test.has(i)),
    test: lines.filter((_, i) => test.has(i)),
  };
}

/** @throws DataError naming both files when two do not have equally many lines. */
export function checkAllParallel(texts: readonly Text[]): void {
  for (const other of texts.slice(1)) checkParallel(texts[0] as Text, other);
}
