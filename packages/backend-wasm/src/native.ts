import { KernelScope, type TensorStore } from "@xlm/kernels/backend";
import { Control } from "./control.js";
import type { LinearMemory } from "./memory.js";
import type { Exports } from "./modules.js";
import type { Op } from "./ops.js";
import type { Threads } from "./threads.js";

/** What a native kernel works with: addresses of tensors, room for results and for a while, and launching. One kernel runs at a time. */
export class Native extends KernelScope {
  private scratchBytes = 0;
  private zerosAt = 0;
  private zerosLength = 0;

  constructor(
    readonly memory: LinearMemory,
    private readonly exports: Exports,
    readonly threads: Threads,
    /** Columns of a tile of the matrix product, 8 or 16. */
    readonly columns: number,
    tensors: TensorStore,
  ) {
    super(tensors);
  }

  protected override allocate(bytes: number): number {
    return this.memory.allocate(bytes);
  }

  protected override release(at: number): void {
    this.memory.release(at);
  }

  /** The address of at least `n` zeros, to be read only. */
  zeros(n: number): number {
    if (n > this.zerosLength) {
      if (this.zerosLength) this.memory.release(this.zerosAt);
      this.zerosLength = 0;
      const length = Math.max(4096, 2 ** Math.ceil(Math.log2(n)));
      this.zerosAt = this.memory.allocate(4 * length);
      this.zerosLength = length;
      this.memory.f32(this.zerosAt, length).fill(0);
    }
    return this.zerosAt;
  }

  /**
   * Runs chunks 0 to `count - 1` of a kernel, on all threads, and returns when all are done.
   * @param ints at most 24 whole numbers and addresses.
   * @param floats at most 8.
   * @param scratchBytes that each thread needs for itself.
   */
  launch(op: Op, count: number, ints: readonly number[], floats: readonly number[] = [], scratchBytes = 0): void {
    if (count <= 0) return;
    if (scratchBytes > this.scratchBytes) this.growScratch(scratchBytes);
    const views = this.memory.current();
    for (let i = 0; i < ints.length; i++) views.words[Control.Args / 4 + i] = ints[i] as number;
    for (let i = 0; i < floats.length; i++) views.floats[Control.Floats / 4 + i] = floats[i] as number;
    if (this.threads.count > 1 && count > 1) {
      this.threads.wake();
      this.exports.launchShared(op, count, this.threads.canSleep ? 1 : 0);
    } else this.exports.launch(op, count);
  }

  private growScratch(bytes: number): void {
    const { words } = this.memory.current();
    if (this.scratchBytes) this.memory.release((words[Control.Scratch / 4] as number) >>> 0);
    this.scratchBytes = 0;
    const each = Math.ceil(bytes / 4096) * 4096;
    const address = this.memory.allocate(each * this.threads.count);
    const { words: now } = this.memory.current();
    now[Control.Scratch / 4] = address;
    now[Control.ScratchBytes / 4] = each;
    this.scratchBytes = each;
  }
}
