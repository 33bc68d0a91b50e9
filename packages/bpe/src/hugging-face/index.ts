export { formatXlmTokenizer, parseXlmTokenizer, type CodesAndVocab, type XlmTokenizerFiles } from "./xlm-files.js";
export {
  formatTokenizerJson,
  parseTokenizerJson,
  type ParseTokenizerJsonOptions,
  type TokenizerJsonOptions,
} from "./tokenizer-json.js";
