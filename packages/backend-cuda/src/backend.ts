import * as tf from "@tensorflow/tfjs-core";
import { sizeOf, UnsupportedError } from "@xlm/core";
import { StorageBackend, type StoredArray } from "@xlm/kernels/backend";
import type { Device, DeviceFacts } from "./device.js";
import type { Precision } from "./driver/cublaslt.js";
import { halve, widen } from "./halve.js";
import { Native, type DeviceTensors } from "./native.js";

type Values = tf.backend_util.BackendValues;

/** Elements of an array at most: kernels count in 32 bits. */
const MOST = 2 ** 31 - 1;

const bytesOf = (dtype: tf.DataType, size: number): number => (dtype === "bool" ? size : 4 * size);

/** Whole words of two. */
const bytesOfHalf = (size: number): number => 4 * Math.ceil(size / 2);

function arrayOf(dtype: tf.DataType, size: number): Float32Array | Int32Array | Uint8Array {
  if (dtype === "bool") return new Uint8Array(size);
  return dtype === "int32" ? new Int32Array(size) : new Float32Array(size);
}

/** One array, on the host, on the device, or on both: tensors never change, so both stay right. */
class Entry implements StoredArray {
  complexTensorInfos?: { real: tf.TensorInfo; imag: tf.TensorInfo };
  /** Where the elements lie on the device; 0 when they do not. */
  at = 0;
  /** The same in bf16; 0 when nobody has asked for it. An activation may be there alone, and is widened when somebody wants floats. */
  halfAt = 0;

  constructor(
    private readonly device: Device,
    private readonly native: Native,
    readonly dtype: tf.DataType,
    readonly size: number,
    private held: Values | null,
    public refCount: number,
  ) {}

  /** What tfjs's cpu kernels read. Elements that are on the device alone are fetched, and kept for the next one. */
  get values(): Values | null {
    if (!this.isOnHost()) this.held = this.fetch();
    return this.held;
  }

  /** The elements for somebody to keep. */
  copied(): Values {
    return this.isOnHost() ? tf.util.convertBackendValuesAndArrayBuffer(this.held as Values, this.dtype) : this.fetch();
  }

  isOnHost(): boolean {
    return this.held !== null || !(this.at || this.halfAt);
  }

  /** Moves the elements to the device. */
  moveIn(): number {
    if (!this.at) {
      const at = this.device.allocate(bytesOf(this.dtype, this.size));
      this.at = at;
      if (this.halfAt) {
        widen(this.native, this.halfAt, at, this.size);
        return at;
      }
      // A cpu kernel may leave numbers in an array of another type.
      const values = this.held as Float32Array;
      const right = arrayOf(this.dtype, 0).constructor === values.constructor;
      const own = right ? values : arrayOf(this.dtype, this.size);
      if (!right) own.set(values);
      this.device.write(at, own);
    }
    return this.at;
  }

  release(): void {
    for (const at of [this.at, this.halfAt]) if (at) this.device.release(at);
    this.at = this.halfAt = 0;
  }

  private fetch(): Values {
    const values = arrayOf(this.dtype, this.size);
    this.device.read(this.moveIn(), values);
    return values;
  }
}

/** What the backend runs on, and how it computes. */
export interface CudaInfo extends DeviceFacts {
  /** How products are made: what was asked for, or `fp32` on a card without tensor cores for it. */
  readonly precision: Precision;
}

/** The tfjs backend `xlm-cuda`. Made by `registerCudaBackend`; a program sees it through `tf.backend()`. */
export class CudaBackend extends StorageBackend<Entry> implements DeviceTensors {
  readonly native: Native;
  readonly info: CudaInfo;

  constructor(
    private readonly device: Device,
    precision: Precision,
  ) {
    super();
    const usable = device.facts.capability >= 80 ? precision : "fp32";
    this.native = new Native(device, usable, this);
    this.info = { ...device.facts, precision: usable };
  }

  address(x: tf.TensorInfo): number {
    const entry = this.data.get(x.dataId);
    if (entry.dtype === x.dtype) return entry.moveIn();
    // tfjs's cpu cast relabels whole numbers as floats and keeps the array.
    const values = arrayOf(x.dtype, entry.size);
    values.set(entry.values as Float32Array);
    const at = this.native.temp(entry.size);
    this.device.write(at, values);
    return at;
  }

  half(x: tf.TensorInfo): number {
    const entry = this.data.get(x.dataId);
    if (entry.halfAt) return entry.halfAt;
    const from = this.address(x);
    halve(this.native, from, this.roomForHalf(x), entry.size);
    return entry.halfAt;
  }

  roomForHalf(x: tf.TensorInfo): number {
    const entry = this.data.get(x.dataId);
    entry.halfAt = this.device.allocate(bytesOfHalf(entry.size));
    return entry.halfAt;
  }

  stored(x: tf.TensorInfo): readonly [at: number, half: 0 | 1] {
    const { at, halfAt } = this.data.get(x.dataId);
    return !at && halfAt ? [halfAt, 1] : [this.address(x), 0];
  }

  ints(x: tf.TensorInfo): Int32Array {
    return this.data.get(x.dataId).values as Int32Array;
  }

  create(shape: number[], dtype: tf.DataType, half = false): tf.TensorInfo {
    const size = sizeOf(shape);
    if (size > MOST) {
      throw new UnsupportedError({
        what: `a tensor of [${shape.join(", ")}] has ${size} elements`,
        why: `kernels count up to ${MOST}`,
        fix: "cut the batch into smaller ones",
      });
    }
    const entry = new Entry(this.device, this.native, dtype, size, null, 1);
    if (half) entry.halfAt = this.device.allocate(bytesOfHalf(size));
    else entry.at = this.device.allocate(bytesOf(dtype, size));
    return { dataId: this.keep(entry), shape, dtype };
  }

  protected override arrayFrom(values: Values | null, dtype: tf.DataType, size: number, refCount: number): Entry {
    return new Entry(this.device, this.native, dtype, size, values, refCount);
  }

  /** Leaves the event loop free until the GPU has come this far. */
  override async read(dataId: object): Promise<Values> {
    if (this.data.has(dataId) && !this.data.get(dataId).isOnHost()) {
      while (!this.device.isIdle()) await new Promise((resolve) => setImmediate(resolve));
    }
    return this.readSync(dataId);
  }

  override async time(f: () => void): Promise<tf.BackendTimingInfo> {
    this.device.synchronize();
    const start = performance.now();
    f();
    this.device.synchronize();
    return Promise.resolve({ kernelMs: performance.now() - start });
  }

  /** Beside what tfjs counts: bytes and blocks in use on the device, and bytes that its pool holds. */
  override memory(): { unreliable: boolean; deviceBytes: number; deviceBlocks: number; deviceReserved: number } {
    const { bytes, blocks, reserved } = this.device.use;
    return { unreliable: false, deviceBytes: bytes, deviceBlocks: blocks, deviceReserved: reserved };
  }

  override dispose(): void {
    this.device.dispose();
  }
}
