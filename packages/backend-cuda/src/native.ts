import type { DataType, TensorInfo } from "@tensorflow/tfjs-core";
import { KernelScope, type TensorStore } from "@xlm/kernels/backend";
import type { Device } from "./device.js";
import type { Precision } from "./driver/cublaslt.js";
import type { Grid } from "./launcher.js";
import type { Program } from "./program.js";

/** Tensors of the device, which may be stored as bf16. */
export interface DeviceTensors extends TensorStore {
  /** Where a tensor's elements lie rounded to bf16. */
  half(x: TensorInfo): number;
  /** Room for them as bf16, to be written at once. */
  roomForHalf(x: TensorInfo): number;
  /** Where a tensor's elements lie as they are stored, and 1 for bf16. */
  stored(x: TensorInfo): readonly [at: number, half: 0 | 1];
  /** The elements of an int32 tensor on the host. */
  ints(x: TensorInfo): Int32Array;
  /** A new tensor, its elements not set. `half` stores them as bf16. */
  create(shape: number[], dtype: DataType, half?: boolean): TensorInfo;
}

/** Threads of a block of all kernels that go through elements one by one. */
const THREADS = 256;
/** Blocks of a multiprocessor, above which threads take several elements. */
const BLOCKS = 32;

/** What a kernel works with: addresses of tensors, room for results and for a while, and launching. */
export class Native extends KernelScope {
  constructor(
    readonly device: Device,
    /** As it was asked for, or float32 on a card without the tensor cores for it. */
    readonly precision: Precision,
    private readonly store: DeviceTensors,
  ) {
    super(store);
  }

  protected override allocate(bytes: number): number {
    return this.device.allocate(bytes);
  }

  protected override release(at: number): void {
    this.device.release(at);
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

  /**
   * A new tensor for what goes from product to product, of float32 to tfjs as all are. With products in bf16 it is stored as that: it would be
   * rounded on its way into the next one anyway.
   */
  makeActivation(shape: number[]): TensorInfo {
    return this.keep(this.store.create(shape, "float32", this.precision === "bf16"));
  }

  /** An array on the device, until the kernel ends. */
  upload(values: Int32Array | BigUint64Array): number {
    const at = this.temp(values.byteLength / 4);
    this.device.write(at, values);
    return at;
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
