import { bind } from "./ffi.js";

/** The functions of libcuda that are used, as cuda.h declares them. */
const SIGNATURES = {
  cuInit: "int: u32",
  cuDriverGetVersion: "int: ptr",
  cuDeviceGetCount: "int: ptr",
  cuDeviceGet: "int: ptr int",
  cuDeviceGetName: "int: ptr int int",
  cuDeviceGetAttribute: "int: ptr int int",
  cuDeviceTotalMem_v2: "int: ptr int",
  cuDevicePrimaryCtxRetain: "int: ptr int",
  cuDevicePrimaryCtxRelease_v2: "int: int",
  cuDevicePrimaryCtxReset_v2: "int: int",
  cuCtxSetCurrent: "int: u64",
  cuStreamCreate: "int: ptr u32",
  cuStreamDestroy_v2: "int: u64",
  cuStreamSynchronize: "int: u64",
  cuStreamQuery: "int: u64",
  cuDeviceGetDefaultMemPool: "int: ptr int",
  cuMemPoolSetAttribute: "int: u64 int ptr",
  cuMemPoolGetAttribute: "int: u64 int ptr",
  cuMemPoolTrimTo: "int: u64 size",
  cuMemAllocAsync: "int: ptr size u64",
  cuMemFreeAsync: "int: u64 u64",
  cuMemcpyHtoDAsync_v2: "int: u64 ptr size u64",
  cuMemcpyDtoHAsync_v2: "int: ptr u64 size u64",
  cuMemcpyDtoDAsync_v2: "int: u64 u64 size u64",
  cuMemsetD32Async: "int: u64 u32 size u64",
  cuModuleLoadData: "int: ptr ptr",
  cuModuleUnload: "int: u64",
  cuModuleGetFunction: "int: ptr u64 str",
  cuFuncSetAttribute: "int: u64 int int",
  cuLaunchKernel: "int: u64 u32 u32 u32 u32 u32 u32 u32 u64 u64 u64",
  cuGetErrorName: "int: int ptr",
  cuGetErrorString: "int: int ptr",
} as const;

export type Driver = ReturnType<typeof loadDriver>;

/** Opens libcuda. @throws Error when the file or a function is not there. */
export const loadDriver = (file: string) => bind(file, SIGNATURES);

/** Numbers of `CUdevice_attribute`. */
export enum DeviceAttribute {
  Multiprocessors = 16,
  Major = 75,
  Minor = 76,
  SharedMemoryOptin = 97,
  MemoryPools = 115,
}

/** Numbers of `CUmemPool_attribute`. */
export enum PoolAttribute {
  ReleaseThreshold = 4,
  Reserved = 5,
}

/** `CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES` */
export const MAX_DYNAMIC_SHARED = 8;
