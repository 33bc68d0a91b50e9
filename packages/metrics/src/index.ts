export { perplexity } from "./perplexity.js";
export { accuracy, f1, matthews, type F1Options } from "./classification.js";
export { pearson, spearman } from "./correlation.js";
export { corpusBleu, sentenceBleu, type BleuOptions, type BleuScore, type Smoothing } from "./bleu.js";
export { tokenize, type Tokenizer } from "./tokenizers.js";
export { chrf, type ChrfOptions, type ChrfScore } from "./chrf.js";
export { multiBleu, type MultiBleuFigures, type MultiBleuOptions, type MultiBleuResult } from "./multi-bleu.js";
