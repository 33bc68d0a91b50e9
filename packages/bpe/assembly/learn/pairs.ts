// All pairs of neighbouring symbols that stand somewhere in the row, in two arrays: what merging changes, 16 bytes a
// pair, apart from what it reads only of the pairs it takes out.
import { alloc, allocClear, free, grow } from "./memory";

/** Bytes of a tally: how often the pair occurs (u64), in how many places (u32), the length of its list (u32). */
export const TALLY: usize = 16;
/** Bytes of a pair: left and right symbol by their ranks (u32 each), its list of places (u32, 0 for none). */
export const PAIR: usize = 12;

let tallies: usize = 0;
let pairs: usize = 0;
let nPairs: u32 = 0;
let room: u32 = 0;

export function pairCount(): u32 {
  return nPairs;
}

@inline
export function tallyBase(): usize {
  return tallies;
}

@inline
export function tallyAt(base: usize, pair: u32): usize {
  return base + <usize>pair * TALLY;
}

@inline
export function pairAt(pair: u32): usize {
  return pairs + <usize>pair * PAIR;
}

/** Makes sure that `more` pairs can be added without moving the arrays. */
export function reservePairs(more: u32): void {
  const need = nPairs + more;
  if (need <= room) return;
  const size = max(need, max(room + room / 2, 1024));
  tallies = grow(tallies, <u64>nPairs * TALLY, <u64>size * TALLY);
  pairs = grow(pairs, <u64>nPairs * PAIR, <u64>size * PAIR);
  room = size;
}

/** Adds a pair that occurs nowhere yet. There must be room for it. */
@inline
export function addPair(left: u32, right: u32): u32 {
  const tally = tallyAt(tallies, nPairs);
  store<u64>(tally, 0);
  store<u64>(tally, 0, 8);
  const pair = pairAt(nPairs);
  store<u32>(pair, left);
  store<u32>(pair, right, 4);
  store<u32>(pair, 0, 8);
  return nPairs++;
}

/** Left and right of a pair as one number, which orders pairs as ties do. */
@inline
export function sidesOf(pair: u32): u64 {
  const at = pairAt(pair);
  return (<u64>load<u32>(at) << 32) | <u64>load<u32>(at, 4);
}

let spent: u64 = u64.MAX_VALUE;

/** Remembers a pair that has come down to 0. */
function noteSpent(pair: u32): void {
  spent = min(spent, sidesOf(pair));
}

/** The smallest pair ever that occurs nowhere any more, its left symbol in the upper half; all bits set for none. */
export function learnSpent(): u64 {
  for (let i: u32 = 0; i < nPairs; i++) if (load<u64>(tallyAt(tallies, i)) == 0) noteSpent(i);
  return spent;
}

/**
 * Numbers pairs anew: first those that occur at least `least` times, then the others; pairs that occur nowhere are
 * dropped.
 * @param map Receives the new number of each pair.
 * @returns The number of pairs with at least `least` occurrences.
 */
export function renumberPairs(least: u64, map: usize): u32 {
  let frequent: u32 = 0;
  let alive: u32 = 0;
  for (let i: u32 = 0; i < nPairs; i++) {
    const count = load<u64>(tallyAt(tallies, i));
    alive += u32(count > 0);
    frequent += u32(count >= least);
  }
  const oldTallies = tallies;
  const oldPairs = pairs;
  room = alive + alive / 4 + 1024;
  tallies = alloc(<u64>room * TALLY);
  pairs = alloc(<u64>room * PAIR);
  let upper: u32 = 0;
  let lower = frequent;
  for (let i: u32 = 0; i < nPairs; i++) {
    const tally = tallyAt(oldTallies, i);
    const count = load<u64>(tally);
    const pair = oldPairs + <usize>i * PAIR;
    if (count == 0) {
      spent = min(spent, (<u64>load<u32>(pair) << 32) | <u64>load<u32>(pair, 4));
      continue;
    }
    const to = count >= least ? upper++ : lower++;
    store<u32>(map + (<usize>i << 2), to);
    v128.store(tallyAt(tallies, to), v128.load(tally));
    store<u64>(pairAt(to), load<u64>(pair));
    store<u32>(pairAt(to), 0, 8);
  }
  free(oldTallies);
  free(oldPairs);
  nPairs = alive;
  return frequent;
}

/** Pairs of symbols whose ids have no more bits than this are found in a table, the others by hashing. */
let nearBits: u32 = 0;
let near: usize = 0;
let slots: usize = 0; // {left << 32 | right (u64), pair + 1 (u32), unused (u32)}
let mask: u32 = 0;
let nFar: u32 = 0;

/** @param bytes Size of the text; a large table is not worth its room for a small one. */
export function initPairIndex(bytes: usize): void {
  nearBits = bytes < 1 << 18 ? 6 : 10;
  near = allocClear(<u64>4 << (2 * nearBits));
  mask = (1 << 10) - 1;
  slots = allocClear((<u64>mask + 1) << 4);
}

export function freePairIndex(): void {
  free(near);
  free(slots);
}

/** The pair of two initial symbols, added if new. */
@inline
export function pairOf(left: u32, right: u32): u32 {
  if ((left | right) >>> nearBits != 0) return farPair(left, right);
  const slot = near + (<usize>((left << nearBits) | right) << 2);
  const known = load<u32>(slot);
  if (known != 0) return known - 1;
  reservePairs(1);
  const pair = addPair(left, right);
  store<u32>(slot, pair + 1);
  return pair;
}

@inline
function slotOf(key: u64): u32 {
  const h = key * 0x9e3779b97f4a7c15;
  return <u32>(h >> 32) ^ <u32>(h >> 52);
}

function farPair(left: u32, right: u32): u32 {
  const key = (<u64>left << 32) | <u64>right;
  let at = slotOf(key) & mask;
  for (;;) {
    const slot = slots + (<usize>at << 4);
    const known = load<u32>(slot, 8);
    if (known == 0) break;
    if (load<u64>(slot) == key) return known - 1;
    at = (at + 1) & mask;
  }
  reservePairs(1);
  const pair = addPair(left, right);
  putFar(key, pair);
  if (++nFar * 2 > mask) rehash();
  return pair;
}

function putFar(key: u64, pair: u32): void {
  let at = slotOf(key) & mask;
  while (load<u32>(slots + (<usize>at << 4), 8) != 0) at = (at + 1) & mask;
  const slot = slots + (<usize>at << 4);
  store<u64>(slot, key);
  store<u32>(slot, pair + 1, 8);
}

function rehash(): void {
  const old = slots;
  const end = old + ((<usize>mask + 1) << 4);
  mask = mask * 2 + 1;
  slots = allocClear((<u64>mask + 1) << 4);
  for (let slot = old; slot < end; slot += 16) {
    const known = load<u32>(slot, 8);
    if (known != 0) putFar(load<u64>(slot), known - 1);
  }
  free(old);
}

/** Puts ranks in the place of ids. */
export function rankPairs(ranks: usize): void {
  for (let i: u32 = 0; i < nPairs; i++) {
    const pair = pairAt(i);
    store<u32>(pair, load<u32>(ranks + (<usize>load<u32>(pair) << 2)));
    store<u32>(pair, load<u32>(ranks + (<usize>load<u32>(pair, 4) << 2)), 4);
  }
}
