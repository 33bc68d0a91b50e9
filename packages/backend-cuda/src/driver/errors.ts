import { XlmError, type ErrorParts } from "@xlm/core";

/** What the driver, NVRTC or cuBLASLt reported. Code `XLM_CUDA`. */
export class CudaError extends XlmError {
  /**
   * @param status the number that the library returned.
   * @param statusName its name there, `CUDA_ERROR_ILLEGAL_ADDRESS` for instance.
   */
  constructor(
    parts: ErrorParts,
    readonly status: number,
    readonly statusName: string,
  ) {
    super("XLM_CUDA", parts);
  }
}

/** Results of driver calls that are looked at by number. */
export enum CudaStatus {
  Success = 0,
  OutOfMemory = 2,
  NoDevice = 100,
  NotReady = 600,
}

/** After one of these the context is lost: every later call returns it again. */
const STICKY = new Set([700, 702, 710, 714, 715, 716, 717, 718, 719, 721]);

export const isSticky = (status: number): boolean => STICKY.has(status);
