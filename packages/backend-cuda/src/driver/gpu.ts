import { UnsupportedError } from "@xlm/core";
import { DeviceAttribute, loadDriver, type Driver } from "./driver.js";
import { CudaError, CudaStatus, isSticky } from "./errors.js";
import { stringAt, type CArgument } from "./ffi.js";

/** The oldest card and driver that the kernels are written for. */
const CAPABILITY = 75;
const DRIVER = 12000;
/** `CU_STREAM_NON_BLOCKING`: nobody else's work is waited for. */
const OWN_STREAM = 1;

/** What the driver says of a card. */
export interface GpuFacts {
  readonly name: string;
  /** Compute capability in tenths, 90 for 9.0. */
  readonly capability: number;
  readonly multiprocessors: number;
  readonly totalBytes: number;
  /** Shared memory that a block may ask for. */
  readonly sharedBytes: number;
  /** The CUDA release of the driver, as in 12.8. */
  readonly driver: string;
}

const release = (version: number): string => `${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`;

const noGpu = (what: string): UnsupportedError =>
  new UnsupportedError({
    what: `no NVIDIA GPU: ${what}`,
    why: "the backend computes on one",
    fix: "use another backend, or make the GPU visible (CUDA_VISIBLE_DEVICES, the container's --gpus option)",
  });

/**
 * The driver, a card of it, a context on that and a stream. Every result of a call goes through `check`; after an error that loses the
 * context (an illegal address, for instance) `alive` throws that error again and again.
 */
export class Gpu {
  readonly driver: Driver;
  readonly facts: GpuFacts;
  /** The major release of CUDA that the driver was made for. */
  readonly driverMajor: number;
  private readonly device: number;
  private streamAt = 0;
  private lostWith: CudaError | null = null;

  /**
   * @param file libcuda. @param index which card, as the driver counts.
   * @throws UnsupportedError (`XLM_UNSUPPORTED`) without a card, or with one or a driver that is too old; CudaError (`XLM_CUDA`) otherwise.
   */
  constructor(file: string, index: number) {
    this.driver = loadDriver(file);
    const version = this.start();
    this.driverMajor = Math.floor(version / 1000);
    this.device = this.choose(index);
    const name = this.name();
    const capability = 10 * this.attribute(DeviceAttribute.Major) + this.attribute(DeviceAttribute.Minor);
    if (capability < CAPABILITY) {
      throw new UnsupportedError({
        what: `${name} has compute capability ${capability / 10}`,
        why: "the kernels are written for 7.5 and later (Turing, 2018)",
        fix: "choose another GPU with `device`, or another backend",
      });
    }
    if (this.attribute(DeviceAttribute.MemoryPools) === 0) {
      throw new UnsupportedError({
        what: `the driver gives no memory pools on ${name}`,
        why: "tensors are allocated in the order of the stream",
        fix: "use a current driver and, on a virtual GPU, a profile with memory pools",
      });
    }
    this.facts = {
      name,
      capability,
      multiprocessors: this.attribute(DeviceAttribute.Multiprocessors),
      totalBytes: this.number("cuDeviceTotalMem_v2", (out) => this.driver.cuDeviceTotalMem_v2(out, this.device)),
      sharedBytes: this.attribute(DeviceAttribute.SharedMemoryOptin),
      driver: release(version),
    };
  }

  /** Whether the context is lost. */
  get isLost(): boolean {
    return this.lostWith !== null;
  }

  /** Everything is queued here, in order. */
  get stream(): number {
    return this.streamAt;
  }

  /** Takes a context and makes it current. */
  enter(): void {
    const context = this.number("cuDevicePrimaryCtxRetain", (out) =>
      this.driver.cuDevicePrimaryCtxRetain(out, this.device),
    );
    this.check("cuCtxSetCurrent", this.driver.cuCtxSetCurrent(context));
    this.streamAt = this.number("cuStreamCreate", (out) => this.driver.cuStreamCreate(out, OWN_STREAM));
  }

  /** Gives the context back. Of a lost one nothing can be given back; the next to come gets a new one. */
  leave(): void {
    if (this.lostWith) {
      this.driver.cuDevicePrimaryCtxReset_v2(this.device);
      return;
    }
    this.driver.cuStreamDestroy_v2(this.streamAt);
    this.driver.cuDevicePrimaryCtxRelease_v2(this.device);
  }

  /** The card's memory pool. */
  defaultPool(): number {
    return this.number("cuDeviceGetDefaultMemPool", (out) => this.driver.cuDeviceGetDefaultMemPool(out, this.device));
  }

  /** @throws CudaError when the context is lost. */
  alive(): void {
    if (this.lostWith) throw this.lostWith;
  }

  /** What a call writes at its first argument. */
  number(call: string, make: (out: BigUint64Array) => unknown): number {
    const out = new BigUint64Array(1);
    this.check(call, make(out));
    return Number(out[0]);
  }

  /** @throws CudaError for a call that did not succeed. */
  check(call: string, result: unknown): void {
    const status = result as number;
    if (status === (CudaStatus.Success as number)) return;
    const name = this.text(this.driver.cuGetErrorName, status);
    const sticky = isSticky(status);
    const error = new CudaError(
      {
        what: `${call.replace(/_v2$/, "")} failed with ${name}: ${this.text(this.driver.cuGetErrorString, status)}`,
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
    if (sticky) this.lostWith = error;
    throw error;
  }

  private text(ask: (status: CArgument, out: BigUint64Array) => unknown, status: number): string {
    const out = new BigUint64Array(1);
    return ask(status, out) === 0 && out[0] !== 0n ? stringAt(out) : `status ${status}`;
  }

  private start(): number {
    const status = this.driver.cuInit(0) as number;
    if (status === (CudaStatus.NoDevice as number)) throw noGpu("cuInit reports CUDA_ERROR_NO_DEVICE");
    this.check("cuInit", status);
    const version = this.number("cuDriverGetVersion", (out) => this.driver.cuDriverGetVersion(out));
    if (version < DRIVER) {
      throw new UnsupportedError({
        what: `the driver is of CUDA ${release(version)}`,
        why: `the backend uses functions of CUDA ${release(DRIVER)}`,
        fix: "install NVIDIA's driver 525 or later",
      });
    }
    return version;
  }

  private choose(index: number): number {
    const count = this.number("cuDeviceGetCount", (out) => this.driver.cuDeviceGetCount(out));
    if (count === 0) throw noGpu("the driver counts no GPU");
    if (index >= count) {
      throw new UnsupportedError({
        what: `there is no GPU ${index}`,
        why: `the driver counts ${count}, from 0 (CUDA_VISIBLE_DEVICES hides some, where it is set)`,
        fix: `use a device from 0 to ${count - 1}`,
      });
    }
    return this.number("cuDeviceGet", (out) => this.driver.cuDeviceGet(out, index));
  }

  private attribute(which: DeviceAttribute): number {
    return this.number("cuDeviceGetAttribute", (out) => this.driver.cuDeviceGetAttribute(out, which, this.device));
  }

  private name(): string {
    const bytes = new Uint8Array(256);
    this.check("cuDeviceGetName", this.driver.cuDeviceGetName(bytes, bytes.length, this.device));
    return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
  }
}
