// A binary heap of pairs, the next one to be merged on top: the largest count, then the smallest left and right rank.
// Bytes of an entry: the count under which the pair waits (u64), the pair (u32), its left rank (u32). Merges of
// neighbours make pairs rarer without telling the heap; who takes one out compares the counts.
import { alloc, free, grow } from "./memory";
import { pairAt } from "./pairs";

const ENTRY: usize = 16;

let heap: usize = 0;
let size: u32 = 0;
let room: u32 = 0;

/** An empty heap with room for `n` entries, for `appendEntry` and then `orderHeap`. */
export function initHeap(n: u32): void {
  free(heap);
  room = n + 1024;
  heap = alloc(<u64>room * ENTRY);
  size = 0;
}

@inline
export function heapSize(): u32 {
  return size;
}

@inline
export function topCount(): u64 {
  return load<u64>(heap);
}

@inline
export function topPair(): u32 {
  return load<u32>(heap, 8);
}

@inline
function at(i: u32): usize {
  return heap + <usize>i * ENTRY;
}

/** Whether entry `a` comes out ahead of (count, pair, left). */
@inline
function ahead(a: usize, count: u64, pair: u32, left: u32): bool {
  const other = load<u64>(a);
  if (other != count) return other > count;
  const otherLeft = load<u32>(a, 12);
  if (otherLeft != left) return otherLeft < left;
  return load<u32>(pairAt(load<u32>(a, 8)), 4) < load<u32>(pairAt(pair), 4);
}

@inline
function setEntry(i: u32, count: u64, pair: u32, left: u32): void {
  store<u64>(at(i), count);
  store<u32>(at(i), pair, 8);
  store<u32>(at(i), left, 12);
}

/** Without regard to the order. */
export function appendEntry(pair: u32, count: u64): void {
  if (size == room) {
    heap = grow(heap, <u64>size * ENTRY, <u64>size * 2 * ENTRY);
    room *= 2;
  }
  setEntry(size++, count, pair, load<u32>(pairAt(pair)));
}

export function orderHeap(): void {
  for (let i = size >>> 1; i-- > 0; ) sink(i, load<u64>(at(i)), load<u32>(at(i), 8), load<u32>(at(i), 12));
}

export function push(pair: u32, count: u64): void {
  appendEntry(pair, count);
  const left = load<u32>(pairAt(pair));
  let i = size - 1;
  while (i > 0) {
    const parent = (i - 1) >>> 1;
    if (ahead(at(parent), count, pair, left)) break;
    v128.store(at(i), v128.load(at(parent)));
    i = parent;
  }
  setEntry(i, count, pair, left);
}

/** Puts an entry where it belongs at or below place `i`. */
function sink(i: u32, count: u64, pair: u32, left: u32): void {
  for (;;) {
    let child: u32 = 2 * i + 1;
    if (child >= size) break;
    if (child + 1 < size) {
      const other = at(child + 1);
      if (ahead(other, load<u64>(at(child)), load<u32>(at(child), 8), load<u32>(at(child), 12))) child++;
    }
    if (!ahead(at(child), count, pair, left)) break;
    v128.store(at(i), v128.load(at(child)));
    i = child;
  }
  setEntry(i, count, pair, left);
}

export function pop(): void {
  size--;
  if (size > 0) sink(0, load<u64>(at(size)), load<u32>(at(size), 8), load<u32>(at(size), 12));
}

/** Lets the top wait under a smaller count. */
export function lowerTop(count: u64): void {
  sink(0, count, topPair(), load<u32>(heap, 12));
}
