// The row: all words that can still be merged, as nodes of 8 bytes, a symbol and the pair that begins with it. An
// edge stands before, between and after words. Merging leaves the nodes of the symbols it joins where they are: the
// first one becomes the new symbol, and the second and the last hold minus the number of nodes that it spans, so that
// both neighbours are found from either side. Packing the row takes them out.
//
// Words lie in runs of equal counts, so a count is stored once a run, and found from a place in the row by its block.
import { alloc, free, shrink } from "./memory";
import { tallyAt, tallyBase } from "./pairs";

export const NODE: usize = 8;
/** In the place of a symbol, between words. */
export const EDGE: i32 = -1;
/** In the place of a pair, where none begins. */
export const NONE: u32 = 0xffffffff;

/** Bytes of a run: where it begins (u32), unused (u32), the count of its words (u64). */
export const RUN: usize = 16;
/** 2^9 bytes are 64 nodes. */
const BLOCK_BITS: usize = 9;

let row: usize = 0;
let rowEnd: usize = 0;
let runs: usize = 0;
let nRuns: u32 = 0;
let blocks: usize = 0; // u32 addresses of the runs in which blocks begin

/** Room for `nodes` nodes of words in `n` runs, whose beginnings and counts the caller fills in. */
export function initRow(nodes: u64, n: u32): void {
  row = alloc((nodes + 2) * NODE);
  rowEnd = row + <usize>(nodes + 1) * NODE;
  store<i32>(row, EDGE);
  store<u32>(row, NONE, 4);
  nRuns = n;
  runs = alloc((<u64>n + 1) * RUN);
}

@inline
export function rowStart(): usize {
  return row + NODE;
}

@inline
export function rowBase(): usize {
  return row;
}

@inline
export function runAt(run: u32): usize {
  return runs + <usize>run * RUN;
}

@inline
export function blockBase(): usize {
  return blocks;
}

/** How often the word around `node` occurs. */
@inline
export function countAt(node: usize, base: usize, blocks: usize): u64 {
  let run: usize = load<u32>(blocks + (((node - base) >> BLOCK_BITS) << 2));
  while (<usize>load<u32>(run, RUN) <= node) run += RUN;
  return load<u64>(run, 8);
}

/** To be called when the runs are in place. */
export function indexRuns(): void {
  store<u32>(runAt(nRuns), 0xffffffff);
  free(blocks);
  blocks = 0;
  if (nRuns == 0) return;
  const n = ((rowEnd - row) >> BLOCK_BITS) + 1;
  blocks = alloc(<u64>n << 2);
  let run = runs;
  for (let i: usize = 0; i < n; i++) {
    while (<usize>load<u32>(run, RUN) <= row + (i << BLOCK_BITS)) run += RUN;
    store<u32>(blocks + (i << 2), <u32>run);
  }
}

/**
 * Takes out what merging left behind, and words that have become one symbol; renumbers pairs by `map`, and lists the
 * places of those below `listed` where their tallies' last field says, which moves on.
 */
export function packRow(map: usize, listed: u32): void {
  const tallies = tallyBase();
  let to = row + NODE;
  let kept: u32 = 0;
  let from: usize = load<u32>(runs);
  for (let run: u32 = 0; run < nRuns; run++) {
    const end = run + 1 < nRuns ? <usize>load<u32>(runAt(run + 1)) : rowEnd;
    const start = to;
    const count = load<u64>(runAt(run), 8);
    while (from < end) {
      const word = to;
      for (let symbol = load<i32>(from); symbol != EDGE; symbol = load<i32>(from)) {
        const old = load<u32>(from, 4);
        const span = load<i32>(from, NODE);
        from += span < EDGE ? <usize>-span * NODE : NODE;
        let pair = NONE;
        if (old != NONE) {
          pair = load<u32>(map + (<usize>old << 2));
          if (pair < listed) {
            const cursor = tallyAt(tallies, pair);
            const at = <usize>load<u32>(cursor, 12);
            store<u32>(at, <u32>to);
            store<u32>(cursor, <u32>(at + 4), 12);
          }
        }
        store<u64>(to, (<u64>pair << 32) | <u64>(<u32>symbol));
        to += NODE;
      }
      from += NODE;
      if (to == word + NODE) {
        to = word;
      } else {
        store<u64>(to, (<u64>NONE << 32) | <u64>(<u32>EDGE));
        to += NODE;
      }
    }
    if (to > start) {
      store<u32>(runAt(kept), <u32>start);
      store<u64>(runAt(kept), count, 8);
      kept++;
    }
  }
  nRuns = kept;
  rowEnd = to;
  shrink(row, (to - row) + NODE);
  indexRuns();
}
