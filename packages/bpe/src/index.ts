export {
  countWords,
  createWordCounter,
  type CountOptions,
  type TextOptions,
  type WordCounter,
  type WordCounts,
} from "./count.js";
export { learnBpe, type LearnedCodes, type LearnOptions } from "./learn.js";
export { formatCodes, parseCodes, type BpeCodes, type Merge } from "./codes.js";
export { checkVocab, countVocab, formatVocab, parseVocab, type CheckVocabOptions } from "./vocab.js";
export { createBpe, type Bpe, type BpeOptions, type TextStream } from "./apply.js";
export { restoreBpe } from "./restore.js";
export { applyChunks, countChunks, createBpeTransform, type Chunks, type StreamOptions } from "./streams/streams.js";
export type { InvalidUtf8 } from "./streams/utf8.js";
export type { EngineName } from "./engine.js";
export type { Text } from "./bytes.js";
export { createBpeDropout, type BpeDropout, type BpeDropoutOptions } from "./dropout.js";
export {
  createTokenizer,
  type EncodeOptions,
  type Encoding,
  type Tokenizer,
  type TokenizerParts,
} from "./tokenizer/tokenizer.js";
export type { SubwordVocab } from "./tokenizer/vocab.js";
export {
  formatTokenizerJson,
  formatXlmTokenizer,
  parseTokenizerJson,
  parseXlmTokenizer,
  type CodesAndVocab,
  type ParseTokenizerJsonOptions,
  type TokenizerJsonOptions,
  type XlmTokenizerFiles,
} from "./hugging-face/index.js";
