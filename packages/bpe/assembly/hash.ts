// Words of up to 16 bytes are one vector, filled up with zeros; so a word is compared, copied and hashed without a loop.

const K1: u64 = 0x9e3779b97f4a7c15;
const K2: u64 = 0xc2b2ae3d27d4eb4f;

/** 16 bytes of ones, then 32 of zeros: the mask for n bytes begins 16 - n in. */
const MASKS: usize = memory.data<u64>([-1, -1, 0, 0, 0, 0], 16);


@inline
export function maskOf(n: usize): v128 {
  return v128.load(MASKS + 16 - n);
}

/** The `n` bytes at `p`, 0 to 16. */
@inline
export function first(p: usize, n: usize): v128 {
  return v128.and(v128.load(p), maskOf(n));
}

/** A hash whose upper half is good to use. */
@inline
export function hash16(key: v128): u64 {
  let h: u64 = <u64>i64x2.extract_lane(key, 0) ^ rotl<u64>(<u64>i64x2.extract_lane(key, 1) * K2, 31);
  h *= K1;
  h ^= h >> 32;
  return h * K2;
}

/** The same for more than 16 bytes. */
export function hashLong(p: usize, n: usize): u64 {
  let h = hash16(v128.load(p));
  for (let i: usize = 16; i < n; i += 16) {
    const left = n - i;
    h = (rotl<u64>(h, 27) ^ hash16(left >= 16 ? v128.load(p + i) : first(p + i, left))) * K1;
  }
  h ^= h >> 29;
  return h * K2;
}

/** 32 bits of the hash of any number of bytes. */
@inline
export function tagOf(p: usize, n: usize): u32 {
  return <u32>((n <= 16 ? hash16(first(p, n)) : hashLong(p, n)) >> 32);
}

/** A hash of a small number. */
@inline
export function mix(x: u64): u32 {
  let h = x * K1;
  h ^= h >> 32;
  h *= K2;
  return <u32>(h >> 32);
}


@inline
export function same16(a: v128, b: v128): bool {
  return i8x16.all_true(i8x16.eq(a, b));
}

export function sameBytes(a: usize, b: usize, n: usize): bool {
  let i: usize = 0;
  for (; i + 16 <= n; i += 16) if (!same16(v128.load(a + i), v128.load(b + i))) return false;
  return i == n || same16(first(a + i, n - i), first(b + i, n - i));
}
