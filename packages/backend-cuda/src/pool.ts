import { MemoryError } from "@xlm/core";
import { PoolAttribute } from "./driver/driver.js";
import { CudaStatus } from "./driver/errors.js";
import type { Gpu } from "./driver/gpu.js";

/** Blocks begin and end at whole vectors. */
const GRAIN = 16;
const MIB = 1 << 20;

const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`;

/**
 * Memory of the card, in the order of the stream: what is given back may be handed out again at once, since whoever gets it is queued
 * behind whoever had it. What the pool has taken it keeps, until an allocation fails.
 */
export class Pool {
  private readonly pool: number;
  private readonly sizes = new Map<number, number>();
  private readonly out = new BigUint64Array(1);
  private used = 0;

  /** @param maxBytes that may be handed out. */
  constructor(
    private readonly gpu: Gpu,
    private readonly maxBytes: number,
  ) {
    this.pool = gpu.defaultPool();
    const always = BigUint64Array.of(2n ** 64n - 1n);
    gpu.check(
      "cuMemPoolSetAttribute",
      gpu.driver.cuMemPoolSetAttribute(this.pool, PoolAttribute.ReleaseThreshold, always),
    );
  }

  /** Bytes and blocks that are handed out, and bytes that the pool holds. */
  get use(): { bytes: number; blocks: number; reserved: number } {
    const { gpu, used: bytes } = this;
    const ask = (out: BigUint64Array): unknown =>
      gpu.driver.cuMemPoolGetAttribute(this.pool, PoolAttribute.Reserved, out);
    const reserved = gpu.isLost ? bytes : gpu.number("cuMemPoolGetAttribute", ask);
    return { bytes, blocks: this.sizes.size, reserved };
  }

  /**
   * Room for `bytes` bytes, not cleared.
   * @throws MemoryError (`XLM_MEMORY`) with sizes, when there is none. Everything that is handed out stays as it is.
   */
  allocate(bytes: number): number {
    const { gpu } = this;
    gpu.alive();
    const size = Math.max(GRAIN, Math.ceil(bytes / GRAIN) * GRAIN);
    if (this.used + size > this.maxBytes) throw this.outOfMemory(bytes);
    let status = gpu.driver.cuMemAllocAsync(this.out, size, gpu.stream) as number;
    if (status === (CudaStatus.OutOfMemory as number)) {
      this.tidy();
      status = gpu.driver.cuMemAllocAsync(this.out, size, gpu.stream) as number;
      if (status === (CudaStatus.OutOfMemory as number)) throw this.outOfMemory(bytes);
    }
    gpu.check("cuMemAllocAsync", status);
    const at = Number(this.out[0]);
    this.sizes.set(at, size);
    this.used += size;
    return at;
  }

  /** Gives room back; kernels that are queued still see it. */
  release(at: number): void {
    const { gpu } = this;
    this.used -= this.sizes.get(at) ?? 0;
    this.sizes.delete(at);
    if (!gpu.isLost) gpu.check("cuMemFreeAsync", gpu.driver.cuMemFreeAsync(at, gpu.stream));
  }

  /** Gives everything back to the driver. */
  dispose(): void {
    for (const at of [...this.sizes.keys()]) this.release(at);
    if (!this.gpu.isLost) this.tidy();
  }

  /** Waits for what was freed and has not been reached by the stream yet, and lets go of what the pool keeps in pieces. */
  private tidy(): void {
    const { gpu } = this;
    gpu.check("cuStreamSynchronize", gpu.driver.cuStreamSynchronize(gpu.stream));
    gpu.check("cuMemPoolTrimTo", gpu.driver.cuMemPoolTrimTo(this.pool, 0));
  }

  private outOfMemory(bytes: number): MemoryError {
    const { name, totalBytes } = this.gpu.facts;
    return new MemoryError({
      what: `${mib(bytes)} do not fit: tensors take ${mib(this.used)}, the pool holds ${mib(this.use.reserved)} of the ${mib(totalBytes)} of ${name}`,
      why: "tensors live in the memory of the GPU, which other programs may share",
      fix: "use a smaller batch or model, dispose tensors that are no longer needed, raise maxBytes if it was set, or look with nvidia-smi at what else is on the card",
    });
  }
}
