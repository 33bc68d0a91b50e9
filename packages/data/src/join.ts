import { OptionError, sha256Hex } from "@xlm/core";
import { positionArray, type Corpus, type StoredCorpus } from "./corpus.js";
import { chained } from "./slices.js";

/**
 * Corpora of one vocabulary as one, such as the shards of a large text, in the order given. Nothing is read or copied.
 * Positions are 64 bits wide (`Float64Array`) beyond 2^31-1 ids.
 * @throws OptionError (`XLM_OPTION`) when there is none.
 */
export function joinCorpora(corpora: readonly Corpus[]): Corpus {
  const [first] = corpora;
  if (!first) {
    throw new OptionError({
      what: "there is no corpus to join",
      why: "a corpus of no vocabulary has no ids, not even their width",
      fix: "give at least one",
    });
  }
  if (corpora.length === 1) return first;
  const startsOf = (lengths: readonly number[]): Float64Array => {
    const starts = new Float64Array(lengths.length + 1);
    for (const [i, length] of lengths.entries()) starts[i + 1] = (starts[i] as number) + length;
    return starts;
  };
  const starts = startsOf(corpora.map(({ ids }) => ids.length));
  const at = (i: number): Corpus => corpora[i] as Corpus;
  const isNarrow = corpora.every(({ ids }) => ids.subarray(0, 0) instanceof Uint16Array);
  const Ids = isNarrow ? Uint16Array : Int32Array;
  const Positions = positionArray(starts[corpora.length] as number);
  return {
    ids: chained<Uint16Array | Int32Array>(
      starts,
      (i, from, to) => {
        const ids = at(i).ids.subarray(from, to);
        return isNarrow || ids instanceof Int32Array ? ids : new Int32Array(ids);
      },
      (length) => new Ids(length),
    ),
    positions: chained<Int32Array | Float64Array>(
      startsOf(corpora.map(({ positions }) => positions.length)),
      (i, from, to) => {
        const moved = new Positions(at(i).positions.subarray(from, to));
        const start = starts[i] as number;
        for (let j = 0; j < moved.length; j++) moved[j] = (moved[j] as number) + start;
        return moved;
      },
      (length) => new Positions(length),
    ),
    ...storedOf(corpora.map(({ stored }) => stored)),
  };
}

/** The hash of hashes, when all were read with one vocabulary. */
function storedOf(all: readonly (StoredCorpus | undefined)[]): { stored?: StoredCorpus } {
  const vocab = all[0]?.vocab;
  if (vocab === undefined || !all.every((stored) => stored?.vocab === vocab)) return {};
  return { stored: { sha256: sha256Hex(all.map((stored) => `${stored?.sha256}\n`).join("")), vocab } };
}
