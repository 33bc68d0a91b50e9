import { textToBinary } from "../bytes.js";
import type { BpeCodes } from "../codes.js";
import type { WordCounts } from "../count.js";
import { createHeap } from "./heap.js";
import { END, createSymbolTable, splitSymbols } from "../symbols.js";

/**
 * Writes the subwords of the word `bytes[start, end)` to `out` from `at`, joined by `@@ `.
 * `out` needs room for `codedSize(end - start)` bytes.
 * @param skip Given, decides before each merge about every pair that could be merged, best rank first, until one is not
 *   skipped: that one is merged at that place alone, and all pairs are open again. A word is done when all are skipped.
 * @returns The end of what was written.
 */
export type Encoder = (
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  at: number,
  skip?: () => boolean,
) => number;

/** The most bytes that a word of `size` bytes can become, with what is written ahead of the final cut. */
export const codedSize = (size: number): number => 4 * (size + END.length);

const endBytes = [...END].map((character) => character.charCodeAt(0));

/**
 * Coding of one word: the pair of lowest rank is merged wherever it stands, from left to right, before the next pair is
 * chosen. With a vocabulary, subwords outside it are taken apart again, merge by merge.
 */
export function createEncoder({ merges }: BpeCodes, vocab: WordCounts | undefined): Encoder {
  const table = createSymbolTable();
  const left = new Int32Array(merges.length);
  const right = new Int32Array(merges.length);
  const result = new Int32Array(merges.length);
  for (const [rank, merge] of merges.entries()) {
    const a = textToBinary(merge.left);
    const b = textToBinary(merge.right);
    left[rank] = table.intern(a);
    right[rank] = table.intern(b);
    result[rank] = table.intern(a + b);
  }
  const rankOf = pairTable(left, right);
  const split = vocab && vocab.size > 0 ? createSplitter(table.names, { left, right, result }, vocab) : undefined;

  // One word at a time, in arrays that grow to the longest word seen.
  let room = 64;
  let symbol = new Int32Array(room);
  let ends = new Int32Array(room);
  let prev = new Int32Array(room);
  let next = new Int32Array(room);
  let rankAt = new Int32Array(room); // rank of the pair that begins at a position, -1 for none
  let pieces = new Int32Array(room); // end of each subword, counted from the start of the word
  const heap = createHeap((a, b) => a < b); // rank * n + position
  const round: number[] = [];

  function makeRoom(size: number): void {
    if (size <= room) return;
    room = size * 2;
    symbol = new Int32Array(room);
    ends = new Int32Array(room);
    prev = new Int32Array(room);
    next = new Int32Array(room);
    rankAt = new Int32Array(room);
    pieces = new Int32Array(room);
  }

  function rate(position: number, n: number): void {
    const follower = next[position]!;
    const rank = follower < n ? rankOf(symbol[position]!, symbol[follower]!) : -1;
    rankAt[position] = rank;
    if (rank >= 0) heap.push(rank * n + position);
  }

  /** Merges the symbol at `p` with the one behind it. */
  function join(p: number, rank: number, n: number): void {
    const q = next[p]!;
    symbol[p] = result[rank]!;
    ends[p] = ends[q]!;
    rankAt[q] = -1;
    next[p] = next[q]!;
    if (next[p] < n) prev[next[p]] = p;
    rate(p, n);
    if (prev[p]! >= 0) rate(prev[p]!, n);
  }

  function mergeAll(n: number): void {
    while (heap.size() > 0) {
      const rank = Math.floor(heap.peek() / n);
      // The whole round is taken out first: what it makes possible has to wait, even at a lower rank.
      let m = 0;
      while (heap.size() > 0 && heap.peek() < (rank + 1) * n) round[m++] = heap.pop() - rank * n;
      for (let i = 0; i < m; i++) {
        const p = round[i]!;
        if (rankAt[p] === rank) join(p, rank, n); // unless a neighbour was faster
      }
    }
  }

  function mergeSome(n: number, skip: () => boolean): void {
    const skipped: number[] = [];
    while (heap.size() > 0) {
      const pair = heap.pop();
      const rank = Math.floor(pair / n);
      const p = pair - rank * n;
      if (rankAt[p] !== rank) continue; // one of the two has gone into another merge
      if (skip()) {
        skipped.push(pair);
        continue;
      }
      join(p, rank, n);
      for (const other of skipped.splice(0)) heap.push(other);
    }
  }

  return (bytes, start, end, out, at, skip) => {
    makeRoom(end - start + END.length);
    const n = splitSymbols(bytes, start, end, ends);
    for (let i = 0, from = start; i < n; i++) {
      symbol[i] = table.find(bytes, from, ends[i]!, i === n - 1);
      from = ends[i]!;
    }
    for (let i = 0; i < n; i++) {
      prev[i] = i - 1;
      next[i] = i + 1;
    }
    for (let i = 0; i < n; i++) rate(i, n);
    if (skip) mergeSome(n, skip);
    else mergeAll(n);

    let nPieces = 0;
    for (let i = 0; i < n; i = next[i]!) {
      const last = next[i]! >= n;
      const pieceEnd = ends[i]! - start + (last ? END.length : 0);
      if (split) nPieces = split(symbol[i]!, last, pieces, nPieces, pieceEnd);
      else pieces[nPieces++] = pieceEnd;
    }

    // Every subword is followed by "@@ "; then the last one's "</w>@@ " is cut off.
    const size = end - start;
    for (let piece = 0, i = 0; piece < nPieces; piece++) {
      for (; i < pieces[piece]!; i++) out[at++] = i < size ? bytes[start + i]! : endBytes[i - size]!;
      out[at++] = 0x40;
      out[at++] = 0x40;
      out[at++] = 0x20;
    }
    return at - END.length - 3;
  };
}

