import { MismatchError } from "@xlm/core";
import type { Corpus, Dictionary } from "@xlm/data";

/**
 * How telling each word is: `ln((1 + n) / (1 + df)) + 1`, where `df` of `n` sentences have the word. 1 for what every sentence has, such as the
 * sentence marks; most for what none has.
 * @param corpora of one language, or of several together.
 * @returns `[vocabSize]` by id.
 * @throws MismatchError (`XLM_MISMATCH`) for an id that the dictionary has not.
 */
export function idfWeights(corpora: readonly Corpus[], dictionary: Dictionary): Float64Array {
  const { size, eosId } = dictionary;
  const counts = new Float64Array(size);
  const lastSeen = new Float64Array(size).fill(-1);
  let n = 0;
  for (const { ids, positions } of corpora) {
    for (let at = 0; at < positions.length; at += 2, n++) {
      const [start = 0, end = 0] = positions.subarray(at, at + 2);
      for (const id of ids.subarray(start, end)) {
        if (id >= size) {
          throw new MismatchError({
            what: `a sentence has id ${id} and the dictionary ${size} words`,
            why: "a weight is given to each word of the dictionary",
            fix: "use the dictionary that the text was indexed with",
          });
        }
        if (lastSeen[id] === n) continue;
        lastSeen[id] = n;
        counts[id] = (counts[id] as number) + 1;
      }
    }
  }
  counts[eosId] = n; // stands before and after each sentence that is encoded
  return counts.map((count) => Math.log((1 + n) / (1 + count)) + 1);
}
