export { type Law, type LawOptions } from "./law.js";
export { maskingLaws } from "./masking-laws.js";
export { type MaskFunction, type MaskingLawOptions } from "./masking.js";
export { resumeLaws, type Resumable, type ResumeLawOptions } from "./resume-laws.js";
export { leakLaws, type Counts, type LeakLawOptions } from "./leak-laws.js";
export { bpeLaws } from "./bpe-laws.js";
export { rngLaws } from "./rng-laws.js";
export {
  arbitraryBatch,
  arbitraryVocab,
  arbitraryVocabAndBatch,
  type BatchOptions,
  type VocabOptions,
} from "./batches.js";
export { arbitraryCorpus, arbitrarySentence, arbitraryWord, type Script, type TextOptions } from "./text.js";
export { checkGradient, type GradientOptions } from "./gradient.js";
export { compareArrays, matchers, type MatcherResult, type Tolerance, type XlmMatchers } from "./matchers.js";
