export {
  createTextCodec,
  learnTextCodec,
  type LearnTextCodecOptions,
  type TextCodec,
  type TextCodecParts,
  type Texts,
  type WordStyle,
} from "./text-codec.js";
export {
  finetuneClassifier,
  finetuneRegressor,
  type FinetuneEpoch,
  type FinetuneHistory,
  type FinetuneOptions,
  type FinetuneStep,
  type FinetuneText,
} from "./classification/finetune.js";
export {
  createTextClassifier,
  createTextRegressor,
  type ClassificationScores,
  type Predictions,
  type RegressionScores,
  type TextClassifier,
  type TextRegressor,
} from "./classification/classifier.js";
export { type Example, type Passage } from "./classification/examples.js";
export { createExampleSource, type ExampleSource, type ExampleSourceOptions } from "./classification/source.js";
export {
  glueTasks,
  parseTask,
  parseTaskTest,
  taskScores,
  type GlueScore,
  type GlueTask,
  type GlueTaskName,
} from "./classification/glue.js";
export { translate, type Direction, type TranslateLinesOptions } from "./translation/translate.js";
export { scoreTranslations, type ScoreTranslationsOptions, type TranslationScores } from "./translation/score.js";
export { translationAttention, type TranslationAttention } from "./translation/attention.js";
export { trainTestOverlap, type Overlap, type SentencePairs } from "./translation/sentence-pairs.js";
export {
  alignWords,
  pairSimilarity,
  translatedPairs,
  translateWords,
  translationPrecision,
  wordSimilarity,
  wordVectors,
  type Alignment,
  type AlignOptions,
  type JudgedPair,
  type PairSimilarity,
  type TranslatedPairsOptions,
  type TranslateWordsOptions,
  type TranslationPrecision,
  type WordNeighbours,
  type WordPair,
  type WordSimilarity,
  type WordVectors,
  type WordVectorsOptions,
} from "./words/index.js";
export { embedSentences, type EmbedOptions } from "./sentences/embed.js";
export { idfWeights } from "./sentences/idf.js";
export { retrieveSentences, scoreRetrieval, type RetrievalScore, type RetrieveOptions } from "./sentences/retrieve.js";
export { type Neighbours } from "./sentences/nearest.js";
export { type Margin, type MarginOptions } from "./sentences/margin.js";
export { mineBitext, type MinedPair, type MineOptions } from "./sentences/mine.js";
export { bitextF1, type BitextF1, type F1 } from "./sentences/bitext-f1.js";
export { pca } from "./projection/pca.js";
export { tsne, type TsneOptions } from "./projection/tsne.js";
