import { MemoryError, UnsupportedError } from "@xlm/core";
import { Products, WORKSPACE, type Precision, type Product } from "./driver/cublaslt.js";
import { DeviceAttribute, loadDriver, MAX_DYNAMIC_SHARED, PoolAttribute, type Driver } from "./driver/driver.js";
import { CudaError, CudaStatus, isSticky } from "./driver/errors.js";
import { nativeBytes, stringAt, type CArgument } from "./driver/ffi.js";
import { findDriver, findToolkit, type LibraryFiles } from "./driver/libraries.js";
import { loadCompiler } from "./driver/nvrtc.js";
import { KernelCache } from "./kernel-cache.js";
import type { KernelSignature, Program } from "./program.js";

/** The oldest card and driver that the kernels are written for. */
const CAPABILITY = 75;
const DRIVER = 12000;
/** Shared memory that a block gets without asking. */
const SHARED_BYTES = 48 * 1024;
/** Bytes of arguments that a kernel may have. */
const ARGUMENT_BYTES = 4096;
const MIB = 1 << 20;
const WORDS = 2 ** 32;

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

/** What a device is. */
export interface DeviceFacts {
  readonly name: string;
  /** Compute capability in tenths, 90 for 9.0. */
  readonly capability: number;
  readonly multiprocessors: number;
  readonly totalBytes: number;
  /** Shared memory that a block may ask for. */
  readonly sharedBytes: number;
  /** The CUDA release of the driver, as in 12.8. */
  readonly driver: string;
  readonly compiler: string;
  readonly cublasLt: number;
}

interface LoadedKernel {
  handle: number;
  signature: KernelSignature;
  shared: number;
}

