// Which strings merges have made. Of a string only a hash is kept, which that of its two halves gives: a sum of its
// bytes with powers of a constant as factors, modulo 2^64. Equal hashes are a question for those who have the
// strings.
import { alloc, allocClear, free, grow } from "./memory";
import { learnSymbolCount, symbolAt } from "./symbols";

const FACTOR: u64 = 0x9e3779b97f4a7c15;
/** `</w>` */
const END: u32 = 0x3e772f3c;

let hashes: usize = 0; // by rank: hash (u64), the power its length stands for (u64)
let room: u32 = 0;
let slots: usize = 0; // hashes of what merges made (u64), 0 for none
let mask: u32 = 0;
let nSeen: u32 = 0;

@inline
function hashAt(rank: u32): usize {
  return hashes + (<usize>rank << 4);
}

/** Takes in the initial symbols, of which there are `n` ranks. */
export function initNames(ranks: usize, n: u32): void {
  room = n + 512;
  hashes = alloc(<u64>room << 4);
  mask = (1 << 9) - 1;
  slots = allocClear((<u64>mask + 1) << 3);
  for (let i: u32 = 0; i < learnSymbolCount(); i++) {
    const symbol = symbolAt(i);
    const size = load<u32>(symbol, 4);
    let h: u64 = 0;
    let power: u64 = 1;
    let at = <usize>load<u32>(symbol);
    for (const end = at + (size >>> 1); at < end; at++) {
      h = h * FACTOR + load<u8>(at) + 1;
      power *= FACTOR;
    }
    if ((size & 1) != 0) {
      for (let k: u32 = 0; k < 32; k += 8) {
        h = h * FACTOR + ((END >>> k) & 0xff) + 1;
        power *= FACTOR;
      }
    }
    const hash = hashAt(load<u32>(ranks + (<usize>i << 2)));
    store<u64>(hash, h);
    store<u64>(hash, power, 8);
  }
}

@inline
function slotOf(hash: u64): u32 {
  return <u32>(hash >> 32) ^ <u32>hash;
}

/** True if an earlier merge may have made the same string. */
export function mayBeMade(left: u32, right: u32): bool {
  const hash = joined(left, right);
  let at = slotOf(hash) & mask;
  let known = load<u64>(slots + (<usize>at << 3));
  while (known != 0 && known != hash) {
    at = (at + 1) & mask;
    known = load<u64>(slots + (<usize>at << 3));
  }
  return known == hash;
}

/** Of the two strings in a row, never 0. */
@inline
function joined(left: u32, right: u32): u64 {
  const hash = load<u64>(hashAt(left)) * load<u64>(hashAt(right), 8) + load<u64>(hashAt(right));
  return hash == 0 ? 1 : hash;
}

/** Takes in the string that is made of two others, the next rank. */
export function addName(left: u32, right: u32, rank: u32): void {
  if (rank == room) {
    hashes = grow(hashes, <u64>room << 4, <u64>room << 5);
    room *= 2;
  }
  store<u64>(hashAt(rank), joined(left, right));
  store<u64>(hashAt(rank), load<u64>(hashAt(left), 8) * load<u64>(hashAt(right), 8), 8);
  put(load<u64>(hashAt(rank)));
  if (++nSeen * 2 > mask) rehash();
}

function put(hash: u64): void {
  let at = slotOf(hash) & mask;
  while (load<u64>(slots + (<usize>at << 3)) != 0) at = (at + 1) & mask;
  store<u64>(slots + (<usize>at << 3), hash);
}

function rehash(): void {
  const old = slots;
  const end = old + ((<usize>mask + 1) << 3);
  mask = mask * 2 + 1;
  slots = allocClear((<u64>mask + 1) << 3);
  for (let slot = old; slot < end; slot += 8) if (load<u64>(slot) != 0) put(load<u64>(slot));
  free(old);
}
