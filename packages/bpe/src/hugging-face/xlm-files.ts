import { FormatError, isSpace } from "@xlm/core";
import { type BpeCodes, type Merge, checkMerges } from "../codes.js";
import { excerpt, fields, lines } from "../lines.js";
import type { SubwordVocab } from "../tokenizer/vocab.js";
import { checkUtf8, toHuggingFaceTokens } from "./tokens.js";
import { formatIds, parseJson, readVocab } from "./vocab.js";

/** Codes, and the ids of the subwords that they make. */
export interface CodesAndVocab {
  readonly codes: BpeCodes;
  readonly vocab: SubwordVocab;
}

/** The two files of Hugging Face's `XLMTokenizer` under their names. */
export interface XlmTokenizerFiles {
  readonly "vocab.json": string;
  readonly "merges.txt": string;
}

/**
 * Writes what Hugging Face's `XLMTokenizer.from_pretrained` reads. With `bypass_tokenizer=True`, or given the same words, it
 * makes the same ids as codes without a vocabulary (`createBpe(codes)`) do here. All tokens keep their ids, those of white
 * space alone too; merges of symbols that hold white space are left out, as it would misread them, and no word of its has any.
 * Merges are written without their counts, so that Hugging Face's `tokenizers` can read them as well.
 * @throws DataError for subwords or symbols that are not UTF-8, or that both forms cannot tell apart.
 */
export function formatXlmTokenizer(codes: BpeCodes, vocab: Pick<SubwordVocab, "tokens">): XlmTokenizerFiles {
  checkMerges(codes.merges, () => ({}));
  const written = codes.merges.map(({ left, right }) => `${left} ${right}`).filter((merge) => !holdsSpace(merge));
  written.forEach(checkUtf8);
  return {
    "vocab.json": `${formatIds(toHuggingFaceTokens(codes, vocab.tokens), "")}\n`,
    "merges.txt": written.map((merge) => `${merge}\n`).join(""),
  };
}

/** Whether there is white space besides the one space between two symbols. */
const holdsSpace = (merge: string): boolean => {
  for (let i = 0, spaces = 0; i < merge.length; i++) if (isSpace(merge.charCodeAt(i)) && ++spaces > 1) return true;
  return false;
};

/**
 * Reads the files of Hugging Face's `XLMTokenizer`. Merges may have a count behind them, as in the released models, and a
 * first line `#version`; a missing count is 0.
 * @throws FormatError with file, and line for merges: no JSON, ids that leave gaps, a token that fastBPE's form cannot hold,
 *   a merge that is not two symbols, or comes twice; UnsupportedError for a vocabulary without XLM's special tokens.
 */
export function parseXlmTokenizer(files: XlmTokenizerFiles): CodesAndVocab {
  const file = "merges.txt";
  const merges: Merge[] = [];
  let header = 0;
  for (const { text, line } of lines(files[file])) {
    if (line === 1 && text.startsWith("#version")) {
      header = 1;
      continue;
    }
    const [left, right, count = "0", ...more] = fields(text);
    if (left === undefined || right === undefined || more.length > 0 || !/^-?\d+$/.test(count)) {
      throw new FormatError({
        what: `the line is ${excerpt(text)}`,
        why: "a merge is two symbols, and a count perhaps, separated by spaces",
        fix: "use the merges.txt that belongs to vocab.json",
        at: { file, line },
      });
    }
    merges.push({ left, right, count: Number(count) });
  }
  checkMerges(merges, (rank) => ({ file, line: rank + 1 + header }));
  return { codes: { merges }, vocab: readVocab(parseJson(files["vocab.json"], "vocab.json"), "vocab.json") };
}
