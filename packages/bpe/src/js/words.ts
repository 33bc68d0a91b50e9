import { grow } from "../grow.js";

/** Distinct words by their bytes; ids count up from 0 in the order of first sight. */
export interface WordIndex {
  /** Number of distinct words. */
  size(): number;
  /** Id of the word `bytes[start, end)`, added if it is new. */
  idOf(bytes: Uint8Array, start: number, end: number): number;
  /** The bytes of a word, valid until the next one is added. */
  word(id: number): Uint8Array;
  /** The order of two words' bytes: below 0, 0 or above. A word comes before those that begin with it. */
  compare(a: number, b: number): number;
  /** The first six bytes as a number that compares like them, zeros behind a shorter word. */
  prefix(id: number): number;
}

/** An open-addressing hash table over one array of bytes, so that a known word costs no allocation. */
export function createWordIndex(): WordIndex {
  let slots = new Int32Array(1 << 12); // id + 1, 0 when free
  let hashes = new Int32Array(1 << 11);
  let ends = new Float64Array(1 << 11); // word `id` ends here and begins where the one before ended
  let arena = new Uint8Array(1 << 15);
  let size = 0;
  let mask = slots.length - 1;

  const startOf = (id: number): number => (id === 0 ? 0 : ends[id - 1]!);

  function rehash(): void {
    slots = new Int32Array(slots.length * 2);
    mask = slots.length - 1;
    for (let id = 0; id < size; id++) {
      let slot = hashes[id]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id + 1;
    }
  }

  function add(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const from = startOf(size);
    const to = from + end - start;
    if (to > arena.length) arena = grow(arena, to);
    if (size === ends.length) {
      ends = grow(ends);
      hashes = grow(hashes);
    }
    arena.set(bytes.subarray(start, end), from);
    ends[size] = to;
    hashes[size] = hash;
    return size++;
  }

  return {
    size: () => size,
    idOf(bytes, start, end) {
      let hash = 0x811c9dc5 | 0; // FNV-1a
      for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
      hash ^= hash >>> 15;
      let slot = hash & mask;
      for (let taken = slots[slot]!; taken !== 0; taken = slots[slot]!) {
        const id = taken - 1;
        if (hashes[id] === hash) {
          let at = startOf(id);
          if (ends[id]! - at === end - start) {
            let i = start;
            while (i < end && arena[at] === bytes[i]) {
              i++;
              at++;
            }
            if (i === end) return id;
          }
        }
        slot = (slot + 1) & mask;
      }
      const id = add(bytes, start, end, hash);
      slots[slot] = id + 1;
      if (size * 2 > slots.length) rehash();
      return id;
    },
    word: (id) => arena.subarray(startOf(id), ends[id]),
    compare(a, b) {
      let i = startOf(a);
      let j = startOf(b);
      const end = Math.min(ends[a]!, i + ends[b]! - j);
      while (i < end && arena[i] === arena[j]) {
        i++;
        j++;
      }
      return i < end ? arena[i]! - arena[j]! : ends[a]! - i - (ends[b]! - j);
    },
    prefix(id) {
      const start = startOf(id);
      let bits = 0;
      for (let i = start; i < start + 6; i++) bits = bits * 256 + (i < ends[id]! ? arena[i]! : 0);
      return bits;
    },
  };
}
