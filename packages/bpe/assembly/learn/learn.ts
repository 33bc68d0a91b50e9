// Learning merges. An instance of the module learns once, in this order:
// learnAlloc for a dump of words, learnRead, learnSymbols for the initial symbols, learnStart with their ranks, and
// learnMerge until it has done enough.
import { alloc, free, grow } from "./memory";
import { mergePair, takeBest } from "./merge";
import { addName, initNames, mayBeMade } from "./names";
import { freePairIndex, initPairIndex, pairAt, rankPairs, tallyAt, tallyBase } from "./pairs";
import { NONE } from "./row";
import { initSides, symbolCount } from "./sides";
import { freeSymbolIndex, freeSymbols, initSymbols, learnSymbolCount } from "./symbols";
import { readWords } from "./words";
import { hashMapRanks } from "./order";

export { learnSpent } from "./pairs";
export { learnSymbolCount, learnSymbols } from "./symbols";
export { learnWeight } from "./words";

/** A block of memory. */
export function learnAlloc(bytes: f64): usize {
  return alloc(<u64>bytes);
}

let dump: usize = 0;

/**
 * Reads a dump: for each word its size (u32), count (f64) and bytes; 16 bytes more belong to its block.
 * @param words Number of words.
 * @param growth Bucket counts of the hash map whose order gives symbols their first places, the last not below `words`;
 *   0 if that is not wanted.
 */
export function learnRead(at: usize, size: usize, words: u32, growth: usize): void {
  dump = at;
  const ranks: usize = growth == 0 ? <usize>0 : hashMapRanks(at, words, growth);
  initSymbols();
  initPairIndex(size);
  readWords(at, at + size, ranks);
  freeSymbolIndex();
  freePairIndex();
  free(ranks);
}

/** Merges so far: left and right rank (u32 each) and count (f64). */
const MERGE: usize = 16;
let merges: usize = 0;
let nMerges: u32 = 0;
let room: u32 = 0;
let unique: bool = false;

/**
 * @param ranks Rank of each initial symbol (u32), which decides ties.
 * @param nRanks Number of ranks there are; symbols made later rank behind.
 * @param once Whether each string may be made by one merge only.
 */
export function learnStart(ranks: usize, nRanks: u32, once: bool): void {
  rankPairs(ranks);
  initSides(ranks, learnSymbolCount(), nRanks);
  unique = once;
  if (once) initNames(ranks, nRanks);
  freeSymbols();
  free(ranks);
  free(dump);
}

export function learnMerges(): usize {
  return merges;
}

export function learnMergeCount(): u32 {
  return nMerges;
}

/** The pair that `learnMerge` has asked about. */
let asked: u32 = 0;

export function learnAskedLeft(): u32 {
  return load<u32>(pairAt(asked));
}

export function learnAskedRight(): u32 {
  return load<u32>(pairAt(asked), 4);
}

/**
 * Merges until there are `limit` merges, or no pair is left.
 * @param answer To the last call's question, if there was one: 1 to merge the pair, 0 to pass over it.
 * @returns 1 to ask whether the strings of a pair make one that is not there yet.
 */
export function learnMerge(limit: u32, answer: u32): u32 {
  if (answer != 0) record(asked);
  while (nMerges < limit) {
    const pair = takeBest();
    if (pair == NONE) break;
    if (unique && mayBeMade(load<u32>(pairAt(pair)), load<u32>(pairAt(pair), 4))) {
      asked = pair;
      return 1;
    }
    record(pair);
  }
  return 0;
}

function record(pair: u32): void {
  const left = load<u32>(pairAt(pair));
  const right = load<u32>(pairAt(pair), 4);
  if (nMerges == room) {
    room = room * 2 + 512;
    merges = grow(merges, <u64>nMerges * MERGE, <u64>room * MERGE);
  }
  const merge = merges + <usize>nMerges * MERGE;
  nMerges++;
  store<u32>(merge, left);
  store<u32>(merge, right, 4);
  store<f64>(merge, <f64>load<u64>(tallyAt(tallyBase(), pair)), 8);
  if (unique) addName(left, right, symbolCount());
  mergePair(pair);
}
