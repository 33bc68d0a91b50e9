// Only pairs that occur often enough wait in the heap and have lists of their places. When none of them is left, the
// threshold falls and everything is put in order: pairs that are gone are dropped, the row is packed, lists made anew.
import { appendEntry, initHeap, orderHeap } from "./heap";
import { freeLists, newList } from "./lists";
import { alloc, free } from "./memory";
import { pairCount, pairAt, renumberPairs, tallyAt, tallyBase } from "./pairs";
import { packRow } from "./row";
import { forgetPairs } from "./sides";

/** How far below the most frequent pair the threshold falls. */
const DEPTH: u64 = 16;

let least: u64 = u64.MAX_VALUE;

/** The smallest count of a pair that has a list. */
@inline
export function threshold(): u64 {
  return least;
}

/** Returns false if there is no pair below the threshold. */
export function lowerThreshold(): bool {
  const above = least;
  let most: u64 = 0;
  for (let i: u32 = 0, n = pairCount(); i < n; i++) {
    const count = load<u64>(tallyAt(tallyBase(), i));
    if (count < above) most = max(most, count);
  }
  if (most == 0) return false;
  least = max(1, most / DEPTH);

  freeLists();
  forgetPairs();
  const map = alloc(<u64>pairCount() << 2);
  const listed = renumberPairs(least, map);
  initHeap(listed);
  for (let i: u32 = 0; i < listed; i++) {
    const tally = tallyAt(tallyBase(), i);
    const list = newList(load<u32>(tally, 8));
    store<u32>(pairAt(i), <u32>list, 8);
    store<u32>(tally, <u32>list, 12);
    // What has been above the threshold and is still there has been passed over, for good.
    if (load<u64>(tally) < above) appendEntry(i, load<u64>(tally));
  }
  orderHeap();
  packRow(map, listed);
  free(map);
  for (let i: u32 = 0; i < listed; i++) {
    const tally = tallyAt(tallyBase(), i);
    store<u32>(tally, (load<u32>(tally, 12) - load<u32>(pairAt(i), 8)) >>> 2, 12);
  }
  return true;
}
