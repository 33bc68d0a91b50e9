import { checkChoice } from "./checks.js";
import { splitWords, strip } from "./words.js";

/**
 * How sacreBLEU cuts a line into words: `"13a"` as WMT's mteval-v13a, `"zh"` the same with Chinese characters apart, `"char"` every
 * character, `"none"` at white space alone, for text that is tokenised already.
 */
export type Tokenizer = "13a" | "zh" | "char" | "none";

/**
 * The words of a line.
 * @throws OptionError (`XLM_OPTION`) for a tokenizer that is none of these.
 * @example
 * tokenize("It costs $3.50, right?", "13a"); // ["It", "costs", "$", "3.50", ",", "right", "?"]
 */
export function tokenize(line: string, tokenizer: Tokenizer): string[] {
  checkChoice("tokenizer", tokenizer, ["13a", "zh", "char", "none"]);
  switch (tokenizer) {
    case "13a":
      return splitWords(separatePunctuation(` ${unescapeEntities(line)} `));
    case "zh":
      return splitWords(separatePunctuation(strip(line).replace(CHINESE, " $& ")));
    case "char":
      return splitWords([...line].join(" "));
    case "none":
      return splitWords(line);
  }
}

/** The order counts: `&amp;lt;` becomes `<`. */
const unescapeEntities = (line: string): string =>
  line
    .replaceAll("<skipped>", "")
    .replaceAll("-\n", "")
    .replaceAll("\n", " ")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">");

/** ASCII punctuation but `'` `,` `-` `.` stands alone; `.` and `,` too unless between digits; `-` after a digit. */
const separatePunctuation = (line: string): string =>
  line
    .replace(/[ -&(-+/:-@[-`{-~]/gu, " $& ")
    .replace(/([^0-9])([.,])/gu, "$1 $2 ")
    .replace(/([.,])([^0-9])/gu, " $1 $2")
    .replace(/([0-9])-/gu, "$1 - ");

/**
 * What sacreBLEU takes for Chinese. Two of its ranges are meant to lie beyond U+FFFF and, written with four digits, cover
 * U+2001..2A6D and U+2F81..2FA1 instead: quotation marks, arrows and symbols stand apart, rare ideographs do not.
 */
const CHINESE = new RegExp(
  "[\\u2001-\\u2a6d\\u2e80-\\u2fdf\\u2ff0-\\u303f\\u3100-\\u312f\\u31a0-\\u31bf\\u31c0-\\u31ef\\u3200-\\u4db5" +
    "\\u4e00-\\u9fbb\\uf900-\\ufa2d\\ufa30-\\ufa6a\\ufa70-\\ufad9\\ufe10-\\ufe1f\\ufe30-\\ufe4f\\uff00-\\uffef]",
  "gu",
);
