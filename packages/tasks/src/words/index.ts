export { alignWords, type Alignment, type AlignOptions } from "./align.js";
export { type WordPair } from "./pairs.js";
export { type WordVectors } from "./rows.js";
export {
  pairSimilarity,
  translationPrecision,
  wordSimilarity,
  type JudgedPair,
  type PairSimilarity,
  type TranslationPrecision,
  type WordSimilarity,
} from "./scores.js";
export { translatedPairs, type TranslatedPairsOptions } from "./translated-pairs.js";
export { translateWords, type TranslateWordsOptions, type WordNeighbours } from "./translate.js";
export { wordVectors, type WordVectorsOptions } from "./word-vectors.js";
