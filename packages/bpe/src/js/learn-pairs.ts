import { grow } from "../grow.js";
import { createHeap } from "./heap.js";
import type { SymbolCorpus } from "./learn-corpus.js";

/** All pairs of neighbours in a corpus with their counts and places, kept up to date while pairs are merged. */
export interface PairIndex {
  /** Takes out the pair with the largest count (ties: smallest left id, then right id), or -1 if none is above 0. */
  takeBest(): number;
  /** The smallest pair of ids whose count has come down to 0, or -1. */
  smallestSpent(): number;
  left(pair: number): number;
  right(pair: number): number;
  count(pair: number): number;
  /** Replaces every occurrence by `symbol`, the next unused id, from left to right in each word. */
  merge(pair: number, symbol: number): void;
}

// What is known of a position, side by side, as merging needs all of it at once and the memory is what it waits for.
const SYMBOL = 0;
const PREV = 1;
const NEXT = 2;
const PAIR = 3; // that begins there
const FIELDS = 4;

/**
 * The pair at each position is stored there, so that merging looks nothing up: a pair that comes about holds the new
 * symbol, and is found by its other half. A merge therefore costs its occurrences, not the corpus.
 */
export function indexPairs({ symbols, counts, names }: SymbolCorpus): PairIndex {
  const nodes = new Int32Array(symbols.length * FIELDS);
  for (let p = 0; p < symbols.length; p++) {
    nodes[p * FIELDS + SYMBOL] = symbols[p]!;
    nodes[p * FIELDS + PREV] = p - 1;
    nodes[p * FIELDS + NEXT] = p + 1;
    nodes[p * FIELDS + PAIR] = -1;
  }

  let nPairs = 0;
  let left = new Int32Array(1024);
  let right = new Int32Array(1024);
  let total = new Float64Array(1024);
  let queued = new Float64Array(1024); // the count under which a pair waits in the heap
  let firstPlace = new Int32Array(1024);
  let lastPlace = new Int32Array(1024);

  // Places of each pair in the order of the corpus, linked lists in two arrays.
  let nPlaces = 0;
  let place = new Int32Array(symbols.length);
  let nextPlace = new Int32Array(symbols.length);

  // Pairs (s, newest symbol) and (newest symbol, s) by s; an entry below the merge's first new pair is void.
  let before = new Int32Array(names.length * 2 + 1);
  let after = new Int32Array(names.length * 2 + 1);

  const heap = createHeap((a, b) => {
    if (queued[a] !== queued[b]) return queued[a]! > queued[b]!;
    return left[a] !== left[b] ? left[a]! < left[b]! : right[a]! < right[b]!;
  });

  function addPair(a: number, b: number): number {
    if (nPairs === left.length) {
      left = grow(left);
      right = grow(right);
      total = grow(total);
      queued = grow(queued);
      firstPlace = grow(firstPlace);
      lastPlace = grow(lastPlace);
    }
    left[nPairs] = a;
    right[nPairs] = b;
    firstPlace[nPairs] = -1;
    return nPairs++;
  }

  function addPlace(pair: number, position: number): void {
    if (nPlaces === place.length) {
      place = grow(place);
      nextPlace = grow(nextPlace);
    }
    place[nPlaces] = position;
    nextPlace[nPlaces] = -1;
    if (firstPlace[pair]! < 0) firstPlace[pair] = nPlaces;
    else nextPlace[lastPlace[pair]!] = nPlaces;
    lastPlace[pair] = nPlaces++;
    nodes[position * FIELDS + PAIR] = pair;
    total[pair]! += counts[position]!;
  }

  function enqueue(pair: number): void {
    queued[pair] = total[pair]!;
    if (total[pair]! > 0) heap.push(pair);
  }

  const known = new Map<number, number>();
  for (let p = 1; p < symbols.length - 1; p++) {
    const a = symbols[p]!;
    const b = symbols[p + 1]!;
    if (a < 0 || b < 0) continue;
    const key = a * names.length + b;
    let pair = known.get(key);
    if (pair === undefined) {
      pair = addPair(a, b);
      known.set(key, pair);
    }
    addPlace(pair, p);
  }
  for (let pair = 0; pair < nPairs; pair++) enqueue(pair);

  return {
    left: (pair) => left[pair]!,
    right: (pair) => right[pair]!,
    count: (pair) => total[pair]!,
    takeBest() {
      while (heap.size() > 0) {
        const pair = heap.pop();
        if (total[pair] === queued[pair]) return pair;
        enqueue(pair); // merges of its neighbours have made it rarer since
      }
      return -1;
    },
    smallestSpent() {
      let best = -1;
      for (let pair = 0; pair < nPairs; pair++) {
        if (total[pair] !== 0) continue;
        if (best < 0 || left[pair]! < left[best]! || (left[pair] === left[best] && right[pair]! < right[best]!)) {
          best = pair;
        }
      }
      return best;
    },
    merge(pair, symbol) {
      if (symbol >= before.length) {
        before = grow(before);
        after = grow(after);
      }
      const firstNew = nPairs;
      for (let i = firstPlace[pair]!; i >= 0; i = nextPlace[i]!) {
        const p = place[i]!;
        const node = p * FIELDS;
        if (nodes[node + PAIR] !== pair) continue; // one of the two symbols has gone into another merge
        const follower = nodes[node + NEXT]! * FIELDS;
        const outerLeft = nodes[node + PREV]!;
        const outerRight = nodes[follower + NEXT]!;
        const s = nodes[outerLeft * FIELDS + SYMBOL]!;
        if (s >= 0) {
          total[nodes[outerLeft * FIELDS + PAIR]!]! -= counts[p]!;
          if (before[s]! < firstNew) before[s] = addPair(s, symbol);
          addPlace(before[s]!, outerLeft);
        }
        const t = nodes[outerRight * FIELDS + SYMBOL]!;
        if (t >= 0) {
          total[nodes[follower + PAIR]!]! -= counts[p]!;
          if (after[t]! < firstNew) after[t] = addPair(symbol, t);
          addPlace(after[t]!, p);
        } else {
          nodes[node + PAIR] = -1;
        }
        nodes[follower + PAIR] = -1;
        nodes[node + SYMBOL] = symbol;
        nodes[node + NEXT] = outerRight;
        nodes[outerRight * FIELDS + PREV] = p;
      }
      total[pair] = 0;
      for (let fresh = firstNew; fresh < nPairs; fresh++) enqueue(fresh);
    },
  };
}
