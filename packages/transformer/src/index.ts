export { completeConfig, type TransformerConfig, type TransformerOptions } from "./config.js";
export { presets } from "./presets.js";
export { listParameters, parameterCount, type Parameter } from "./parameters.js";
export { initWeights } from "./init.js";
export {
  createTransformer,
  exportWeights,
  joinModels,
  partWeights,
  type Joined,
  type Trainable,
  type Transformer,
  type WeightSource,
} from "./model.js";
export { decode, decodeAt, encode, encodeAt, type EncodedSource, type EncodeOptions } from "./encode.js";
export {
  createEncoderDecoder,
  translationLoss,
  type EncoderDecoder,
  type EncoderDecoderOptions,
  type EncoderDecoderSource,
} from "./encoder-decoder.js";
export { continueText, generate } from "./generation/generate.js";
export { generateBeam, type BeamGeneration } from "./generation/beam.js";
export type { BeamOptions, GenerateOptions, SamplingOptions } from "./generation/options.js";
export type { Generation } from "./generation/text.js";
export type { Hypothesis } from "./generation/hypotheses.js";
export { batchLoss, predictionLoss, predictionLosses, predictionScores } from "./predict.js";
export {
  createHead,
  labelLoss,
  regressionLoss,
  sequenceScores,
  tokenScores,
  type Head,
  type HeadCallOptions,
  type HeadConfig,
  type HeadOptions,
} from "./head.js";
export { extendWeights, matchNames, type Extension } from "./extend.js";
export { pairLoss, pairScores } from "./pairs.js";
export { meanPool } from "./pool.js";
export { lossGradients, type LossGradients } from "./gradients.js";
