import { adam, globalNorm } from "./adam.js";
import { attention, attentionGrad } from "./attention.js";
import { copyKernels } from "./copy.js";
import { dropout, dropoutGrad } from "./dropout.js";
import { elementwiseKernels } from "./elementwise.js";
import { embeddingSum, embeddingSumGrad, gatherRows, gatherRowsGrad } from "./embedding.js";
import { gatherKernels } from "./gather.js";
import { layerNorm, layerNormGrad } from "./layer-norm.js";
import { linear, linearGrad } from "./linear.js";
import { batchMatMul, fusedMatMul } from "./matmul.js";
import { meanLoss, meanLossGrad } from "./mean-loss.js";
import { reduceKernels } from "./reduce.js";
import type { NativeKernel } from "./registry.js";
import { topLogProbs } from "./top-log-probs.js";
import { vocabLoss, vocabLossGrad } from "./vocab-loss.js";

/** Everything that runs on the device, under tfjs's names and those of `@xlm/kernels`. */
export const kernels: Record<string, NativeKernel<never>> = {
  BatchMatMul: batchMatMul,
  _FusedMatMul: fusedMatMul,
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
  XlmTopLogProbs: topLogProbs,
  XlmAttention: attention,
  XlmAttentionGrad: attentionGrad,
  ...elementwiseKernels,
  ...reduceKernels,
  ...copyKernels,
  ...gatherKernels,
};
