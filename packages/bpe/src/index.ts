export { countWords, createWordCounter, type TextOptions, type WordCounter, type WordCounts } from "./count.js";
export { learnBpe, type LearnedCodes, type LearnOptions } from "./learn.js";
export { formatCodes, parseCodes, type BpeCodes, type Merge } from "./codes.js";
export { checkVocab, countVocab, formatVocab, parseVocab, type CheckVocabOptions } from "./vocab.js";
export { createBpe, type Bpe, type BpeOptions, type TextStream } from "./apply.js";
export { restoreBpe } from "./restore.js";
export type { Text } from "./bytes.js";
