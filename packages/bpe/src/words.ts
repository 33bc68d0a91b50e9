import { grow } from "./grow.js";

/** True for the two bytes that separate words: space and newline. Tabs and other spaces belong to words. */
export const isSeparator = (byte: number): boolean => byte === 0x20 || byte === 0x0a;

/** Distinct words by their bytes; ids count up from 0 in the order of first sight. */
export interface WordTable {
  /** Number of distinct words. */
  size(): number;
  /** Id of the word `bytes[start, end)`, added if it is new. */
  idOf(bytes: Uint8Array, start: number, end: number): number;
  /** Calls back with the bytes of a word: `bytes[start, end)`. */
  read<T>(id: number, use: (bytes: Uint8Array, start: number, end: number) => T): T;
}

/** An open-addressing hash table over one array of bytes, so that a known word costs no allocation. */
export function createWordTable(): WordTable {
  let slots = new Int32Array(1 << 12); // id + 1, 0 when free
  let hashes = new Int32Array(1 << 11);
  let ends = new Int32Array(1 << 11); // word `id` ends here and begins where the one before ended
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
    read: (id, use) => use(arena, startOf(id), ends[id]!),
  };
}
