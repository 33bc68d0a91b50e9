import * as tf from "@tensorflow/tfjs-core";
import { sizeOf } from "@xlm/core";
import type { Build, BuildName, Trial } from "./builds.js";
import type { LinearMemory } from "./memory.js";
import { StorageBackend, type StoredArray, type TensorStore } from "@xlm/kernels/backend";
import { Native } from "./native.js";
import type { Exports } from "./modules.js";
import type { Threads } from "./threads.js";

type Values = tf.backend_util.BackendValues;

/**
 * One array: on the JavaScript side, or in the linear memory. `values` is what tfjs's cpu kernels read, and shows the linear
 * memory in place: nothing is copied for them, and what they return is copied only when a native kernel asks for it.
 */
class Entry implements StoredArray {
  complexTensorInfos?: { real: tf.TensorInfo; imag: tf.TensorInfo };
  /** Where the elements lie in the linear memory; 0 when they do not. */
  address = 0;

  constructor(
    private readonly memory: LinearMemory,
    readonly dtype: tf.DataType,
    readonly size: number,
    private held: Values | null,
    public refCount: number,
  ) {}

  get values(): Values | null {
    if (!this.address) return this.held;
    return this.dtype === "float32"
      ? this.memory.f32(this.address, this.size)
      : this.memory.i32(this.address, this.size);
  }

  copied(): Values {
    const { values } = this;
    // What the caller holds must not change later.
    if (!this.address) return tf.util.convertBackendValuesAndArrayBuffer(values as Values, this.dtype);
    return this.dtype === "bool" ? Uint8Array.from(values as Int32Array) : (values as Float32Array).slice();
  }

  /** Moves the elements into the linear memory. */
  moveIn(): number {
    if (!this.address) {
      const address = this.memory.allocate(4 * this.size);
      this.address = address;
      (this.values as Float32Array).set(this.held as Float32Array);
      this.held = null;
    }
    return this.address;
  }

  release(): void {
    if (this.address) this.memory.release(this.address);
    this.address = 0;
  }
}

/** What the backend runs on. */
export interface WasmInfo {
  readonly build: BuildName;
  /** Every build that was tried at start, with the speed of its inner loop. */
  readonly trials: readonly Trial[];
  readonly threads: number;
  /** Why there is one thread where more were asked for; null when all run. */
  readonly threadsNote: string | null;
}

/** The tfjs backend `xlm-wasm`. Made by `registerWasmBackend`; a program sees it through `tf.backend()`. */
export class WasmBackend extends StorageBackend<Entry> implements TensorStore {
  readonly native: Native;
  readonly info: WasmInfo;

  constructor(
    private readonly linear: LinearMemory,
    exports: Exports,
    private readonly threads: Threads,
    build: Build,
  ) {
    super();
    this.native = new Native(linear, exports, threads, build.columns, this);
    const { name, trials } = build;
    this.info = { build: name, trials, threads: threads.count, threadsNote: threads.note };
  }

  address(x: tf.TensorInfo): number {
    const entry = this.data.get(x.dataId);
    if (entry.dtype === x.dtype) return entry.moveIn();
    // tfjs's cpu cast relabels whole numbers as floats and keeps the array.
    const address = this.native.temp(entry.size);
    const { values } = entry;
    const to = x.dtype === "float32" ? this.linear.f32(address, entry.size) : this.linear.i32(address, entry.size);
    to.set(values as Float32Array);
    return address;
  }

  create(shape: number[], dtype: tf.DataType): tf.TensorInfo {
    const size = sizeOf(shape);
    const entry = new Entry(this.linear, dtype, size, null, 1);
    entry.address = this.linear.allocate(4 * size);
    return { dataId: this.keep(entry), shape, dtype };
  }

  protected override arrayFrom(values: Values | null, dtype: tf.DataType, size: number, refCount: number): Entry {
    return new Entry(this.linear, dtype, size, this.own(values), refCount);
  }

  /** A cpu kernel may hand back the very array it was shown; a view of the linear memory must not outlive its tensor. */
  private own(values: Values | null): Values | null {
    return ArrayBuffer.isView(values) && values.buffer === this.linear.memory.buffer
      ? (values as Float32Array).slice()
      : values;
  }

  /** Beside what tfjs counts: bytes and blocks in use in the linear memory, and its size. Scratch is counted too. */
  override memory(): { unreliable: boolean; linearBytes: number; linearBlocks: number; linearSize: number } {
    const { bytes, size, blocks } = this.linear.use;
    return { unreliable: false, linearBytes: bytes, linearBlocks: blocks, linearSize: size };
  }

  override dispose(): void {
    this.threads.stop();
  }
}
