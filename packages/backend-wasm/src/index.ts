export { registerWasmBackend, BACKEND_NAME, type WasmBackendOptions } from "./register.js";
export { wasmInfo } from "./info.js";
export type { WasmInfo } from "./backend.js";
export type { BuildName, Trial } from "./builds.js";
