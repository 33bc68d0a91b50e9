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
export { batchLoss, predictionLoss, predictionLosses, predictionScores } from "./predict.js";
export { pairLoss, pairScores } from "./pairs.js";
export { meanPool } from "./pool.js";
export { lossGradients, type LossGradients } from "./gradients.js";
