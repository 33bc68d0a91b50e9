// Merging: the best pair becomes one symbol wherever it stands, and the pairs around it change.
import { heapSize, lowerTop, pop, push, topCount, topPair } from "./heap";
import { newList } from "./lists";
import { alloc, free } from "./memory";
import { addPair, pairCount, pairAt, reservePairs, tallyAt, tallyBase } from "./pairs";
import { EDGE, NODE, NONE, blockBase, countAt, rowBase } from "./row";
import { addSides, sidesAt, sidesBase, symbolCount } from "./sides";
import { lowerThreshold, threshold } from "./threshold";

/** Takes out the pair with the largest count (ties: smallest left rank, then right rank), or NONE if none is left. */
export function takeBest(): u32 {
  do {
    while (heapSize() > 0) {
      const pair = topPair();
      const count = load<u64>(tallyAt(tallyBase(), pair));
      if (count == topCount()) {
        pop();
        return pair;
      }
      if (count >= threshold()) lowerTop(count);
      else pop();
    }
  } while (lowerThreshold());
  return NONE;
}

/** Places of new pairs in the order they come about: node and pair (u32 each). */
let places: usize = 0;
let room: u32 = 0;

function reservePlaces(n: u32): void {
  if (n <= room) return;
  free(places);
  room = n + n / 4 + 1024;
  places = alloc(<u64>room << 3);
}

@inline
function rankOf(sides: usize, symbol: u32): u32 {
  return load<u32>(sidesAt(sides, symbol), 8);
}

/** Takes `count` off the pair that begins at `node`. */
@inline
function take(tallies: usize, node: usize, count: u64): void {
  const tally = tallyAt(tallies, load<u32>(node, 4));
  store<u64>(tally, load<u64>(tally) - count);
  store<u32>(tally, load<u32>(tally, 8) - 1, 8);
}

/** Lets `pair` begin at `node`, and notes the place at `to`. */
@inline
function give(tallies: usize, node: usize, pair: u32, count: u64, to: usize): void {
  const tally = tallyAt(tallies, pair);
  store<u64>(tally, load<u64>(tally) + count);
  store<u64>(tally, load<u64>(tally, 8) + 0x100000001, 8); // one more place, now and ever
  store<u32>(node, pair, 4);
  store<u64>(to, (<u64>pair << 32) | <u64>node);
}

/** Bytes of a list of 64 places. */
const BATCH: usize = 64 * 4;

/**
 * Reads what merging at these places will need: nodes and tallies lie all over the memory, and many reads that do not
 * wait for each other take little longer than one. About halves the time of learning.
 * @param to Anywhere to store what was read, or a compiler might leave the reading out.
 */
function fetch(list: usize, end: usize, tallies: usize, to: usize): void {
  let all: u64 = 0;
  for (let at = list; at < end; at += 4) {
    const node = <usize>load<u32>(at);
    all |= load<u64>(node - NODE) | load<u64>(node, 2 * NODE);
  }
  for (let at = list; at < end; at += 4) {
    const node = <usize>load<u32>(at);
    const left = load<u32>(node - NODE, 4);
    const right = load<u32>(node, NODE + 4);
    if (left != NONE) all |= load<u64>(tallyAt(tallies, left));
    if (right != NONE) all |= load<u64>(tallyAt(tallies, right));
  }
  store<u64>(to, all);
}

/** Replaces every occurrence of a pair by a new symbol, from left to right in each word. */
export function mergePair(pair: u32): void {
  const tally = tallyAt(tallyBase(), pair);
  const nPlaces = load<u32>(tally, 12);
  reservePlaces(nPlaces * 2);
  reservePairs(min(nPlaces, symbolCount() + 1) * 2);
  const symbol = addSides();
  const sides = sidesBase();
  const tallies = tallyBase();
  const base = rowBase();
  const blocks = blockBase();
  const first = pairCount();

  let to = places;
  let list = <usize>load<u32>(pairAt(pair), 8);
  let fetched = list;
  for (const end = list + (<usize>nPlaces << 2); list < end; list += 4) {
    if (list == fetched) {
      fetched = min(list + BATCH, end);
      fetch(list, fetched, tallies, to);
    }
    const a = <usize>load<u32>(list);
    if (load<u32>(a, 4) != pair) continue; // one of the two symbols has gone into another merge
    const inA = load<i32>(a, NODE);
    const b = a + (inA < EDGE ? <usize>-inA * NODE : NODE);
    const inB = load<i32>(b, NODE);
    const right = b + (inB < EDGE ? <usize>-inB * NODE : NODE);
    const count = countAt(a, base, blocks);

    const before = load<i32>(a - NODE);
    if (before != EDGE) {
      const left = a + (before < EDGE ? <usize>before * NODE : -NODE);
      const s = <u32>load<i32>(left);
      take(tallies, left, count);
      const newest = sidesAt(sides, s);
      let fresh = load<u32>(newest);
      if (fresh <= first) {
        fresh = addPair(rankOf(sides, s), symbol) + 1;
        store<u32>(newest, fresh);
      }
      give(tallies, left, fresh - 1, count, to);
      to += 8;
    }
    const after = load<i32>(right);
    if (after != EDGE) {
      take(tallies, b, count);
      const newest = sidesAt(sides, <u32>after);
      let fresh = load<u32>(newest, 4);
      if (fresh <= first) {
        fresh = addPair(symbol, rankOf(sides, <u32>after)) + 1;
        store<u32>(newest, fresh, 4);
      }
      give(tallies, a, fresh - 1, count, to);
      to += 8;
    } else {
      store<u32>(a, NONE, 4);
    }

    const span = -<i32>((right - a) / NODE);
    store<u64>(b, (<u64>NONE << 32) | <u64>(<u32>span));
    store<i32>(a, span, NODE);
    store<i32>(right - NODE, span);
    store<i32>(a, <i32>symbol);
  }
  store<u64>(tallyAt(tallies, pair), 0);
  store<u64>(tallyAt(tallies, pair), 0, 8);
  listPlaces(first, to);
}

/** Gives lists and places in the heap to those of the pairs from `first` that reach the threshold. */
function listPlaces(first: u32, end: usize): void {
  const tallies = tallyBase();
  const n = pairCount();
  const least = threshold();
  let any = false;
  for (let i = first; i < n; i++) {
    const tally = tallyAt(tallies, i);
    if (load<u64>(tally) < least) {
      store<u32>(tally, 0, 12);
      continue;
    }
    any = true;
    const list = newList(load<u32>(tally, 12));
    store<u32>(pairAt(i), <u32>list, 8);
    store<u32>(tally, <u32>list, 12);
    push(i, load<u64>(tally));
  }
  if (!any) return;
  for (let at = places; at < end; at += 8) {
    const tally = tallyAt(tallies, load<u32>(at, 4));
    const cursor = <usize>load<u32>(tally, 12);
    if (cursor == 0) continue;
    store<u32>(cursor, load<u32>(at));
    store<u32>(tally, <u32>(cursor + 4), 12);
  }
  for (let i = first; i < n; i++) {
    const tally = tallyAt(tallies, i);
    const cursor = load<u32>(tally, 12);
    if (cursor != 0) store<u32>(tally, (cursor - load<u32>(pairAt(i), 8)) >>> 2, 12);
  }
}
