import type { DataType, TensorInfo } from "@tensorflow/tfjs-core";
import { sizeOf } from "@xlm/core";
import type { Device } from "./device.js";
import type { Precision } from "./driver/cublaslt.js";
import type { Grid } from "./launcher.js";
import type { Program } from "./program.js";

/** Tensors as the kernels see them: an address each. */
export interface TensorStore {
  /** Where a tensor's elements lie on the device, moved there if they were not. */
  address(x: TensorInfo): number;
  /** The same rounded to bf16. */
  half(x: TensorInfo): number;
  /** Room for them as bf16, to be written at once. */
  roomForHalf(x: TensorInfo): number;
  /** Where a tensor's elements lie as they are stored, and 1 for bf16. */
  stored(x: TensorInfo): readonly [at: number, half: 0 | 1];
  /** The elements of an int32 tensor on the host. */
  ints(x: TensorInfo): Int32Array;
  /** A new tensor, its elements not set. `half` stores them as bf16. */
  create(shape: number[], dtype: DataType, half?: boolean): TensorInfo;
  disposeIntermediateTensorInfo(x: TensorInfo): void;
  incRef(dataId: TensorInfo["dataId"]): void;
}

/** Threads of a block of all kernels that go through elements one by one. */
const THREADS = 256;
/** Blocks of a multiprocessor, above which threads take several elements. */
const BLOCKS = 32;

/**
 * What a kernel works with: addresses of tensors, room for results and for a while, and launching. What it took for a while is
 * given back when it ends, and its results too when it throws.
 */
export class Native {
  private temporary: number[] = [];
  private made: TensorInfo[] = [];

  constructor(
    readonly device: Device,
    /** As it was asked for, or float32 on a card without the tensor cores for it. */
    readonly precision: Precision,
    private readonly store: TensorStore,
  ) {}

  /** Runs a kernel. */
  scope<T>(kernel: () => T): T {
    const [temporary, made] = [this.temporary.length, this.made.length];
    try {
      return kernel();
    } catch (error) {
      for (const x of this.made.slice(made)) this.store.disposeIntermediateTensorInfo(x);
      throw error;
    } finally {
      for (const at of this.temporary.splice(temporary)) this.device.release(at);
      this.made.length = made;
    }
  }

  address(x: TensorInfo): number {
    return this.store.address(x);
  }

  half(x: TensorInfo): number {
    return this.store.half(x);
  }

  stored(x: TensorInfo): readonly [at: number, half: 0 | 1] {
    return this.store.stored(x);
  }

  /** Where a kernel may write a new tensor a second time, as bf16, for the products to come. */
  roomForHalf(x: TensorInfo): number {
    return this.store.roomForHalf(x);
  }

  ints(x: TensorInfo): Int32Array {
    return this.store.ints(x);
  }

  /** A new tensor for the result, its elements not set. */
  make(shape: number[], dtype: DataType = "float32"): TensorInfo {
    const x = this.store.create(shape, dtype);
    this.made.push(x);
    return x;
  }

  /**
   * A new tensor for what goes from product to product, of float32 to tfjs as all are. With products in bf16 it is stored as that: it would be
   * rounded on its way into the next one anyway.
   */
  makeActivation(shape: number[]): TensorInfo {
    const x = this.store.create(shape, "float32", this.precision === "bf16");
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

  /** Room for `n` elements of 4 bytes until the kernel ends. Not cleared. */
  temp(n: number): number {
    const at = this.device.allocate(4 * n);
    this.temporary.push(at);
    return at;
  }

  /** An array on the device, until the kernel ends. */
  upload(values: Int32Array | BigUint64Array): number {
    const at = this.temp(values.byteLength / 4);
    this.device.write(at, values);
    return at;
  }

  size(x: TensorInfo): number {
    return sizeOf(x.shape);
  }

  /** Queues a kernel, unless there is nothing to do. */
  launch(program: Program, kernel: string, grid: Grid, values: readonly number[], shared?: number): void {
    if (grid.every((blocks) => blocks !== 0)) this.device.launch(program, kernel, grid, values, shared);
  }

  /** Blocks for a kernel whose threads go through `n` elements. */
  blocks(n: number): [number] {
    return [Math.min(Math.ceil(n / THREADS), BLOCKS * this.device.facts.multiprocessors)];
  }
}
