import { Products, WORKSPACE, type Precision, type Product } from "./driver/cublaslt.js";
import { CudaError, CudaStatus } from "./driver/errors.js";
import { Gpu, type GpuFacts } from "./driver/gpu.js";
import { findDriver, findToolkit, type LibraryFiles } from "./driver/libraries.js";
import { loadCompiler } from "./driver/nvrtc.js";
import { KernelCache } from "./kernel-cache.js";
import { Launcher, type Grid } from "./launcher.js";
import { Pool } from "./pool.js";
import type { Program } from "./program.js";

export interface DeviceOptions {
  /** Which GPU, as the driver counts. */
  index: number;
  libraries: LibraryFiles;
  searchPaths: readonly string[];
  /** Where compiled kernels are kept; null for nowhere. */
  cacheDir: string | null;
  /** Most bytes that tensors may take. */
  maxBytes: number;
}

/** What a device is, and the libraries it is used through. */
export interface DeviceFacts extends GpuFacts {
  /** Release of NVRTC, as in 12.8. */
  readonly compiler: string;
  /** Release of cuBLASLt, as in 120805. */
  readonly cublasLt: number;
}

/** One GPU as the backend uses it: memory, copies, kernels, products, all queued in one order. Nothing waits for the GPU but `read`. */
export class Device {
  readonly facts: DeviceFacts;
  private readonly gpu: Gpu;
  private readonly pool: Pool;
  private readonly launcher: Launcher;
  private readonly products: Products;
  private workspace = 0;

  /**
   * @throws UnsupportedError (`XLM_UNSUPPORTED`) without a GPU, a driver, a library, or with one that is too old;
   * CudaError (`XLM_CUDA`) for anything else that fails.
   */
  constructor({ index, libraries, searchPaths, cacheDir, maxBytes }: DeviceOptions) {
    this.gpu = new Gpu(findDriver(libraries.cuda), index);
    const { driverMajor } = this.gpu;
    const compiler = loadCompiler(findToolkit("nvrtc", driverMajor, searchPaths, libraries.nvrtc));
    const cublasLt = findToolkit("cublasLt", driverMajor, searchPaths, libraries.cublasLt);
    this.gpu.enter();
    this.pool = new Pool(this.gpu, maxBytes);
    this.launcher = new Launcher(this.gpu, new KernelCache(cacheDir, compiler));
    this.products = new Products(cublasLt);
    this.facts = { ...this.gpu.facts, compiler: compiler.version, cublasLt: this.products.version };
  }

  /** Bytes and blocks of memory that are handed out, and bytes that the pool holds. */
  get use(): Pool["use"] {
    return this.pool.use;
  }

  /** Room for `bytes` bytes, not cleared. @throws MemoryError (`XLM_MEMORY`) when there is none. */
  allocate(bytes: number): number {
    return this.pool.allocate(bytes);
  }

  /** Gives room back; kernels that are queued still see it. */
  release(at: number): void {
    this.pool.release(at);
  }

  /** Copies to the device. The array may change as soon as this returns: by then the driver has read pageable memory. */
  write(at: number, values: ArrayBufferView): void {
    if (values.byteLength === 0) return;
    const { gpu } = this;
    gpu.alive();
    gpu.check("cuMemcpyHtoDAsync", gpu.driver.cuMemcpyHtoDAsync_v2(at, values, values.byteLength, gpu.stream));
  }

  /** Copies to the host, and waits for it. */
  read(at: number, values: ArrayBufferView): void {
    if (values.byteLength === 0) return;
    const { gpu } = this;
    gpu.alive();
    gpu.check("cuMemcpyDtoHAsync", gpu.driver.cuMemcpyDtoHAsync_v2(values, at, values.byteLength, gpu.stream));
    this.synchronize();
  }

  copy(from: number, to: number, bytes: number): void {
    if (bytes === 0) return;
    const { gpu } = this;
    gpu.alive();
    gpu.check("cuMemcpyDtoDAsync", gpu.driver.cuMemcpyDtoDAsync_v2(to, from, bytes, gpu.stream));
  }

  /** Sets `n` words of 4 bytes. */
  fill(at: number, n: number, word: number): void {
    if (n === 0) return;
    const { gpu } = this;
    gpu.alive();
    gpu.check("cuMemsetD32Async", gpu.driver.cuMemsetD32Async(at, word >>> 0, n, gpu.stream));
  }

  /** Waits until everything that was queued has run. */
  synchronize(): void {
    const { gpu } = this;
    gpu.alive();
    gpu.check("cuStreamSynchronize", gpu.driver.cuStreamSynchronize(gpu.stream));
  }

  /** Whether everything that was queued has run. */
  isIdle(): boolean {
    const { gpu } = this;
    gpu.alive();
    const status = gpu.driver.cuStreamQuery(gpu.stream) as number;
    if (status === (CudaStatus.NotReady as number)) return false;
    gpu.check("cuStreamQuery", status);
    return true;
  }

  /** Queues a kernel, `shared` bytes of shared memory a block. */
  launch(program: Program, kernel: string, grid: Grid, values: readonly number[], shared = 0): void {
    this.gpu.alive();
    this.launcher.launch(program, kernel, grid, values, shared);
  }

  /** Queues a matrix product. @returns false for one that cuBLASLt does not take. */
  multiply(product: Product, precision: Precision): boolean {
    this.gpu.alive();
    if (this.workspace === 0) this.workspace = this.allocate(WORKSPACE);
    return this.products.multiply(product, precision, this.workspace, this.gpu.stream);
  }

  /** Gives everything back to the driver, as far as the driver still takes it. */
  dispose(): void {
    try {
      if (this.gpu.isLost) return;
      this.products.dispose();
      this.pool.dispose();
      this.launcher.dispose();
    } catch (error) {
      if (!(error instanceof CudaError)) throw error; // a context that is gone took everything with it
    } finally {
      this.gpu.leave();
    }
  }
}
