/** How a line becomes words. `"none"`: it is split already, at white space. */
export type Tokenizer = "simple" | "none";

const PIECE = /[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{M}\p{N}]/gu;

/**
 * Words and punctuation marks in lower case and without accents (as XLM-15 has them: `lowercase_and_remove_accent.py`), one
 * space between them: enough for a first run on text in scripts with spaces.
 * `Differs:` the original runs the Moses scripts first; for results to compare with, run those and say `--tokenize none`.
 */
export const simpleTokens = (line: string): string =>
  (
    line
      .toLowerCase()
      .normalize("NFD")
      .replaceAll(/\p{Mn}/gu, "")
      .toLowerCase()
      .match(PIECE) ?? []
  ).join(" ");

/** Lines made ready for BPE. */
export const tokenizeLines = (lines: readonly string[], tokenizer: Tokenizer): readonly string[] =>
  tokenizer === "none" ? lines : lines.map(simpleTokens);
