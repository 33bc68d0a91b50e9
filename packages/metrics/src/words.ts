/** Python's white space, at which `str.split()` splits: JavaScript's `\s` lacks U+001C..1F and U+0085 and has U+FEFF. */
const SPACE = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const SPACES = new RegExp(`${SPACE}+`, "u");
const FIRST_SPACES = new RegExp(`^${SPACE}+`, "u");
const LAST_SPACES = new RegExp(`${SPACE}+$`, "u");

/** The words of a line, as Python's `str.split()`. */
export const splitWords = (line: string): string[] => line.split(SPACES).filter((word) => word !== "");

/** The line without white space at its end, as Python's `str.rstrip()`. */
export const stripEnd = (line: string): string => line.replace(LAST_SPACES, "");

/** The line without white space at either end, as Python's `str.strip()`. */
export const strip = (line: string): string => stripEnd(line).replace(FIRST_SPACES, "");

/** How often each n-gram occurs, by order: `counts[0]` of single tokens. Keys are tokens joined by `separator`. */
export function countNgrams(tokens: readonly string[], maxOrder: number, separator: string): Map<string, number>[] {
  return Array.from({ length: maxOrder }, (_, i) => {
    const counts = new Map<string, number>();
    for (let begin = 0; begin + i < tokens.length; begin++) {
      const ngram = tokens.slice(begin, begin + i + 1).join(separator);
      counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
    }
    return counts;
  });
}

/** Of a hypothesis' n-grams: how many there are, and how many of them are in the reference as often. */
export function matchNgrams(
  counts: ReadonlyMap<string, number>,
  reference: ReadonlyMap<string, number>,
): { total: number; match: number } {
  let total = 0;
  let match = 0;
  for (const [ngram, count] of counts) {
    total += count;
    match += Math.min(count, reference.get(ngram) ?? 0);
  }
  return { total, match };
}

/** The most that each n-gram occurs in any of several references. */
export function mergeNgrams(references: readonly (readonly ReadonlyMap<string, number>[])[]): Map<string, number>[] {
  const merged: Map<string, number>[] = [];
  for (const orders of references) {
    orders.forEach((counts, i) => {
      const most = (merged[i] ??= new Map<string, number>());
      for (const [ngram, count] of counts) most.set(ngram, Math.max(count, most.get(ngram) ?? 0));
    });
  }
  return merged;
}
