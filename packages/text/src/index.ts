export { createLineTokenizer, type LineTokenizerOptions } from "./line-tokenizer.js";
export type { MosesRelease } from "./language.js";
export {
  normalizePunctuation,
  replaceUnicodePunctuation,
  type NormalizeOptions,
  type PunctuationOptions,
} from "./punctuation.js";
export { removeNonPrinting } from "./printing.js";
export { createMosesTokenizer, type MosesOptions } from "./tokenize.js";
export { lowercaseAndRemoveAccent } from "./accents.js";
export { nonbreakingPrefixes, parsePrefixes, type Prefixes } from "./prefixes/index.js";
export { normalizeRomanian, removeRomanianDiacritics } from "./romanian.js";
export { intlSegmenter, type Segmenter } from "./segment.js";
export { detokenize, type DetokenizeOptions } from "./detokenize.js";
export { restoreCase, restoreTranslation, type RestoreCaseOptions } from "./recase.js";
