import { MAX_DYNAMIC_SHARED } from "./driver/driver.js";
import { nativeBytes } from "./driver/ffi.js";
import type { Gpu } from "./driver/gpu.js";
import type { KernelCache } from "./kernel-cache.js";
import type { KernelSignature, Program } from "./program.js";

/** Shared memory that a block gets without asking. */
const SHARED_BYTES = 48 * 1024;
/** Bytes of arguments that a kernel may have. */
const ARGUMENT_BYTES = 4096;
/** `CU_LAUNCH_PARAM_BUFFER_POINTER` and `CU_LAUNCH_PARAM_BUFFER_SIZE`. */
const [BUFFER_POINTER, BUFFER_SIZE] = [1n, 2n];
/** Where in the list of `extra` the size of the arguments stands, behind the pairs and their end. */
const SIZE_AT = 5;
const WORDS = 2 ** 32;

/** Blocks along x, y and z. */
export type Grid = readonly [x: number, y?: number, z?: number];

interface LoadedKernel {
  handle: number;
  signature: KernelSignature;
  /** Bytes of shared memory that it has been allowed. */
  shared: number;
}

/** Kernels by program and name: compiled and loaded when they are first launched. */
export class Launcher {
  private readonly kernels = new Map<Program, Map<string, LoadedKernel>>();
  private readonly modules: number[] = [];
  /** What cuLaunchKernel reads: packed arguments, and the list that says where they are. */
  private readonly packed: DataView;
  private readonly extra: BigUint64Array;
  private readonly extraAt: number;

  constructor(
    private readonly gpu: Gpu,
    private readonly cache: KernelCache,
  ) {
    const packed = nativeBytes(ARGUMENT_BYTES);
    const extra = nativeBytes(8 * (SIZE_AT + 1));
    this.packed = new DataView(packed.bytes);
    this.extra = new BigUint64Array(extra.bytes);
    this.extraAt = extra.at;
    this.extra.set([BUFFER_POINTER, BigInt(packed.at), BUFFER_SIZE, BigInt(extra.at + 8 * SIZE_AT), 0n, 0n]);
  }

  /**
   * Queues a kernel.
   * @param shared bytes of shared memory of a block.
   */
  launch(program: Program, kernel: string, grid: Grid, values: readonly number[], shared: number): void {
    const { gpu } = this;
    const { handle, signature } = this.kernel(program, kernel, shared);
    this.extra[SIZE_AT] = BigInt(this.pack(signature, values));
    const [x, y = 1, z = 1] = grid;
    gpu.check(
      `launching ${kernel}`,
      gpu.driver.cuLaunchKernel(handle, x, y, z, signature.threads, 1, 1, shared, gpu.stream, 0, this.extraAt),
    );
  }

  dispose(): void {
    if (!this.gpu.isLost) for (const module of this.modules) this.gpu.driver.cuModuleUnload(module);
  }

  private kernel(program: Program, name: string, shared: number): LoadedKernel {
    const { gpu } = this;
    const loaded = (this.kernels.get(program) ?? this.load(program)).get(name);
    if (!loaded) throw new Error(`${program.name} has no kernel ${name}`);
    if (shared > loaded.shared) {
      gpu.check("cuFuncSetAttribute", gpu.driver.cuFuncSetAttribute(loaded.handle, MAX_DYNAMIC_SHARED, shared));
      loaded.shared = shared;
    }
    return loaded;
  }

  private load(program: Program): Map<string, LoadedKernel> {
    const { gpu } = this;
    const { capability } = gpu.facts;
    const out = new BigUint64Array(1);
    let status = gpu.driver.cuModuleLoadData(out, this.cache.codeOf(program, capability));
    // What was kept may be damaged, or made for a driver that is gone.
    if (status !== 0) status = gpu.driver.cuModuleLoadData(out, this.cache.codeOf(program, capability, true));
    gpu.check(`loading the kernels of ${program.name}`, status);
    const module = Number(out[0]);
    this.modules.push(module);
    const kernels = new Map<string, LoadedKernel>();
    for (const signature of program.kernels.values()) {
      const handle = gpu.number("cuModuleGetFunction", (to) =>
        gpu.driver.cuModuleGetFunction(to, module, signature.name),
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
}
