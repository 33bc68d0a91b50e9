// Where tests of backend-cuda run: on the host emulator of tools/cuda-emulator, or on a GPU with XLM_CUDA=gpu.
import fs from "node:fs";
import path from "node:path";

const dir = path.resolve("node_modules/.cache/cuda-emulator"); // all tests run at the root

/** The emulator, one file for all three libraries. */
export const emulatorFile = path.join(dir, "libxlm-cuda-emulator.so");

export const onGpu = process.env["XLM_CUDA"] === "gpu";

/** Options of `registerCudaBackend`. @throws Error when the emulator is wanted and not built. */
export function cudaOptions() {
  if (onGpu) return {};
  if (!fs.existsSync(emulatorFile)) throw new Error("the emulator is not built: npm run test:cuda-emulated builds it");
  return {
    libraries: { cuda: emulatorFile, nvrtc: emulatorFile, cublasLt: emulatorFile },
    cacheDir: path.join(dir, "kernels"),
  };
}
