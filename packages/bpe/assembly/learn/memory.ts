// Blocks of memory for learning, which has an instance of the module to itself: few, large, and needed one after the
// other. So a block is found by walking over all of them, and what is free is joined on the way.

@external("env", "outOfMemory")
declare function outOfMemory(bytes: f64): void;

/** What stands ahead of a block: its size with this, and whether it is free. A cache line, for blocks begin on one. */
const HEAD: usize = 64;
/** Below 4 GB by one page, so that the end of the memory is an address too. */
const LIMIT: u64 = 0xffff0000;
const PAGE: u64 = 65536;

let first: usize = 0;
let top: usize = 0;

function fail(bytes: u64): void {
  outOfMemory(<f64>bytes);
  unreachable();
}

@inline
function isFree(block: usize): bool {
  return load<u32>(block, 4) != 0;
}

@inline
function setBlock(block: usize, size: usize, free: bool): void {
  store<u32>(block, <u32>size);
  store<u32>(block, <u32>free, 4);
}

/** Takes in the free blocks behind `block`. Returns its size. */
function join(block: usize): usize {
  let size: usize = load<u32>(block);
  while (block + size < top && isFree(block + size)) size += load<u32>(block + size);
  store<u32>(block, <u32>size);
  return size;
}

/** Leaves `size` bytes of `block`, which has at least as many; the rest is free. */
function cut(block: usize, size: usize): void {
  const rest = <usize>load<u32>(block) - size;
  if (rest < 2 * HEAD) return;
  setBlock(block + size, rest, true);
  store<u32>(block, <u32>size);
}

function extend(end: u64): void {
  if (end > LIMIT) fail(end);
  const pages = <i64>((end + PAGE - 1) / PAGE) - memory.size();
  if (pages > 0) {
    // Each step costs a call, so steps are larger in a larger memory.
    const ample = min(max(pages, memory.size() >> 3), <i64>(LIMIT / PAGE) - memory.size());
    if (memory.grow(<i32>ample) < 0 && memory.grow(<i32>pages) < 0) fail(end);
  }
  top = <usize>end;
}

@inline
function sizeOf(bytes: u64): u64 {
  return (bytes + HEAD + 63) & ~63;
}

/** The address of a new block, a multiple of 64. Its content is undefined. */
export function alloc(bytes: u64): usize {
  if (top == 0) top = first = (__heap_base + 63) & ~63;
  const need = sizeOf(bytes);
  let last: usize = 0;
  for (let block = first; block < top; block += load<u32>(block)) {
    last = block;
    if (!isFree(block) || join(block) < need) continue;
    cut(block, <usize>need);
    store<u32>(block, 0, 4);
    return block + HEAD;
  }
  const block = last != 0 && isFree(last) ? last : top;
  extend(<u64>block + need);
  setBlock(block, <usize>need, false);
  return block + HEAD;
}

/** A new block of zeros. What has never been in use is zero, and takes no room until it is written. */
export function allocClear(bytes: u64): usize {
  const used = top;
  const at = alloc(bytes);
  if (at < used) memory.fill(at, 0, min(<usize>bytes, used - at));
  return at;
}

export function free(at: usize): void {
  if (at != 0) store<u32>(at - HEAD, 1, 4);
}

/** Gives back what lies behind the first `bytes`. */
export function shrink(at: usize, bytes: u64): void {
  cut(at - HEAD, <usize>sizeOf(bytes));
}

/** A block of `bytes` whose first `used` bytes are those of the block at `at`, which it replaces. */
export function grow(at: usize, used: u64, bytes: u64): usize {
  if (at == 0) return alloc(bytes);
  const block = at - HEAD;
  const need = sizeOf(bytes);
  if (join(block) >= need) {
    cut(block, <usize>need);
    return at;
  }
  if (block + load<u32>(block) == top) {
    extend(<u64>block + need);
    setBlock(block, <usize>need, false);
    return at;
  }
  const to = alloc(bytes);
  memory.copy(to, at, <usize>used);
  free(at);
  return to;
}
