import * as tf from "@tensorflow/tfjs-core";
import { batchMatMul } from "./matmul.js";
import { registerNative, type NativeKernel } from "./registry.js";

const kernels: Record<string, NativeKernel<never>> = {
  BatchMatMul: batchMatMul,
};

/** Gives a backend every cpu kernel, then the native ones over them. */
export function registerKernels(backendName: string): void {
  tf.copyRegisteredKernels("cpu", backendName);
  for (const [name, kernel] of Object.entries(kernels)) registerNative(backendName, name, kernel);
}
