import { DataError } from "@xlm/core";
import { placesOf, type WordVectors } from "./rows.js";

/** A word and its translation. A word may have several. */
export type WordPair = readonly [source: string, target: string];

/**
 * The pairs of which both words have vectors, each once.
 * @throws DataError (`XLM_DATA`) when there is none.
 */
export function knownPairs<P extends readonly [...WordPair, ...unknown[]]>(
  source: WordVectors,
  target: WordVectors,
  pairs: readonly P[],
): P[] {
  const [sources, targets] = [placesOf(source.words), placesOf(target.words)];
  const seen = new Set<string>();
  const known = pairs.filter(([from, to]) => {
    const key = JSON.stringify([from, to]);
    if (seen.has(key) || !sources.has(from) || !targets.has(to)) return false;
    seen.add(key);
    return true;
  });
  if (known.length > 0) return known;
  const inSource = pairs.filter(([from]) => sources.has(from)).length;
  const inTarget = pairs.filter(([, to]) => targets.has(to)).length;
  throw new DataError({
    what: `of ${pairs.length} pairs ${inSource} have a vector of their first word, ${inTarget} of their second, and none of both`,
    why: "words are matched by their spelling",
    fix: "check case, the order of the languages, and that vectors were made for these words",
  });
}