/** Rank of a pair of symbol ids, -1 for none. */
function pairTable(left: Int32Array, right: Int32Array): (a: number, b: number) => number {
  let size = 64;
  while (size < left.length * 3) size *= 2;
  const mask = size - 1;
  const slots = new Int32Array(size).fill(-1);
  const slotOf = (a: number, b: number): number => {
    const hash = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
    return (hash ^ (hash >>> 15)) & mask;
  };
  for (let rank = 0; rank < left.length; rank++) {
    let slot = slotOf(left[rank]!, right[rank]!);
    while (slots[slot]! >= 0) slot = (slot + 1) & mask;
    slots[slot] = rank;
  }
  return (a, b) => {
    if (a < 0 || b < 0) return -1;
    for (let slot = slotOf(a, b); ; slot = (slot + 1) & mask) {
      const rank = slots[slot]!;
      if (rank < 0 || (left[rank] === a && right[rank] === b)) return rank;
    }
  };
}

interface RankedMerges {
  left: Int32Array;
  right: Int32Array;
  result: Int32Array;
}

/** Appends the end of `symbol`, or the ends of the parts of it that the vocabulary holds; parts nobody merged stay. */
type Splitter = (symbol: number, last: boolean, pieces: Int32Array, n: number, end: number) => number;

function createSplitter(names: readonly string[], merges: RankedMerges, vocab: WordCounts): Splitter {
  const inner = new Uint8Array(names.length); // in the vocabulary with @@
  const final = new Uint8Array(names.length); // in the vocabulary at the end of a word
  const size = new Int32Array(names.length);
  const madeBy = new Int32Array(names.length).fill(-1);
  const known = new Set<string>();
  for (const word of vocab.keys()) if (word !== "") known.add(textToBinary(word));
  for (const [id, name] of names.entries()) {
    inner[id] = known.has(`${name}@@`) ? 1 : 0;
    final[id] = known.has(name.length < END.length ? name : name.slice(0, -END.length)) ? 1 : 0;
    size[id] = name.length;
  }
  for (let rank = 0; rank < merges.result.length; rank++) madeBy[merges.result[rank]!] = rank;

  const waiting: number[] = [];
  return (symbol, last, pieces, n, end) => {
    if (symbol < 0) {
      pieces[n] = end;
      return n + 1;
    }
    let at = end - size[symbol]!;
    waiting.push(symbol);
    while (waiting.length > 0) {
      const id = waiting.pop()!;
      const isFinal = last && waiting.length === 0;
      const rank = madeBy[id]!;
      if (rank >= 0 && (isFinal ? final[id] : inner[id]) === 0) {
        waiting.push(merges.right[rank]!, merges.left[rank]!);
      } else {
        at += size[id]!;
        pieces[n++] = at;
      }
    }
    return n;
  };
}
