// What merging knows of each symbol: the newest pair with the newest symbol, on either side, and its rank in ties.
import { alloc, grow } from "./memory";

/** Bytes: pair + 1 of (this, newest) and of (newest, this) (u32 each), rank (u32), unused (u32). */
const SIDES: usize = 16;

let sides: usize = 0;
let nSides: u32 = 0;
let room: u32 = 0;

/**
 * Initial symbols have the ranks that are listed; symbols made later rank behind them, in the order of their making.
 */
export function initSides(ranks: usize, listed: u32, n: u32): void {
  room = n + 512;
  nSides = n;
  sides = alloc(<u64>room * SIDES);
  for (let i: u32 = 0; i < n; i++) {
    store<u64>(sidesAt(sides, i), 0);
    store<u32>(sidesAt(sides, i), i < listed ? load<u32>(ranks + (<usize>i << 2)) : i, 8);
  }
}

@inline
export function sidesBase(): usize {
  return sides;
}

@inline
export function sidesAt(base: usize, symbol: u32): usize {
  return base + <usize>symbol * SIDES;
}

@inline
export function symbolCount(): u32 {
  return nSides;
}

/** A new symbol. */
export function addSides(): u32 {
  if (nSides == room) {
    sides = grow(sides, <u64>room * SIDES, <u64>room * 2 * SIDES);
    room *= 2;
  }
  store<u64>(sidesAt(sides, nSides), 0);
  store<u32>(sidesAt(sides, nSides), nSides, 8);
  return nSides++;
}

/** To be called when pairs have been renumbered. */
export function forgetPairs(): void {
  for (let i: u32 = 0; i < nSides; i++) store<u64>(sidesAt(sides, i), 0);
}