const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`;
const release = (version: number): string => `${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`;

/**
 * One GPU: its memory, a stream on which everything happens in order, kernels by name. Nothing waits for the GPU but `read`.
 * After an error that loses the context (an illegal address, for instance) every call throws that error again; the process,
 * and a backend registered anew, go on.
 */
export class Device {
  readonly facts: DeviceFacts;
  private readonly driver: Driver;
  private readonly cache: KernelCache;
  private readonly products: Products;
  private readonly device: number;
  private readonly stream: number;
  private readonly pool: number;
  private readonly kernels = new Map<Program, Map<string, LoadedKernel>>();
  private readonly modules: number[] = [];
  private readonly sizes = new Map<number, number>();
  private readonly maxBytes: number;
  /** What cuLaunchKernel reads: packed arguments, and the list that says where they are. */
  private readonly packed: DataView;
  private readonly packedAt: number;
  private readonly extra: BigUint64Array;
  private readonly extraAt: number;
  private readonly out = new BigUint64Array(1);
  private lost: CudaError | null = null;
  private used = 0;
  private workspace = 0;

  /**
   * @throws UnsupportedError (`XLM_UNSUPPORTED`) without a GPU, a driver, a library, or with one that is too old;
   * CudaError (`XLM_CUDA`) for anything else that fails.
   */
  constructor({ index, libraries, searchPaths, cacheDir, maxBytes }: DeviceOptions) {
    this.driver = loadDriver(findDriver(libraries.cuda));
    this.maxBytes = maxBytes;
    const version = this.start();
    this.device = this.choose(index);
    const attribute = (which: DeviceAttribute): number => {
      this.check("cuDeviceGetAttribute", this.driver.cuDeviceGetAttribute(this.out, which, this.device));
      return Number(BigInt.asIntN(32, this.out[0] as bigint));
    };
    const capability = 10 * attribute(DeviceAttribute.Major) + attribute(DeviceAttribute.Minor);
    const name = this.name();
    if (capability < CAPABILITY) {
      throw new UnsupportedError({
        what: `${name} has compute capability ${capability / 10}`,
        why: "the kernels are written for 7.5 and later (Turing, 2018)",
        fix: "choose another GPU with `device`, or another backend",
      });
    }
    if (attribute(DeviceAttribute.MemoryPools) === 0) {
      throw new UnsupportedError({
        what: `the driver gives no memory pools on ${name}`,
        why: "tensors are allocated in the order of the stream",
        fix: "use a driver and, on a virtual GPU, a profile with unified memory support",
      });
    }
    const major = Math.floor(version / 1000);
    const compiler = loadCompiler(findToolkit("nvrtc", major, searchPaths, libraries.nvrtc));
    const cublasLt = findToolkit("cublasLt", major, searchPaths, libraries.cublasLt);
    this.cache = new KernelCache(cacheDir, compiler);
    this.check("cuDevicePrimaryCtxRetain", this.driver.cuDevicePrimaryCtxRetain(this.out, this.device));
    this.check("cuCtxSetCurrent", this.driver.cuCtxSetCurrent(this.out[0] as bigint));
    this.stream = this.handle("cuStreamCreate", (out) => this.driver.cuStreamCreate(out, 1));
    this.pool = this.handle("cuDeviceGetDefaultMemPool", (out) =>
      this.driver.cuDeviceGetDefaultMemPool(out, this.device),
    );
    // Memory once taken stays with the pool until it is asked to give it back.
    const always = BigUint64Array.of(2n ** 64n - 1n);
    this.check(
      "cuMemPoolSetAttribute",
      this.driver.cuMemPoolSetAttribute(this.pool, PoolAttribute.ReleaseThreshold, always),
    );
    this.products = new Products(cublasLt);
    this.facts = {
      name,
      capability,
      multiprocessors: attribute(DeviceAttribute.Multiprocessors),
      totalBytes: this.handle("cuDeviceTotalMem_v2", (out) => this.driver.cuDeviceTotalMem_v2(out, this.device)),
      sharedBytes: attribute(DeviceAttribute.SharedMemoryOptin),
      driver: release(version),
      compiler: compiler.version,
      cublasLt: this.products.version,
    };
    const packed = nativeBytes(ARGUMENT_BYTES);
    const extra = nativeBytes(48);
    this.packed = new DataView(packed.bytes);
    this.packedAt = packed.at;
    this.extra = new BigUint64Array(extra.bytes);
    this.extraAt = extra.at;
    // CU_LAUNCH_PARAM_BUFFER_POINTER, CU_LAUNCH_PARAM_BUFFER_SIZE, CU_LAUNCH_PARAM_END; the last word is the size.
    this.extra.set([1n, BigInt(this.packedAt), 2n, BigInt(this.extraAt + 40), 0n, 0n]);
  }

  /** Bytes and blocks that are handed out, and bytes that the pool holds. */
  get use(): { bytes: number; blocks: number; reserved: number } {
    let reserved = this.used;
    if (!this.lost) {
      this.check(
        "cuMemPoolGetAttribute",
        this.driver.cuMemPoolGetAttribute(this.pool, PoolAttribute.Reserved, this.out),
      );
      reserved = Number(this.out[0]);
    }
    return { bytes: this.used, blocks: this.sizes.size, reserved };
  }

  /**
   * Room for `bytes` bytes, not cleared.
   * @throws MemoryError (`XLM_MEMORY`) with sizes, when there is none. Everything that is allocated stays as it is.
   */
  allocate(bytes: number): number {
    this.alive();
    const size = Math.max(16, Math.ceil(bytes / 16) * 16);
    let status: number = CudaStatus.OutOfMemory;
    for (let attempt = 0; attempt < 2 && this.used + size <= this.maxBytes; attempt++) {
      status = this.driver.cuMemAllocAsync(this.out, size, this.stream) as number;
      if (status !== (CudaStatus.OutOfMemory as number)) break;
      // What was freed may not have been reached by the stream yet, or lie in pieces.
      this.synchronize();
      this.check("cuMemPoolTrimTo", this.driver.cuMemPoolTrimTo(this.pool, 0));
    }
    if (status === (CudaStatus.OutOfMemory as number)) throw this.outOfMemory(bytes);
    this.check("cuMemAllocAsync", status);
    const at = Number(this.out[0]);
    this.sizes.set(at, size);
    this.used += size;
    return at;
  }

  /** Gives room back; kernels that are queued still see it. */
  release(at: number): void {
    this.used -= this.sizes.get(at) ?? 0;
    this.sizes.delete(at);
    if (!this.lost) this.check("cuMemFreeAsync", this.driver.cuMemFreeAsync(at, this.stream));
  }

  /** Copies to the device. The array may change as soon as this returns. */
  write(at: number, values: ArrayBufferView): void {
    if (values.byteLength === 0) return;
    this.alive();
    // The driver has read pageable memory when the call returns.
    this.check("cuMemcpyHtoDAsync", this.driver.cuMemcpyHtoDAsync_v2(at, values, values.byteLength, this.stream));
  }

  /** Copies to the host, and waits for it. */
  read(at: number, values: ArrayBufferView): void {
    if (values.byteLength === 0) return;
    this.alive();
    this.check("cuMemcpyDtoHAsync", this.driver.cuMemcpyDtoHAsync_v2(values, at, values.byteLength, this.stream));
    this.synchronize();
  }

  copy(from: number, to: number, bytes: number): void {
    if (bytes === 0) return;
    this.alive();
    this.check("cuMemcpyDtoDAsync", this.driver.cuMemcpyDtoDAsync_v2(to, from, bytes, this.stream));
  }

  /** Sets `n` words of 4 bytes. */
  fill(at: number, n: number, word: number): void {
    if (n === 0) return;
    this.alive();
    this.check("cuMemsetD32Async", this.driver.cuMemsetD32Async(at, word >>> 0, n, this.stream));
  }

  /** Waits until everything that was queued has run. */
  synchronize(): void {
    this.alive();
    this.check("cuStreamSynchronize", this.driver.cuStreamSynchronize(this.stream));
  }

  /** Whether everything that was queued has run. */
  isIdle(): boolean {
    this.alive();
    const status = this.driver.cuStreamQuery(this.stream) as number;
    if (status === (CudaStatus.NotReady as number)) return false;
    this.check("cuStreamQuery", status);
    return true;
  }

  /**
   * Queues a kernel.
   * @param grid blocks along x, y and z.
   * @param shared bytes of shared memory of a block.
   */
  launch(
    program: Program,
    kernel: string,
    grid: readonly [number, number?, number?],
    values: readonly number[],
    shared = 0,
  ): void {
    this.alive();
    const { handle, signature } = this.kernel(program, kernel, shared);
    this.extra[5] = BigInt(this.pack(signature, values));
    const [x, y = 1, z = 1] = grid;
    this.check(
      `launching ${kernel}`,
      this.driver.cuLaunchKernel(handle, x, y, z, signature.threads, 1, 1, shared, this.stream, 0, this.extraAt),
    );
  }

  /** Queues a matrix product. @returns false for one that cuBLASLt does not take. */
  multiply(product: Product, precision: Precision): boolean {
    this.alive();
    if (this.workspace === 0) this.workspace = this.allocate(WORKSPACE);
    return this.products.multiply(product, precision, this.workspace, this.stream);
  }

  /** Gives everything back to the driver. */
  dispose(): void {
    if (this.lost) {
      // Nothing of a lost context can be given back; the next one to come gets a new one.
      this.driver.cuDevicePrimaryCtxReset_v2(this.device);
      return;
    }
    this.products.dispose();
    this.driver.cuStreamSynchronize(this.stream);
    for (const at of this.sizes.keys()) this.driver.cuMemFreeAsync(at, this.stream);
    for (const module of this.modules) this.driver.cuModuleUnload(module);
    this.driver.cuStreamSynchronize(this.stream);
    this.driver.cuMemPoolTrimTo(this.pool, 0);
    this.driver.cuStreamDestroy_v2(this.stream);
    this.driver.cuDevicePrimaryCtxRelease_v2(this.device);
  }

  private start(): number {
    const status = this.driver.cuInit(0) as number;
    if (status === (CudaStatus.NoDevice as number)) throw noGpu("cuInit reports CUDA_ERROR_NO_DEVICE");
    this.check("cuInit", status);
    const version = new Int32Array(1);
    this.check("cuDriverGetVersion", this.driver.cuDriverGetVersion(version));
    if ((version[0] as number) < DRIVER) {
      throw new UnsupportedError({
        what: `the driver is of CUDA ${release(version[0] as number)}`,
        why: `the backend uses functions of CUDA ${release(DRIVER)}`,
        fix: "install NVIDIA's driver 525 or later",
      });
    }
    return version[0] as number;
  }

  private choose(index: number): number {
    const count = new Int32Array(1);
    this.check("cuDeviceGetCount", this.driver.cuDeviceGetCount(count));
    if (count[0] === 0) throw noGpu("the driver counts no GPU");
    if (index >= (count[0] as number)) {
      throw new UnsupportedError({
        what: `there is no GPU ${index}`,
        why: `the driver counts ${count[0]}, from 0 (CUDA_VISIBLE_DEVICES hides some, where it is set)`,
        fix: `use a device from 0 to ${(count[0] as number) - 1}`,
      });
    }
    const device = new Int32Array(1);
    this.check("cuDeviceGet", this.driver.cuDeviceGet(device, index));
    return device[0] as number;
  }

  private name(): string {
    const bytes = new Uint8Array(256);
    this.check("cuDeviceGetName", this.driver.cuDeviceGetName(bytes, bytes.length, this.device));
    return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
  }

  private handle(call: string, make: (out: BigUint64Array) => unknown): number {
    this.check(call, make(this.out));
    return Number(this.out[0]);
  }

  private kernel(program: Program, name: string, shared: number): LoadedKernel {
    const loaded = (this.kernels.get(program) ?? this.load(program)).get(name);
    if (!loaded) throw new Error(`${program.name} has no kernel ${name}`);
    if (shared > loaded.shared) {
      this.check("cuFuncSetAttribute", this.driver.cuFuncSetAttribute(loaded.handle, MAX_DYNAMIC_SHARED, shared));
      loaded.shared = shared;
    }
    return loaded;
  }

  private load(program: Program): Map<string, LoadedKernel> {
    const { capability } = this.facts;
    let status = this.driver.cuModuleLoadData(this.out, this.cache.codeOf(program, capability)) as number;
    // What was kept may be damaged, or made for a driver that is gone.
    if (status !== 0) {
      status = this.driver.cuModuleLoadData(this.out, this.cache.codeOf(program, capability, true)) as number;
    }
    this.check(`loading the kernels of ${program.name}`, status);
    const module = Number(this.out[0]);
    this.modules.push(module);
    const kernels = new Map<string, LoadedKernel>();
    for (const signature of program.kernels.values()) {
      const handle = this.handle("cuModuleGetFunction", (out) =>
        this.driver.cuModuleGetFunction(out, module, signature.name),
      );
      kernels.set(signature.name, { handle, signature, shared: SHARED_BYTES });
    }
    this.kernels.set(program, kernels);
    return kernels;
  }

  /** Writes the arguments, each at a multiple of its size. @returns their length. */
  private pack({ name, parameters }: KernelSignature, values: readonly number[]): number {
    if (values.length !== parameters.length) {
      throw new Error(`${name} takes ${parameters.length} arguments and was given ${values.length}`);
    }
    const { packed } = this;
    let at = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      const type = parameters[i];
      if (type === "pointer" || type === "long") {
        at = (at + 7) & ~7;
        packed.setUint32(at, value % WORDS, true);
        packed.setInt32(at + 4, Math.floor(value / WORDS), true);
        at += 8;
      } else {
        if (type === "float") packed.setFloat32(at, value, true);
        else packed.setInt32(at, value, true);
        at += 4;
      }
    }
    return at;
  }

  private alive(): void {
    if (this.lost) throw this.lost;
  }

  private outOfMemory(bytes: number): MemoryError {
    const { reserved } = this.use;
    return new MemoryError({
      what: `${mib(bytes)} do not fit: tensors take ${mib(this.used)}, the pool holds ${mib(reserved)} of the ${mib(this.facts.totalBytes)} of ${this.facts.name}`,
      why: "tensors live in the memory of the GPU, which other programs may share",
      fix: "use a smaller batch or model, dispose tensors that are no longer needed, raise maxBytes if it was set, or look with nvidia-smi at what else is on the card",
    });
  }

  /** @throws CudaError for a call that did not succeed. */
  private check(call: string, result: unknown): void {
    const status = result as number;
    if (status === (CudaStatus.Success as number)) return;
    const text = (ask: (status: CArgument, out: BigUint64Array) => unknown): string => {
      const out = new BigUint64Array(1);
      return ask(status, out) === 0 && out[0] !== 0n ? stringAt(out) : `status ${status}`;
    };
    const name = text(this.driver.cuGetErrorName);
    const sticky = isSticky(status);
    const error = new CudaError(
      {
        what: `${call.replace(/_v2$/, "")} failed with ${name}: ${text(this.driver.cuGetErrorString)}`,
        why: sticky
          ? "something that was queued before went wrong, and with it the context and all tensors on the GPU are lost"
          : "the driver refused it",
        fix: sticky
          ? "call registerCudaBackend again and load the model anew; compute-sanitizer finds the kernel"
          : "look up the name in NVIDIA's driver documentation",
      },
      status,
      name,
    );
    if (sticky) this.lost = error;
    throw error;
  }
}

const noGpu = (what: string): UnsupportedError =>
  new UnsupportedError({
    what: `no NVIDIA GPU: ${what}`,
    why: "the backend computes on one",
    fix: "use another backend, or make the GPU visible (CUDA_VISIBLE_DEVICES, the container's --gpus option)",
  });
