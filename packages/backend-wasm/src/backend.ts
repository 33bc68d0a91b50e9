import * as tf from "@tensorflow/tfjs-core";
import { sizeOf } from "@xlm/core";
import type { Build, BuildName, Trial } from "./builds.js";
import type { LinearMemory } from "./memory.js";
import { Native, type TensorStore } from "./native.js";
import type { Exports } from "./modules.js";
import type { Threads } from "./threads.js";

type Values = tf.backend_util.BackendValues;
/** tfjs's own key of an array; several tensors can share one. */
type DataId = object;

/**
 * One array: on the JavaScript side, or in the linear memory. `values` is what tfjs's cpu kernels read, and shows the linear
 * memory in place: nothing is copied for them, and what they return is copied only when a native kernel asks for it.
 */
class Entry {
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
export class WasmBackend extends tf.KernelBackend implements TensorStore {
  /** Read by tfjs's cpu kernels. */
  readonly data: tf.DataStorage<Entry>;
  readonly blockSize = 48;
  readonly native: Native;
  readonly info: WasmInfo;

  constructor(
    private readonly linear: LinearMemory,
    exports: Exports,
    private readonly threads: Threads,
    build: Build,
  ) {
    super();
    this.data = new tf.DataStorage(this, tf.engine());
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

  private keep(entry: Entry): DataId {
    const dataId = {};
    this.data.set(dataId, entry);
    return dataId;
  }

  override write(values: Values, shape: number[], dtype: tf.DataType): DataId {
    return this.keep(new Entry(this.linear, dtype, sizeOf(shape), this.own(values), 1));
  }

  override move(dataId: DataId, values: Values, shape: number[], dtype: tf.DataType, refCount: number): void {
    this.data.set(dataId, new Entry(this.linear, dtype, sizeOf(shape), this.own(values), refCount));
  }

  /** A cpu kernel may hand back the very array it was shown; a view of the linear memory must not outlive its tensor. */
  private own(values: Values | null): Values | null {
    return ArrayBuffer.isView(values) && values.buffer === this.linear.memory.buffer
      ? (values as Float32Array).slice()
      : values;
  }

  makeTensorInfo(shape: number[], dtype: tf.DataType, values?: Values | string[]): tf.TensorInfo {
    const given = values as unknown[] | undefined;
    const stored =
      dtype === "string" && typeof given?.[0] === "string"
        ? given.map((text) => tf.util.encodeString(text as string))
        : values;
    return { dataId: this.write(stored as Values, shape, dtype), shape, dtype };
  }

  makeOutput(values: Values, shape: number[], dtype: tf.DataType): tf.Tensor {
    return tf.engine().makeTensorFromTensorInfo(this.makeTensorInfo(shape, dtype, values), this);
  }

  override readSync(dataId: DataId): Values {
    const entry = this.data.get(dataId);
    if (entry.complexTensorInfos) {
      const { real, imag } = entry.complexTensorInfos;
      return tf.backend_util.mergeRealAndImagArrays(
        this.readSync(real.dataId) as Float32Array,
        this.readSync(imag.dataId) as Float32Array,
      );
    }
    const { values } = entry;
    // What the caller holds must not change later.
    if (entry.address) {
      return entry.dtype === "bool" ? Uint8Array.from(values as Int32Array) : (values as Float32Array).slice();
    }
    return tf.util.convertBackendValuesAndArrayBuffer(values as Values, entry.dtype);
  }

  override read(dataId: DataId): Promise<Values> {
    return Promise.resolve(this.readSync(dataId));
  }

  bufferSync(t: tf.TensorInfo): tf.TensorBuffer<tf.Rank, tf.DataType> {
    const data = this.readSync(t.dataId);
    const values = t.dtype === "string" ? (data as Uint8Array[]).map((bytes) => tf.util.decodeString(bytes)) : data;
    return tf.buffer(t.shape, t.dtype, values as never);
  }

  where(condition: tf.Tensor): tf.Tensor2D {
    return tf.kernel_impls.whereImpl(condition.shape, this.readSync(condition.dataId) as Uint8Array);
  }

  override refCount(dataId: DataId): number {
    return this.data.has(dataId) ? this.data.get(dataId).refCount : 0;
  }

  override incRef(dataId: DataId): void {
    this.data.get(dataId).refCount++;
  }

  decRef(dataId: DataId): void {
    if (this.data.has(dataId)) this.data.get(dataId).refCount--;
  }

  override disposeData(dataId: DataId, force = false): boolean {
    if (!this.data.has(dataId)) return true;
    const entry = this.data.get(dataId);
    entry.refCount--;
    if (!force && entry.refCount > 0) return false;
    if (entry.complexTensorInfos) {
      this.disposeData(entry.complexTensorInfos.real.dataId, true);
      this.disposeData(entry.complexTensorInfos.imag.dataId, true);
    }
    entry.release();
    this.data.delete(dataId);
    return true;
  }

  disposeIntermediateTensorInfo(x: tf.TensorInfo): void {
    this.disposeData(x.dataId);
  }

  override numDataIds(): number {
    return this.data.numDataIds();
  }

  override time(f: () => void): Promise<tf.BackendTimingInfo> {
    const start = performance.now();
    f();
    return Promise.resolve({ kernelMs: performance.now() - start });
  }

  /** Beside what tfjs counts: bytes and blocks in use in the linear memory, and its size. Scratch is counted too. */
  override memory(): { unreliable: boolean; linearBytes: number; linearBlocks: number; linearSize: number } {
    const { bytes, size, blocks } = this.linear.use;
    return { unreliable: false, linearBytes: bytes, linearBlocks: blocks, linearSize: size };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override dispose(): void {
    this.threads.stop();
  }
}
