import type { Vocab } from "@xlm/core";
import { blocks, chained, isArray, mapped, type Slices } from "./slices.js";

/** Sentences as token ids: in memory, or in files that are read a slice at a time. */
export interface Corpus {
  /** `[n]`: the sentences one after another, one `eosId` after each. 16 bits wide when the vocabulary has fewer than 65,536 ids. */
  readonly ids: Slices<Uint16Array | Int32Array>;
  /** `[sentences, 2]`, row-major: where each sentence starts in `ids`, and where its `eosId` stands. 32 bits wide up to 2^31-1 ids. */
  readonly positions: Slices<Int32Array | Float64Array>;
  /** Of a corpus read from files, untouched: what they are and what they were checked with. */
  readonly stored?: StoredCorpus;
}

export interface StoredCorpus {
  /** SHA-256 of the file, or of the list of hashes of several. */
  readonly sha256: string;
  /** `dictionaryHash` of the vocabulary. */
  readonly vocab: string;
}

/** A corpus in memory. */
export interface MemoryCorpus extends Corpus {
  readonly ids: Uint16Array | Int32Array;
  readonly positions: Int32Array;
}

/** A corpus in memory for one in memory, else any. */
export type SameKind<C> = C extends MemoryCorpus ? MemoryCorpus : Corpus;

/** Most ids of a corpus whose positions are 32 bits wide, as they are in memory and in a file. */
export const MAX_IDS = 0x7fffffff;

/** The narrowest array for the ids of a vocabulary. */
export const idArray = (size: number): typeof Uint16Array | typeof Int32Array =>
  size < 65536 ? Uint16Array : Int32Array;

/** The narrowest array for positions among so many ids. */
export const positionArray = (nIds: number): typeof Int32Array | typeof Float64Array =>
  nIds <= MAX_IDS ? Int32Array : Float64Array;

export const countSentences = (corpus: Corpus): number => corpus.positions.length / 2;

/**
 * The same sentences under a limited dictionary: ids it no longer has become `unkId`, and the array is narrowed when it can
 * be (original: `process_binarized`). Indexing with the limited dictionary gives the same ids.
 */
export function limitCorpus<C extends Corpus>(corpus: C, dictionary: Vocab): SameKind<C> {
  const ids = mapped(corpus.ids, (block) => limitIds(block, dictionary));
  return { ids, positions: corpus.positions } as Corpus as SameKind<C>;
}

function limitIds(ids: Uint16Array | Int32Array, { size, unkId }: Vocab): Uint16Array | Int32Array {
  const limited = new (idArray(size))(ids.length);
  for (let i = 0; i < limited.length; i++) {
    const id = ids[i] as number;
    limited[i] = id < size ? id : unkId;
  }
  return limited;
}

/** The corpus without ids that belong to no sentence: what filtering leaves in place between those it keeps. */
export function compact<C extends Corpus>(corpus: C): SameKind<C>;
export function compact({ ids, positions, ...more }: Corpus): Corpus {
  let total = 0;
  let nRuns = 0; // of sentences that follow one another
  let last = NaN;
  for (const [, block] of blocks(positions)) {
    for (let i = 0; i < block.length; i += 2) {
      const [start, end] = [block[i] as number, block[i + 1] as number];
      total += end - start + 1;
      if (start !== last + 1) nRuns++;
      last = end;
    }
  }
  if (total === ids.length) return { ids, positions, ...more };

  const places = new Float64Array(nRuns); // where each run begins in `ids`
  const starts = new Float64Array(nRuns + 1); // and where it shall
  const moved = new (positionArray(total))(positions.length);
  let run = -1;
  let n = 0;
  last = NaN;
  for (const [at, block] of blocks(positions)) {
    for (let i = 0; i < block.length; i += 2) {
      const [start, end] = [block[i] as number, block[i + 1] as number];
      if (start !== last + 1) {
        places[++run] = start;
        starts[run] = n;
      }
      moved[at + i] = n;
      n += end - start;
      moved[at + i + 1] = n++;
      last = end;
    }
  }
  starts[nRuns] = total;
  const Ids = ids.subarray(0, 0).constructor as typeof Int32Array;
  const kept = chained<Uint16Array | Int32Array>(
    starts,
    (piece, from, to) => ids.subarray((places[piece] as number) + from, (places[piece] as number) + to),
    (length) => new Ids(length),
  );
  return { ids: isArray(ids) ? new Ids(kept.subarray(0, total)) : kept, positions: moved };
}
