import { DataError } from "@xlm/core";

/** Lines, or how many there are, with the name of the file they came from. */
export interface NamedLines {
  readonly file: string;
  readonly lines: { readonly length: number };
}

/**
 * Checks that two parallel texts have as many lines as each other.
 * @throws DataError (`XLM_DATA`) with both files and numbers of lines.
 */
export function checkParallel(first: NamedLines, second: NamedLines): void {
  if (first.lines.length === second.lines.length) return;
  throw new DataError({
    what: `${first.file} has ${first.lines.length} lines and ${second.file} has ${second.lines.length}`,
    why: "line i of one is the translation of line i of the other",
    fix: "align the files line by line; an empty line stands for a missing translation, and its pair is left out",
  });
}
