export {
  XlmError,
  ShapeError,
  OptionError,
  DataError,
  FormatError,
  MismatchError,
  DivergenceError,
  UnsupportedError,
  MemoryError,
  type ErrorParts,
  type ErrorPlace,
} from "./errors.js";
export {
  langId,
  type LangId,
  type TokenBatch,
  type PredictionBatch,
  type TranslationBatch,
  type Vocab,
  type TensorArrays,
  type TensorData,
  type TensorDtype,
} from "./types.js";
export { fillPhilox, philoxInto } from "./philox.js";
export { createRng, rngFromState, type Rng, type RngState } from "./rng.js";
export {
  cumulative,
  drawInt,
  drawMultinomial,
  drawPermutation,
  fillNormal,
  fillUniform,
  pickCumulative,
  type MultinomialOptions,
} from "./draws.js";
export { createSha256, sha256Hex, type Sha256 } from "./hash.js";
export { isSpace, SPECIAL_TOKENS } from "./text.js";
export { breathe } from "./breathe.js";
export { checkBatch, checkInt, checkProb, checkShares, checkSize, sizeOf } from "./shapes.js";
export {
  decodeSafetensors,
  decodeSafetensorsHeader,
  encodeSafetensors,
  headerLength,
  tensorAt,
  type SafetensorsHeader,
  type StoredDtype,
  type TensorEntry,
  type TensorFile,
} from "./safetensors.js";
