export { registerCudaBackend, BACKEND_NAME, type CudaBackendOptions } from "./register.js";
export { cudaInfo } from "./info.js";
export type { CudaInfo } from "./backend.js";
export type { Precision } from "./driver/cublaslt.js";
export type { LibraryFiles } from "./driver/libraries.js";
export { CudaError } from "./driver/errors.js";
