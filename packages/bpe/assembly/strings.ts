// Sets of strings, numbered from 0 in the order they are added. The bytes stay where they are.
import { sameBytes, tagOf } from "./hash";
import { alloc } from "./memory";

export const NONE: u32 = 0xffffffff;


@unmanaged
export class Strings {
  /** Number of strings. */
  count: u32;
  /** 16 bytes a string: address, length, and two numbers for whoever uses the set. */
  list: usize;
  /** Tag and number + 1. */
  slots: usize;
  mask: u32;

  /** Number of a string, or `NONE`. */
  find(p: usize, n: usize): u32 {
    const tag = tagOf(p, n);
    let k = tag & this.mask;
    while (true) {
      const slot = load<u64>(this.slots + (<usize>k << 3));
      if (slot == 0) return NONE;
      const id = <u32>(slot >> 32) - 1;
      if (<u32>slot == tag && this.sizeOf(id) == n && sameBytes(this.at(id), p, n)) return id;
      k = (k + 1) & this.mask;
    }
  }

  /** Number of a string, added if it is new. */
  add(p: usize, n: usize): u32 {
    const known = this.find(p, n);
    if (known != NONE) return known;
    const entry = this.entry(this.count);
    store<u32>(entry, <u32>p);
    store<u32>(entry, <u32>n, 4);
    store<u64>(entry, 0, 8);
    const tag = tagOf(p, n);
    let k = tag & this.mask;
    while (load<u64>(this.slots + (<usize>k << 3))) k = (k + 1) & this.mask;
    store<u64>(this.slots + (<usize>k << 3), ((<u64>this.count + 1) << 32) | tag);
    return this.count++;
  }


  @inline
  entry(id: u32): usize {
    return this.list + (<usize>id << 4);
  }

  @inline
  at(id: u32): usize {
    return load<u32>(this.entry(id));
  }

  @inline
  sizeOf(id: u32): usize {
    return load<u32>(this.entry(id), 4);
  }
}

/** A set with room for so many strings. */
export function createStrings(room: u32): Strings {
  const strings = changetype<Strings>(alloc(offsetof<Strings>()));
  let cap: u64 = 64;
  while (cap < <u64>room << 1) cap <<= 1;
  strings.count = 0;
  strings.list = alloc(<u64>room << 4);
  strings.slots = alloc(cap << 3);
  strings.mask = <u32>(cap - 1);
  memory.fill(strings.slots, 0, <usize>(cap << 3));
  return strings;
}
