import type { DataType, TensorInfo } from "@tensorflow/tfjs-core";
import { sizeOf } from "@xlm/core";
import { Control } from "./control.js";
import type { LinearMemory } from "./memory.js";
import type { Exports } from "./modules.js";
import type { Op } from "./ops.js";
import type { Threads } from "./threads.js";

/** Tensors as the kernels see them: an address each. */
export interface TensorStore {
  /** Where a tensor's elements lie, moved into the linear memory if they were not there. */
  address(x: TensorInfo): number;
  /** A new tensor, its elements not set. */
  create(shape: number[], dtype: DataType): TensorInfo;
  disposeIntermediateTensorInfo(x: TensorInfo): void;
  incRef(dataId: TensorInfo["dataId"]): void;
}

/**
 * What a native kernel works with: addresses of tensors, room for results and for a while, and launching.
 * One kernel runs at a time; what it took for a while is given back when it ends, and its results too when it throws.
 */
export class Native {
  private temporary: number[] = [];
  private made: TensorInfo[] = [];
  private depth = 0;
  private scratchBytes = 0;
  private zerosAt = 0;
  private zerosLength = 0;

  constructor(
    readonly memory: LinearMemory,
    private readonly exports: Exports,
    readonly threads: Threads,
    /** Columns of a tile of the matrix product, 8 or 16. */
    readonly columns: number,
    private readonly store: TensorStore,
  ) {}

  /** Runs a kernel. */
  scope<T>(kernel: () => T): T {
    const [temporary, made] = [this.temporary.length, this.made.length];
    this.depth++;
    try {
      return kernel();
    } catch (error) {
      for (const x of this.made.slice(made)) this.store.disposeIntermediateTensorInfo(x);
      throw error;
    } finally {
      this.depth--;
      for (const address of this.temporary.splice(temporary)) this.memory.release(address);
      this.made.length = made;
    }
  }

  /** The address of a tensor of 4-byte elements (float32 or int32). */
  address(x: TensorInfo): number {
    return this.store.address(x);
  }

  /** A new tensor for the result, its elements not set. */
  make(shape: number[], dtype: DataType = "float32"): TensorInfo {
    const x = this.store.create(shape, dtype);
    this.made.push(x);
    return x;
  }

  /** A second tensor over the same elements, for a kernel that returns what it was given or one of its results again. */
  share({ dataId, shape, dtype }: TensorInfo): TensorInfo {
    this.store.incRef(dataId);
    const second = { dataId, shape, dtype };
    this.made.push(second);
    return second;
  }

  /** Room for `n` 4-byte elements until the kernel ends. Not cleared. */
  temp(n: number): number {
    const address = this.memory.allocate(4 * n);
    this.temporary.push(address);
    return address;
  }

  /** Gives room back before the kernel ends. */
  free(address: number): void {
    this.temporary.splice(this.temporary.lastIndexOf(address), 1);
    this.memory.release(address);
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

  /** Elements of a tensor. */
  size(x: TensorInfo): number {
    return sizeOf(x.shape);
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
