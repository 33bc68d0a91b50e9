// The order in which a std::unordered_map<std::string, ...> of GCC's libstdc++ is iterated (64 bit).
//
// There the words are one linked list, grouped by bucket. A word whose bucket is empty goes to the front of the list,
// any other to the front of its bucket's group; growing does the same with all words in the order of the list, as if
// it were new. So the list after n insertions is: groups by the first appearance of their bucket, last one first, and
// words within a group in reverse. That is a stable grouping, for which no list has to be walked.
import { alloc, free } from "./memory";

const FACTOR: u64 = 0xc6a4a7935bd1e995;
const SEED: u64 = 0xc70f6907;

@inline
function fold(value: u64): u64 {
  return value ^ (value >> 47);
}

/** The MurmurHash2 variant behind std::hash<std::string>. Reads up to 8 bytes past the word. */
function hash(word: usize, size: usize): u64 {
  let h = SEED ^ (<u64>size * FACTOR);
  const end = word + (size & ~7);
  for (; word < end; word += 8) h = (h ^ (fold(load<u64>(word) * FACTOR) * FACTOR)) * FACTOR;
  const rest = size & 7;
  if (rest != 0) h = (h ^ (load<u64>(word) & ((<u64>1 << (<u64>rest << 3)) - 1))) * FACTOR;
  return fold(fold(h) * FACTOR);
}

/** Bytes of an entry of the list: the word's hash (u64), the word (u32), where its bucket appeared first (u32). */
const ENTRY: usize = 16;
/** Entries whose buckets are read ahead, so that the memory is waited for once rather than for each. */
const BATCH: usize = 64;

/**
 * Where each of the `n` words of a dump stands in the iteration: a block of n u32.
 * @param growth Numbers of buckets the map grows through, the last not below n; it grows when words outnumber buckets.
 */
export function hashMapRanks(dump: usize, n: u32, growth: usize): usize {
  let list = alloc(<u64>n * ENTRY); // in the order of iteration so far, then words to be inserted
  let next = alloc(<u64>n * ENTRY);
  const sizes = alloc(<u64>n << 2); // by place: words whose bucket appeared there first, then where the next one goes
  let entry = list;
  for (let i: u32 = 0, at = dump; i < n; i++, entry += ENTRY) {
    const size = <usize>load<u32>(at);
    store<u64>(entry, hash(at + 12, size));
    store<u32>(entry, i, 8);
    at += 12 + size;
  }

  for (let done: u32 = 0; done < n; growth += 4) {
    const buckets = load<u32>(growth);
    done = min(n, buckets);
    const used = <usize>done * ENTRY;
    regroup(list, list + used, next, sizes, buckets);
    memory.copy(next + used, list + used, <usize>n * ENTRY - used);
    const swap = list;
    list = next;
    next = swap;
  }
  free(sizes);
  free(next);

  const ranks = alloc(<u64>n << 2);
  for (let i: u32 = 0; i < n; i++) store<u32>(ranks + (<usize>load<u32>(list + <usize>i * ENTRY, 8) << 2), i);
  free(list);
  return ranks;
}

/** Writes the order after growing to `buckets` and inserting what is new in the list. */
function regroup(list: usize, end: usize, next: usize, sizes: usize, buckets: u32): void {
  const n = (end - list) / ENTRY;
  const firsts = alloc(<u64>buckets << 2); // place of each bucket's first word, -1 for none
  const ahead = alloc((BATCH + 1) << 2);
  memory.fill(firsts, 0xff, <usize>buckets << 2);
  memory.fill(sizes, 0, n << 2);
  for (let start: usize = 0; start < n; start += BATCH) {
    const stop = min(start + BATCH, n);
    let fetched: u32 = 0;
    let bucket = ahead;
    for (let i = start; i < stop; i++, bucket += 4) {
      const at = firsts + (<usize>(load<u64>(list + i * ENTRY) % <u64>buckets) << 2);
      fetched |= load<u32>(at);
      store<u32>(bucket, <u32>at);
    }
    store<u32>(bucket, fetched); // or a compiler might leave the reading out
    bucket = ahead;
    for (let i = start; i < stop; i++, bucket += 4) {
      const at = <usize>load<u32>(bucket);
      let place = <usize>load<u32>(at);
      if (place == 0xffffffff) store<u32>(at, <u32>(place = i));
      store<u32>(list + i * ENTRY, <u32>place, 12);
      const size = sizes + (place << 2);
      store<u32>(size, load<u32>(size) + 1);
    }
  }
  free(firsts);
  free(ahead);

  let start: u32 = 0;
  for (let i = n; i-- > 0; ) {
    const size = load<u32>(sizes + (i << 2));
    store<u32>(sizes + (i << 2), start);
    start += size;
  }
  for (let entry = end; entry > list; ) {
    entry -= ENTRY;
    const cursor = sizes + (<usize>load<u32>(entry, 12) << 2);
    const to = load<u32>(cursor);
    store<u32>(cursor, to + 1);
    v128.store(next + <usize>to * ENTRY, v128.load(entry));
  }
}
