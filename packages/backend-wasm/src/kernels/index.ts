import { attention, attentionGrad } from "./attention.js";
import { adam, globalNorm } from "./adam.js";
import { dropout, dropoutGrad } from "./dropout.js";
import { embeddingSum, embeddingSumGrad, gatherRows, gatherRowsGrad } from "./embedding.js";
import { layerNorm, layerNormGrad } from "./layer-norm.js";
import { meanLoss, meanLossGrad } from "./mean-loss.js";
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
  XlmLayerNorm: layerNorm,
  XlmLayerNormGrad: layerNormGrad,
  XlmEmbeddingSum: embeddingSum,
  XlmEmbeddingSumGrad: embeddingSumGrad,
  XlmGatherRows: gatherRows,
  XlmGatherRowsGrad: gatherRowsGrad,
  XlmDropout: dropout,
  XlmDropoutGrad: dropoutGrad,
  XlmMeanLoss: meanLoss,
  XlmMeanLossGrad: meanLossGrad,
  XlmGlobalNorm: globalNorm,
  XlmAdam: adam,
  XlmAttention: attention,
  XlmAttentionGrad: attentionGrad,
};

/** Gives a backend every cpu kernel, then the native ones over them. */
export function registerKernels(backendName: string): void {
  if (tf.getKernelsForBackend(backendName).length > 0) return;
  tf.copyRegisteredKernels("cpu", backendName);
  for (const [name, kernel] of Object.entries(kernels)) registerNative(backendName, name, kernel);
}
