import { MemoryError } from "@xlm/core";
import { Allocator } from "./allocator.js";
import { Control } from "./control.js";

const PAGE = 65536;
const MAX_PAGES = 65536;
const MIB = 1 << 20;

const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`;

/** The linear memory of all kernels and threads, with an allocator over it. Addresses are bytes from its start. */
export class LinearMemory {
  readonly memory: WebAssembly.Memory;
  private readonly allocator: Allocator;
  private readonly maxPages: number;
  private pages: number;
  private buffer: ArrayBufferLike;
  words: Int32Array;
  floats: Float32Array;

  /**
   * @param shared whether threads shall see it; needs `SharedArrayBuffer`.
   * @param maxBytes where it stops growing, at most 4 GiB.
   */
  constructor(
    readonly shared: boolean,
    maxBytes: number,
  ) {
    this.maxPages = Math.min(MAX_PAGES, Math.floor(maxBytes / PAGE));
    this.pages = Math.min(this.maxPages, (16 * MIB) / PAGE);
    this.memory = this.reserve();
    this.buffer = this.memory.buffer;
    this.words = new Int32Array(this.buffer);
    this.floats = new Float32Array(this.buffer);
    this.allocator = new Allocator(Control.End, this.pages * PAGE, (bytes) => this.grow(bytes));
  }

  /** Bytes handed out, bytes the memory holds, and blocks handed out. */
  get use(): { bytes: number; size: number; blocks: number } {
    return { bytes: this.allocator.bytes, size: this.pages * PAGE, blocks: this.allocator.blocks };
  }

  /**
   * Room for `bytes` bytes, not cleared. 64-byte aligned.
   * @throws MemoryError (`XLM_MEMORY`) with sizes, when there is none.
   */
  allocate(bytes: number): number {
    const address = this.allocator.allocate(bytes);
    if (address !== null) return address;
    throw new MemoryError({
      what: `${mib(bytes)} do not fit: ${mib(this.allocator.bytes)} of ${mib(this.maxPages * PAGE)} are in use, and the longest free stretch is ${mib(this.allocator.longestFree)}`,
      why: "WebAssembly addresses 4 GiB at most, or less where `maxBytes` says so or the engine gives no more",
      fix: "use a smaller batch or model, dispose tensors that are no longer needed, or raise maxBytes",
    });
  }

  release(address: number): void {
    this.allocator.release(address);
  }

  /** A view of `n` 4-byte floats; good until the next allocation. */
  f32(address: number, n: number): Float32Array {
    return this.current().floats.subarray(address / 4, address / 4 + n);
  }

  /** A view of `n` 4-byte integers; good until the next allocation. */
  i32(address: number, n: number): Int32Array {
    return this.current().words.subarray(address / 4, address / 4 + n);
  }

  /** Views of everything, for writing a few words quickly. */
  current(): { words: Int32Array; floats: Float32Array } {
    if (this.memory.buffer !== this.buffer) {
      this.buffer = this.memory.buffer;
      this.words = new Int32Array(this.buffer);
      this.floats = new Float32Array(this.buffer);
    }
    return this;
  }

  private reserve(): WebAssembly.Memory {
    try {
      return new WebAssembly.Memory({ initial: this.pages, maximum: this.maxPages, shared: this.shared });
    } catch (cause) {
      throw new MemoryError({
        what: `the engine does not reserve a memory of up to ${mib(this.maxPages * PAGE)}`,
        why: "addresses for all of it are set aside at the start",
        fix: "lower maxBytes, or close what holds much memory",
        cause,
      });
    }
  }

  private grow(bytes: number): number {
    const need = Math.ceil(bytes / PAGE);
    const room = this.maxPages - this.pages;
    if (need > room) return 0;
    // An eighth more at a time, so that growing stays rare.
    for (const pages of new Set([Math.min(room, Math.max(need, this.pages >> 3)), need])) {
      try {
        this.memory.grow(pages);
      } catch {
        continue; // the engine has no more: try the least that will do
      }
      this.pages += pages;
      return pages * PAGE;
    }
    return 0;
  }
}
