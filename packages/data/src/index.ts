export { SPECIAL_TOKENS } from "@xlm/core";
export { createLineReader, readLines, type LineReader } from "./line-reader.js";
export { createLineSplitter, type LineChunk, type LineSplitter, type ReadOptions } from "./line-splitter.js";
export { checkParallel, type NamedLines } from "./parallel.js";
export {
  dictionaryFromCounts,
  formatDictionary,
  limitDictionary,
  type Dictionary,
  type LimitOptions,
} from "./dictionary.js";
export { parseDictionary, type ParseDictionaryOptions } from "./parse.js";
export { limitCorpus, type Corpus, type MemoryCorpus, type SameKind, type StoredCorpus } from "./corpus.js";
export {
  corpusFromIds,
  createIndexer,
  indexText,
  type IndexedLines,
  type IndexedText,
  type Indexer,
  type IndexerOptions,
} from "./indexer.js";
export { dictionaryHash, type CorpusManifest } from "./manifest.js";
export { corpusHash, decodeCorpus, encodeCorpus, type DecodeOptions, type EncodeOptions } from "./stored.js";
export { bytesSource, type ByteSource } from "./source.js";
export { createPageCache, type PageCache, type PageCacheOptions, type ReadStretch } from "./pages.js";
export { openCorpus, type OpenOptions } from "./open.js";
export { joinCorpora } from "./join.js";
export {
  createShardWriter,
  type Shard,
  type ShardedText,
  type ShardWriter,
  type ShardWriterOptions,
} from "./shards.js";
export {
  corpusStatistics,
  createStatistics,
  mergeStatistics,
  type StatisticsCounter,
  type StatisticsOptions,
  type TextStatistics,
} from "./statistics.js";
export {
  formatStatistics,
  lengthHistogram,
  lengthQuantile,
  statisticsRows,
  type FormatStatisticsOptions,
  type LengthBin,
} from "./format-statistics.js";
export type { Numbers, Slices } from "./slices.js";
export { createStream, type Stream, type StreamOptions } from "./stream.js";
export { keepSentences, selectSentences, sentenceLengths, type KeepOptions, type Sides } from "./sentences.js";
export { drawBatches, planBatches, type DrawOptions, type PlanOptions } from "./plan.js";
export { frameSentences, idsToText, sentenceBatch, type BatchOptions } from "./batch.js";
export { roundBatch, truncateBatch, type RoundedBatch, type RoundOptions } from "./resize.js";
