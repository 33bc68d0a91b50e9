// The memory of one instance: space is handed out from below, and given back only from the top.

@external("env", "outOfMemory")
declare function outOfMemory(bytes: f64): void;

const PAGE: u64 = 65536;
/** One page less than 4 GB, so that no address wraps around; and vectors may be read past the end of what they are for. */
const LIMIT: u64 = 65535 * PAGE;
const SLACK: u64 = 64;

let top: usize = (__heap_base + 63) & ~63;

/** The first byte that nobody has. */
export function heapTop(): usize {
  return top;
}

/** Gives back everything from `p` on, an earlier `heapTop()`. */
export function release(p: usize): void {
  top = p;
}

/** `n` bytes at a multiple of 64, neither cleared nor ever moved. Does not return if there is not so much memory. */
export function alloc(n: u64): usize {
  const p = top;
  const end = ((<u64>p + n + 63) & ~63) + SLACK;
  const have = <u64>memory.size() * PAGE;
  if (end > have) {
    if (end > LIMIT) fail(end);
    const want = <i32>((end - have + PAGE - 1) / PAGE);
    // Growing has a price of its own, so it goes in larger steps as the memory gets larger.
    const ample = min(max(want, memory.size() >> 3), 65535 - memory.size());
    if (memory.grow(ample) < 0 && memory.grow(want) < 0) fail(end);
  }
  top = <usize>(end - SLACK);
  return p;
}

function fail(bytes: u64): void {
  outOfMemory(<f64>bytes);
  unreachable();
}
