import type { DataType, TensorInfo } from "@tensorflow/tfjs-core";
import { sizeOf } from "@xlm/core";

/** Tensors as kernels see them: an address each. */
export interface TensorStore {
  /** Where a tensor's elements lie, in bytes, moved into the backend's memory if they were not there. */
  address(x: TensorInfo): number;
  /** A new tensor, its elements not set. */
  create(shape: number[], dtype: DataType): TensorInfo;
  disposeIntermediateTensorInfo(x: TensorInfo): void;
  incRef(dataId: TensorInfo["dataId"]): void;
}

/**
 * What a kernel works with: addresses of tensors, room for results and for a while. What it took for a while is given back when it ends,
 * and its results too when it throws.
 */
export abstract class KernelScope {
  private readonly temporary: number[] = [];
  private readonly made: TensorInfo[] = [];

  constructor(private readonly tensors: TensorStore) {}

  /** Room for `bytes` bytes, not cleared. */
  protected abstract allocate(bytes: number): number;
  protected abstract release(at: number): void;

  /** Runs a kernel. */
  scope<T>(kernel: () => T): T {
    const [temporary, made] = [this.temporary.length, this.made.length];
    try {
      return kernel();
    } catch (error) {
      for (const x of this.made.slice(made)) this.tensors.disposeIntermediateTensorInfo(x);
      throw error;
    } finally {
      for (const at of this.temporary.splice(temporary)) this.release(at);
      this.made.length = made;
    }
  }

  address(x: TensorInfo): number {
    return this.tensors.address(x);
  }

  /** A new tensor for the result, its elements not set. */
  make(shape: number[], dtype: DataType = "float32"): TensorInfo {
    return this.keep(this.tensors.create(shape, dtype));
  }

  /** A second tensor over the same elements, for a kernel that returns what it was given or one of its results again. */
  share({ dataId, shape, dtype }: TensorInfo): TensorInfo {
    this.tensors.incRef(dataId);
    return this.keep({ dataId, shape, dtype });
  }

  /** Room for `n` elements of 4 bytes until the kernel ends. Not cleared. */
  temp(n: number): number {
    const at = this.allocate(4 * n);
    this.temporary.push(at);
    return at;
  }

  /** Gives room back before the kernel ends. */
  free(at: number): void {
    this.temporary.splice(this.temporary.lastIndexOf(at), 1);
    this.release(at);
  }

  /** Elements of a tensor. */
  size(x: TensorInfo): number {
    return sizeOf(x.shape);
  }

  /** A new result, to be disposed when the kernel throws. */
  protected keep(x: TensorInfo): TensorInfo {
    this.made.push(x);
    return x;
  }
}
