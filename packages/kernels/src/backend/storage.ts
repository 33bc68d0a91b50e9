import * as tf from "@tensorflow/tfjs-core";
import { sizeOf } from "@xlm/core";

type Values = tf.backend_util.BackendValues;
/** tfjs's own key of an array; several tensors can share one. */
type DataId = object;

/** One array of a backend: on the JavaScript side, in the backend's memory, or in both. */
export interface StoredArray {
  complexTensorInfos?: { real: tf.TensorInfo; imag: tf.TensorInfo };
  refCount: number;
  /** What tfjs's cpu kernels read. */
  readonly values: Values | null;
  /** The elements for somebody to keep. */
  copied(): Values;
  /** Gives its memory back. */
  release(): void;
}

/**
 * A tfjs backend with memory of its own, over tfjs's cpu kernels: what the engine and those kernels ask for. `E` is how an array is
 * kept.
 */
export abstract class StorageBackend<E extends StoredArray> extends tf.KernelBackend {
  /** Read by tfjs's cpu kernels. */
  readonly data: tf.DataStorage<E>;
  /** Read by tfjs's cpu kernels. */
  readonly blockSize = 48;

  constructor() {
    super();
    this.data = new tf.DataStorage(this, tf.engine());
  }

  /** An array that begins on the JavaScript side. */
  protected abstract arrayFrom(values: Values | null, dtype: tf.DataType, size: number, refCount: number): E;

  /** A new key for an array. */
  protected keep(array: E): DataId {
    const dataId = {};
    this.data.set(dataId, array);
    return dataId;
  }

  override write(values: Values, shape: number[], dtype: tf.DataType): DataId {
    return this.keep(this.arrayFrom(values, dtype, sizeOf(shape), 1));
  }

  override move(dataId: DataId, values: Values, shape: number[], dtype: tf.DataType, refCount: number): void {
    this.data.set(dataId, this.arrayFrom(values, dtype, sizeOf(shape), refCount));
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
    const array = this.data.get(dataId);
    if (!array.complexTensorInfos) return array.copied();
    const { real, imag } = array.complexTensorInfos;
    return tf.backend_util.mergeRealAndImagArrays(
      this.readSync(real.dataId) as Float32Array,
      this.readSync(imag.dataId) as Float32Array,
    );
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
    const array = this.data.get(dataId);
    array.refCount--;
    if (!force && array.refCount > 0) return false;
    if (array.complexTensorInfos) {
      this.disposeData(array.complexTensorInfos.real.dataId, true);
      this.disposeData(array.complexTensorInfos.imag.dataId, true);
    }
    array.release();
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

  override floatPrecision(): 16 | 32 {
    return 32;
  }
}
