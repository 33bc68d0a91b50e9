export { readLines, checkParallel, type NamedLines, type ReadOptions } from "./text.js";
export {
  dictionaryFromCounts,
  formatDictionary,
  limitDictionary,
  SPECIAL_TOKENS,
  type Dictionary,
  type LimitOptions,
} from "./dictionary.js";
export { parseDictionary, type ParseDictionaryOptions } from "./parse.js";
export { indexText, limitCorpus, type Corpus, type IndexedText } from "./corpus.js";
export {
  decodeCorpus,
  dictionaryHash,
  encodeCorpus,
  type CorpusManifest,
  type DecodeOptions,
  type EncodeOptions,
} from "./stored.js";
export { createStream, type Stream, type StreamOptions } from "./stream.js";
export { keepSentences, selectSentences, sentenceLengths, type KeepOptions, type Sides } from "./sentences.js";
export { drawBatches, planBatches, type DrawOptions, type PlanOptions } from "./plan.js";
export { frameSentences, idsToText, sentenceBatch, type BatchOptions } from "./batch.js";
export { roundBatch, truncateBatch, type RoundedBatch, type RoundOptions } from "./resize.js";
