// The host emulator of CUDA's libraries (tools/cuda-emulator), loaded as the real ones are, and its controls.
import { cudaOptions, emulatorFile } from "@xlm/tools/cuda";
import koffi from "koffi";
import type { CudaBackendOptions } from "../src/index.js";

/** Options by which the backend runs on the emulator. */
export const emulated: CudaBackendOptions = cudaOptions();

const library = koffi.load(emulatorFile);

export type EmulatorKey =
  | ("deviceCount" | "driverVersion" | "initError" | "major" | "minor")
  | ("memory" | "sharedOptin" | "failNext" | "races" | "dry");

const functions = {
  calls: library.func("emuCalls", "uint64_t", ["const char *"]),
  set: library.func("emuSet", "void", ["const char *", "int64_t"]),
  races: library.func("emuRaces", "uint64_t", []),
  leaks: library.func("emuLeaks", "uint64_t", []),
  reset: library.func("emuReset", "void", []),
};

export const emulator = {
  /** How often a function of the libraries was called. */
  calls: (name: string): number => Number(functions.calls(name)),
  /** Sets what the emulated machine is like. */
  set: (key: EmulatorKey, value: number): void => void functions.set(key, value),
  /** Data races in shared memory, found so far. */
  races: (): number => Number(functions.races()),
  /** Allocations of device memory that live. */
  leaks: (): number => Number(functions.leaks()),
  /** Puts everything back. */
  reset: (): void => void functions.reset(),
};
