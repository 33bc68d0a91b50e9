import { DataError } from "@xlm/core";
import { textToBinary } from "./bytes.js";
import { type WordCounter, type WordCounts, tableOf } from "./count.js";
import { DUMP_HEAD } from "./dump.js";
import type { WordTable } from "./engine.js";
import { grow } from "./grow.js";
import { excerpt } from "./lines.js";

/** Words to learn from. */
export interface WordSource {
  /** Number of words. */
  readonly words: number;
  /** See `WordTable.dump`. */
  dump(): Uint8Array;
  /** The table they are in, if it is one. */
  readonly table?: WordTable;
}

/** @throws DataError for no words, an empty word, a word with a separator, or a count below 1. */
export function wordSource(words: WordCounts | WordCounter): WordSource {
  const table = tableOf(words as WordCounter) as WordTable | undefined;
  const size = table ? table.size() : (words as WordCounts).size;
  if (size === 0) {
    throw new DataError({
      what: "there are no words",
      why: "merges are learned from the pairs inside words",
      fix: 'check that the text is not empty; with lastWord "drop" a text without spaces and newlines has no words',
    });
  }
  if (table) return { words: size, table, dump: () => table.dump() };
  const dump = packWords(words as WordCounts);
  return { words: size, dump: () => dump };
}

function packWords(words: WordCounts): Uint8Array {
  let bytes = new Uint8Array(words.size * 24);
  let view = new DataView(bytes.buffer);
  let at = 0;
  for (const [word, count] of words) {
    const binary = textToBinary(word);
    if (binary === "" || /[ \n]/.test(binary) || !Number.isSafeInteger(count) || count < 1) {
      throw new DataError({
        what: `the word ${excerpt(word)} has the count ${count}`,
        why: "words hold no spaces or newlines and at least one character, and counts are whole numbers from 1",
        fix: "make the counts with countWords",
      });
    }
    const end = at + DUMP_HEAD + binary.length;
    if (end > bytes.length) {
      bytes = grow(bytes, end);
      view = new DataView(bytes.buffer);
    }
    view.setUint32(at, binary.length, true);
    view.setFloat64(at + 4, count, true);
    at += DUMP_HEAD;
    for (let i = 0; at < end; i++) bytes[at++] = binary.charCodeAt(i);
  }
  return bytes.subarray(0, at);
}

/**
 * @param weight Characters of all words, each as often as its word occurs.
 * @throws DataError if counts of pairs may be too large to be exact.
 */
export function checkWeight(weight: number): void {
  if (weight <= Number.MAX_SAFE_INTEGER) return;
  throw new DataError({
    what: `the words have ${weight} characters, counted as often as they occur`,
    why: "counts of pairs are exact up to 2^53",
    fix: "divide all counts by the same number",
  });
}
