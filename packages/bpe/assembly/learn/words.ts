// Reads the words of a dump twice: once to find out how long the runs of the row will be, once to fill them.
import { alloc, allocClear, free } from "./memory";
import { addPair, pairOf, tallyAt, tallyBase } from "./pairs";
import { EDGE, NODE, NONE, indexRuns, initRow, rowStart, runAt } from "./row";
import { symbolAt, symbolOf } from "./symbols";

/** Length (u32) and count (f64) ahead of each word. */
const HEAD: usize = 12;
/**
 * Words with counts below this, or below the size of a smaller text, are sorted by them; others are few, a run each.
 */
const MANY: u64 = 1 << 16;

let weight: f64 = 0;

/** Characters of all words, each as often as its word occurs: no pair's count is larger. */
export function learnWeight(): f64 {
  return weight;
}

@inline
function isContinuation(byte: u32): bool {
  return (byte & 0xc0) == 0x80;
}

/** Number of symbols of a word: it is cut before each byte that continues no character, up to the first NUL. */
function countSymbols(word: usize, size: usize): u32 {
  let n: u32 = u32(isContinuation(load<u8>(word)) || load<u8>(word) == 0);
  for (let i: usize = 0; i < size; i += 16) {
    const bytes = v128.load(word + i);
    let heads: u32 = i8x16.bitmask(i8x16.ge_s(bytes, i8x16.splat(-64)));
    let zeros: u32 = i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(0)));
    const left = size - i;
    if (left < 16) {
      const inside = (<u32>1 << <u32>left) - 1;
      heads &= inside;
      zeros &= inside;
    }
    if (zeros != 0) return n + popcnt(heads & ((zeros & (0 - zeros)) - 1));
    n += popcnt(heads);
  }
  return n;
}

/**
 * Fills the row, the symbols and the pairs.
 * @param dump Words, with 16 bytes of any content behind them.
 * @param ranks Places of the words in an order, by which first places of symbols are noted; 0 for no order.
 */
export function readWords(dump: usize, end: usize, ranks: usize): void {
  const many = min(MANY, <u64>(end - dump));
  const cursors = allocClear(many << 2); // by count: nodes of its words, then where the next word goes
  let nodes: u64 = 0;
  let nMany: u32 = 0;
  let most: usize = 0;
  weight = 0;
  for (let at = dump; at < end; ) {
    const size = <usize>load<u32>(at);
    const times = load<f64>(at, 4);
    const n = countSymbols(at + HEAD, size);
    at += HEAD + size;
    weight += times * <f64>n;
    if (n == 1) continue; // holds no pair
    nodes += n + 1;
    const count = <u64>times;
    if (count >= many) {
      nMany++;
    } else {
      const cursor = cursors + (<usize>count << 2);
      store<u32>(cursor, load<u32>(cursor) + n + 1);
      most = max(most, <usize>count);
    }
  }

  let nRuns: u32 = 0;
  for (let i: usize = 0; i <= most; i++) nRuns += u32(load<u32>(cursors + (i << 2)) != 0);
  initRow(nodes, nRuns + nMany);
  let next = rowStart();
  let run: u32 = 0;
  for (let i: usize = 0; i <= most; i++) {
    const n = load<u32>(cursors + (i << 2));
    if (n == 0) continue;
    store<u32>(cursors + (i << 2), <u32>next);
    store<u32>(runAt(run), <u32>next);
    store<u64>(runAt(run++), i, 8);
    next += <usize>n * NODE;
  }

  let word: usize = 0;
  for (let at = dump; at < end; word++) {
    const size = <usize>load<u32>(at);
    const start = at + HEAD;
    const count = <u64>load<f64>(at, 4);
    const rank: u32 = ranks == 0 ? 0 : load<u32>(ranks + (word << 2));
    const cursor = cursors + (<usize>count << 2);
    const to = count < many ? <usize>load<u32>(cursor) : next;
    at = start + size;
    const stop = placeWord(start, at, count, to, ranks != 0, rank);
    if (stop == to) continue;
    if (count < many) {
      store<u32>(cursor, <u32>stop);
    } else {
      store<u32>(runAt(run), <u32>to);
      store<u64>(runAt(run++), count, 8);
      next = stop;
    }
  }
  free(cursors);
  indexRuns();
}

/** The end of the symbol at `start`. A NUL within the word belongs to its last symbol, with all that follows. */
@inline
function symbolEnd(start: usize, end: usize): usize {
  if (load<u8>(start) == 0) return end;
  let at = start + 1;
  while (at < end && isContinuation(load<u8>(at))) at++;
  return at < end && load<u8>(at) == 0 ? end : at;
}

/** Writes a word of two symbols or more to the row at `to`. Returns where the next one goes. */
function placeWord(start: usize, end: usize, count: u64, to: usize, ranked: bool, rank: u32): usize {
  let place = <u64>rank << 32;
  let left = NONE;
  for (;;) {
    const stop = symbolEnd(start, end);
    const id = symbolOf(start, stop - start, u32(stop == end));
    if (ranked) {
      const symbol = symbolAt(id);
      if (place < load<u64>(symbol, 8)) store<u64>(symbol, place, 8);
      place++;
    }
    if (left != NONE) {
      const pair = pairOf(left, id);
      const tally = tallyAt(tallyBase(), pair);
      store<u64>(tally, load<u64>(tally) + count);
      store<u32>(tally, load<u32>(tally, 8) + 1, 8);
      store<u64>(to, (<u64>pair << 32) | <u64>left);
      to += NODE;
    } else if (stop == end) {
      return to;
    }
    left = id;
    if (stop == end) break;
    start = stop;
  }
  store<u64>(to, (<u64>NONE << 32) | <u64>left);
  store<u64>(to, (<u64>NONE << 32) | <u64>(<u32>EDGE), NODE);
  return to + 2 * NODE;
}
