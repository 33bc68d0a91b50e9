import { FormatError, MismatchError, checkProb } from "@xlm/core";
import { type Text, textToBinary, toBytes, toText } from "./bytes.js";
import type { BpeCodes } from "./codes.js";
import { type CountOptions, type WordCounts, countAll } from "./count.js";
import { excerpt, fields, lines } from "./lines.js";
import { countSymbols } from "./symbols.js";

/** Where UTF-16 units and bytes disagree about the order: beyond U+FFFF, and bytes that are not UTF-8. */
const surrogate = /[\ud800-\udfff]/;

function sorted(counts: WordCounts): [string, number][] {
  const words = Array.from(counts, ([word, count]) => ({ word, count, odd: surrogate.test(word) }));
  words.sort((a, b) => {
    if (a.count !== b.count) return b.count - a.count;
    const before = a.odd || b.odd ? textToBinary(a.word) < textToBinary(b.word) : a.word < b.word;
    return before ? -1 : 1;
  });
  return words.map(({ word, count }) => [word, count]);
}

/**
 * The vocabulary of a text (fastBPE `getvocab`): its words, most frequent first, ties in the order of their bytes.
 * Call it on coded text for the vocabulary of subwords.
 * @param texts A text, or several that are counted together.
 */
export function countVocab(texts: Text | Iterable<Text>, options: CountOptions = {}): WordCounts {
  const counts = new Map<string, number>();
  for (const piece of countAll(texts, options).vocab()) {
    for (const line of toText(piece).slice(0, -1).split("\n")) {
      const end = line.lastIndexOf(" ");
      counts.set(line.slice(0, end), Number(line.slice(end + 1)));
    }
  }
  return counts;
}

/** The lines `word count` of a vocabulary file, always in the order of `countVocab`. */
export function formatVocab(counts: WordCounts): Uint8Array {
  return toBytes(
    sorted(counts)
      .map(([word, count]) => `${word} ${count}\n`)
      .join(""),
  );
}

/**
 * Reads a vocabulary file: `word count` a line, separated by spaces. The order of the file is kept.
 * @param options.file Name for error messages.
 * @throws FormatError with file and line: an empty file, not two fields, a count that is no number, a word twice.
 */
export function parseVocab(text: Text, { file = "vocabulary" }: { file?: string | undefined } = {}): WordCounts {
  const counts = new Map<string, number>();
  const seenAt = new Map<string, number>();
  for (const { text: content, line } of lines(text)) {
    const [word, count, ...more] = fields(content);
    if (word === undefined || count === undefined || more.length > 0 || !/^[+-]?\d+$/.test(count)) {
      throw new FormatError({
        what: `the line is ${excerpt(content)}`,
        why: "a vocabulary line is a word, a space and a whole number",
        fix: "make the file with formatVocab or fastBPE getvocab",
        at: { file, line },
      });
    }
    if (counts.has(word)) {
      throw new FormatError({
        what: `${excerpt(word)} stands on line ${seenAt.get(word)} already`,
        why: "a word has one count",
        fix: "add the two counts up on one line, or count both texts together",
        at: { file, line },
      });
    }
    counts.set(word, Number(count));
    seenAt.set(word, line);
  }
  if (counts.size === 0) {
    throw new FormatError({
      what: "the file is empty",
      why: "a vocabulary without words would mean no vocabulary at all",
      fix: "count it again from the coded text",
      at: { file },
    });
  }
  return counts;
}

export interface CheckVocabOptions {
  /** The least share of the vocabulary's subwords that the codes must be able to produce. @default 0.99 */
  minShare?: number;
}

/**
 * Checks that a vocabulary of subwords was counted on text coded with these codes: every one of its subwords should be
 * a single character or the result of a merge.
 * @returns The share of the subwords that the codes can produce, in `[0, 1]`.
 * @throws MismatchError if the share is below `minShare`, with examples of what cannot come about; OptionError for
 *   `minShare`.
 */
export function checkVocab(codes: BpeCodes, vocab: WordCounts, { minShare = 0.99 }: CheckVocabOptions = {}): number {
  checkProb("minShare", minShare);
  const results = new Set(codes.merges.map(({ left, right }) => left + right));
  const producible = (symbol: string, character: string): boolean =>
    results.has(symbol) || countSymbols(toBytes(character)) === 1;
  const foreign: string[] = [];
  for (const piece of vocab.keys()) {
    const stem = piece.endsWith("@@") ? piece.slice(0, -2) : undefined;
    const inner = stem !== undefined && stem !== "" && producible(stem, stem);
    if (!inner && !producible(`${piece}</w>`, piece)) foreign.push(piece);
  }
  const share = vocab.size === 0 ? 1 : 1 - foreign.length / vocab.size;
  if (share < minShare) {
    const examples = foreign.slice(0, 3).map(excerpt);
    throw new MismatchError({
      what: `the codes can produce ${vocab.size - foreign.length} of the vocabulary's ${vocab.size} subwords; not ${examples.join(", ")}`,
      why: "a vocabulary counted on text coded with these codes holds nothing else",
      fix: "use the codes the vocabulary was made with, or count the vocabulary again on text coded with these",
    });
  }
  return share;
}
