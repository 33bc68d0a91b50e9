import { DataError, SPECIAL_TOKENS } from "@xlm/core";
import { makeDictionary, type Dictionary } from "./dictionary.js";
import { decodeUtf8 } from "./utf8.js";
import { splitLines, splitWords } from "./words.js";

export interface ParseDictionaryOptions {
  /** Name for messages. @default "vocabulary" */
  file?: string;
  /** Told of every line left out, counted from 1. @default nothing is told */
  onSkip?: (line: number, reason: string) => void;
}

/**
 * Reads a vocabulary file, `word count` a line, most frequent first (original: `Dictionary.read_vocab`).
 * Lines end at `\n`, `\r\n` or `\r`, fields are separated by Python's white space. Left out are lines without exactly two
 * fields, lines with U+2028, and words seen before (special tokens too); the ids of what remains close up. The order of
 * counts is not checked for the last word. An empty file gives the special tokens alone. A byte order mark is part of the
 * first word, as it is to the original.
 * @param content the file's text, or its bytes.
 * @throws DataError (`XLM_DATA`) with file and line: bytes that are not UTF-8, a count that is not a number, counts that rise.
 */
export function parseDictionary(content: string | Uint8Array, options: ParseDictionaryOptions = {}): Dictionary {
  const { file = "vocabulary", onSkip } = options;
  const seen = new Set(SPECIAL_TOKENS);
  const words: string[] = [];
  const counts: number[] = [];
  const lineOf: number[] = [];
  const lines = splitLines(typeof content === "string" ? content : decodeUtf8(content, file));
  for (const [index, text] of lines.entries()) {
    const line = index + 1;
    const [word = "", digits = "", ...more] = splitWords(text);
    if (text.includes("\u2028")) onSkip?.(line, "it contains U+2028");
    else if (digits === "" || more.length > 0) onSkip?.(line, "it does not have two fields");
    else {
      const count = parseCount(digits, file, line);
      if (seen.has(word)) onSkip?.(line, `${JSON.stringify(word)} is there already`);
      else {
        seen.add(word);
        words.push(word);
        counts.push(count);
        lineOf.push(line);
      }
    }
  }
  for (let i = 1; i < words.length - 1; i++) {
    if ((counts[i] as number) <= (counts[i - 1] as number)) continue;
    throw new DataError({
      what: `${JSON.stringify(words[i])} has count ${counts[i]} after a word of count ${counts[i - 1]}`,
      why: "ids follow falling counts, and limits cut off the end",
      fix: "sort the file by falling count",
      at: { file, line: lineOf[i] as number },
    });
  }
  return makeDictionary(words, counts);
}

/** A decimal number in any script's digits, as Python's `int` reads it. */
function parseCount(digits: string, file: string, line: number): number {
  let count = /^\p{Nd}+$/u.test(digits) ? 0 : NaN;
  if (count === 0) for (const digit of digits) count = count * 10 + digitValue(digit.codePointAt(0) as number);
  // Differs: Python's numbers have no end; beyond 2^53 ours would lose digits, so they are refused.
  if (Number.isSafeInteger(count)) return count;
  throw new DataError({
    what: `the count is ${JSON.stringify(digits)}`,
    why: "a count is a whole number of 0 or more, below 2^53",
    fix: "write one word and its count on each line",
    at: { file, line },
  });
}

/** Decimal digits come in runs that begin with a zero and have ten digits for each script. */
function digitValue(code: number): number {
  if (code <= 0x39) return code - 0x30;
  let first = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first--;
  return (code - first) % 10;
}
