import * as tf from "@tensorflow/tfjs-core";
import { linear, linearGrad } from "./linear.js";
import { batchMatMul } from "./matmul.js";
import { registerNative, type NativeKernel } from "./registry.js";
import { vocabLoss, vocabLossGrad } from "./vocab-loss.js";

const kernels: Record<string, NativeKernel<never>> = {
  BatchMatMul: batchMatMul,
  XlmLinear: linear,
  XlmLinearGrad: linearGrad,
  XlmVocabLoss: vocabLoss,
  XlmVocabLossGrad: vocabLossGrad,
};

/** Gives a backend every cpu kernel, then the native ones over them. */
export function registerKernels(backendName: string): void {
  if (tf.getKernelsForBackend(backendName).length > 0) return;
  tf.copyRegisteredKernels("cpu", backendName);
  for (const [name, kernel] of Object.entries(kernels)) registerNative(backendName, name, kernel);
}
