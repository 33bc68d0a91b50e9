import type { PackedWords } from "./learn-corpus.js";

// The order in which a C++ std::unordered_map<std::string, ...> of GCC's libstdc++ (9 or later, 64 bit) is iterated.
// fastBPE numbers its initial symbols in that order and breaks ties by the numbers.

/** Numbers of buckets the map grows through while words are added one by one: it grows when words outnumber buckets. */
export const libstdcxxGrowth: readonly number[] = [
  13, 29, 59, 127, 257, 541, 1109, 2357, 5087, 10273, 20753, 42043, 85229, 172933, 351061, 712697, 1447153, 2938679,
  5967347, 12117689, 24607243, 49969847, 101473717, 206062531, 418451333, 849749479, 1725587117,
];

/**
 * Indices of words in the order of iteration, after adding them in the order given. The last of `growth` is large
 * enough.
 */
export function hashMapOrder({ bytes, starts, ends }: PackedWords, growth: readonly number[]): Int32Array {
  const n = ends.length;
  const hash = createHash();
  const high = new Uint32Array(n);
  const low = new Uint32Array(n);
  for (let word = 0; word < n; word++) {
    hash.update(bytes, starts[word]!, ends[word]!);
    high[word] = hash.high();
    low[word] = hash.low();
  }

  // One linked list of all words, grouped by bucket. Word w is node w + 1; node 0 stands before the first.
  const next = new Int32Array(n + 1);
  const bucketOf = new Int32Array(n + 1);
  let before = new Int32Array(0); // by bucket: the node before its first one, -1 if empty
  const insert = (node: number): void => {
    const bucket = bucketOf[node]!;
    if (before[bucket]! < 0) {
      next[node] = next[0]!; // a new bucket goes to the front of the list
      next[0] = node;
      before[bucket] = 0;
      if (next[node] !== 0) before[bucketOf[next[node]]!] = node;
    } else {
      next[node] = next[before[bucket]!]!;
      next[before[bucket]!] = node;
    }
  };

  let level = -1;
  for (let node = 1; node <= n; node++) {
    if (node > before.length) {
      const buckets = growth[++level]!;
      before = new Int32Array(buckets).fill(-1);
      const shift = 4294967296 % buckets;
      // (high * 2^32 + low) mod buckets in exact pieces: 32 bits of `high`, 16 at a time, stay below 2^53.
      for (let word = 0; word < n; word++) {
        const top = high[word]! % buckets;
        const upper = ((((top >>> 16) * shift) % buckets) * 65536) % buckets;
        bucketOf[word + 1] = (upper + (top & 0xffff) * shift + low[word]!) % buckets;
      }
      let old = next[0]!;
      next[0] = 0;
      while (old !== 0) {
        const following = next[old]!;
        insert(old);
        old = following;
      }
    }
    insert(node);
  }

  const order = new Int32Array(n);
  for (let i = 0, node = next[0]!; node !== 0; node = next[node]!) order[i++] = node - 1;
  return order;
}

/** The 64-bit MurmurHash2 variant behind std::hash<std::string>, in two halves of 32 bits. */
function createHash() {
  const factorHigh = 0xc6a4a793 | 0;
  const factorLow = 0x5bd1e995 | 0;
  const factorLow0 = factorLow & 0xffff;
  const factorLow1 = factorLow >>> 16;
  let high = 0;
  let low = 0;

  function multiply(h: number, l: number): void {
    const l0 = l & 0xffff;
    const l1 = l >>> 16;
    const middle = l0 * factorLow1 + l1 * factorLow0 + Math.floor((l0 * factorLow0) / 65536);
    const carry = l1 * factorLow1 + Math.floor(middle / 65536);
    low = Math.imul(l, factorLow);
    high = ((carry | 0) + Math.imul(h, factorLow) + Math.imul(l, factorHigh)) | 0;
  }

  /** Up to four bytes, the first one lowest. */
  function word(bytes: Uint8Array, start: number, end: number): number {
    let value = 0;
    for (let i = Math.min(start + 4, end) - 1; i >= start; i--) value = (value << 8) | bytes[i]!;
    return value;
  }

  return {
    high: () => high,
    low: () => low,
    update(bytes: Uint8Array, start: number, end: number): void {
      multiply(0, end - start);
      let h = high;
      let l = low ^ 0xc70f6907; // the seed
      let i = start;
      for (; i + 8 <= end; i += 8) {
        multiply(word(bytes, i + 4, end), word(bytes, i, end));
        multiply(high, low ^ (high >>> 15));
        multiply(h ^ high, l ^ low);
        h = high;
        l = low;
      }
      if (i < end) {
        multiply(h ^ word(bytes, i + 4, end), l ^ word(bytes, i, end));
        h = high;
        l = low;
      }
      multiply(h, l ^ (h >>> 15));
      low ^= high >>> 15;
    },
  };
}
