/** A stretch of the memory: in use, or free and in the list of its class. */
interface Block {
  start: number;
  size: number;
  free: boolean;
  /** Neighbours by address. */
  before: Block | null;
  after: Block | null;
  /** Neighbours in the list of free blocks. */
  previous: Block | null;
  next: Block | null;
}

const GRAIN = 64;
const LISTS = 4 * 28;

/** The list of free blocks of a size: four lists for each doubling. */
function listOf(size: number): number {
  const grains = size / GRAIN;
  const power = 31 - Math.clz32(grains);
  return 4 * power + (power < 2 ? 0 : (grains >>> (power - 2)) & 3);
}

/**
 * Hands out stretches of one long memory and takes them back: two levels of size classes over free lists, neighbours
 * joined at once (after TLSF, Masmano et al. 2004). It keeps numbers alone and never looks at the memory.
 */
export class Allocator {
  private readonly heads: (Block | null)[] = Array.from({ length: LISTS }, () => null);
  private readonly used = new Map<number, Block>();
  private last: Block | null = null;
  private usedBytes = 0;

  /**
   * @param start first byte it may hand out.
   * @param end first byte beyond.
   * @param grow asked for at least so many bytes more behind the end; answers how many there are, 0 for none.
   */
  constructor(
    start: number,
    private end: number,
    private readonly grow: (bytes: number) => number,
  ) {
    this.end = Math.ceil(start / GRAIN) * GRAIN;
    this.extend(Math.floor((end - this.end) / GRAIN) * GRAIN);
  }

  /** Bytes in use, in grains of 64. */
  get bytes(): number {
    return this.usedBytes;
  }

  /** Stretches in use. */
  get blocks(): number {
    return this.used.size;
  }

  /** The longest stretch that is free now. */
  get longestFree(): number {
    for (let list = LISTS - 1; list >= 0; list--) {
      let longest = 0;
      for (let block = this.heads[list]; block; block = block.next) longest = Math.max(longest, block.size);
      if (longest) return longest;
    }
    return 0;
  }

  /** The address of `bytes` bytes, a multiple of 64, or null when there is no room for them. */
  allocate(bytes: number): number | null {
    const size = Math.max(GRAIN, Math.ceil(bytes / GRAIN) * GRAIN);
    const block = this.find(size) ?? this.enlarge(size);
    if (!block) return null;
    this.unlist(block);
    if (block.size > size) {
      const rest: Block = {
        start: block.start + size,
        size: block.size - size,
        free: false,
        before: block,
        after: block.after,
        previous: null,
        next: null,
      };
      if (block.after) block.after.before = rest;
      else this.last = rest;
      block.after = rest;
      block.size = size;
      this.list(rest);
    }
    this.used.set(block.start, block);
    this.usedBytes += size;
    return block.start;
  }

  /** Takes a stretch back. */
  release(start: number): void {
    const block = this.used.get(start);
    if (!block) throw new Error(`address ${start} is not in use`);
    this.used.delete(start);
    this.usedBytes -= block.size;
    this.list(this.joined(this.joined(block, block.after), block.before));
  }

  /** Asks for more memory behind the end; the block there that is long enough, or null. */
  private enlarge(size: number): Block | null {
    const missing = this.last?.free ? size - this.last.size : size;
    const got = this.grow(missing);
    if (got < missing) return null;
    this.extend(got);
    return this.find(size);
  }

  private extend(bytes: number): void {
    if (bytes <= 0) return;
    const block: Block = {
      start: this.end,
      size: bytes,
      free: false,
      before: this.last,
      after: null,
      previous: null,
      next: null,
    };
    if (this.last) this.last.after = block;
    this.last = block;
    this.end += bytes;
    this.list(this.joined(block, block.before));
  }

  /** One block of a block and its neighbour, if the neighbour is free. */
  private joined(block: Block, neighbour: Block | null): Block {
    if (!neighbour?.free) return block;
    this.unlist(neighbour);
    const [low, high] = neighbour.start < block.start ? [neighbour, block] : [block, neighbour];
    low.size += high.size;
    low.after = high.after;
    if (high.after) high.after.before = low;
    else this.last = low;
    return low;
  }

  private find(size: number): Block | null {
    const own = listOf(size);
    let best: Block | null = null;
    for (let block = this.heads[own] ?? null; block; block = block.next) {
      if (block.size >= size && (!best || block.size < best.size)) best = block;
    }
    for (let list = own + 1; !best && list < LISTS; list++) best = this.heads[list] ?? null;
    return best;
  }

  private list(block: Block): void {
    const list = listOf(block.size);
    const head = this.heads[list] ?? null;
    block.free = true;
    block.previous = null;
    block.next = head;
    if (head) head.previous = block;
    this.heads[list] = block;
  }

  private unlist(block: Block): void {
    if (block.previous) block.previous.next = block.next;
    else this.heads[listOf(block.size)] = block.next;
    if (block.next) block.next.previous = block.previous;
    block.free = false;
    block.previous = block.next = null;
  }
}
