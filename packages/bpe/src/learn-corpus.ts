import { DataError, MismatchError } from "@xlm/core";
import { binaryToText, textToBinary } from "./bytes.js";
import type { WordCounts } from "./count.js";
import { grow } from "./grow.js";
import { excerpt } from "./lines.js";
import { hashMapOrder } from "./hash-order.js";
import { END, createSymbolTable, splitSymbols } from "./symbols.js";

/** How the symbols that merging starts from are numbered, which decides between equally frequent pairs. */
export type SymbolOrder = "bytes" | "fastbpe" | readonly string[];

/** All distinct words as one row of symbols. */
export interface SymbolCorpus {
  /** `[positions]` symbol ids; -1 before, between and after words. */
  symbols: Int32Array;
  /** `[positions]` how often the word around each position occurs. */
  counts: Float64Array;
  /** Binary string of each symbol id. */
  names: string[];
}

interface PackedWords {
  bytes: Uint8Array;
  ends: Int32Array;
  counts: Float64Array;
}

/** @throws DataError for no words, an empty word, a word with a separator, or a count below 1. */
function packWords(words: WordCounts): PackedWords {
  if (words.size === 0) {
    throw new DataError({
      what: "there are no words",
      why: "merges are learned from the pairs inside words",
      fix: 'check that the text is not empty; with lastWord "drop" a text without spaces and newlines has no words',
    });
  }
  let bytes = new Uint8Array(words.size * 16);
  const ends = new Int32Array(words.size);
  const counts = new Float64Array(words.size);
  let at = 0;
  let n = 0;
  for (const [word, count] of words) {
    const binary = textToBinary(word);
    if (binary === "" || /[ \n]/.test(binary) || !Number.isSafeInteger(count) || count < 1) {
      throw new DataError({
        what: `the word ${excerpt(word)} has the count ${count}`,
        why: "words hold no spaces or newlines and at least one character, and counts are whole numbers from 1",
        fix: "make the counts with countWords",
      });
    }
    if (at + binary.length > bytes.length) bytes = grow(bytes, at + binary.length);
    for (let i = 0; i < binary.length; i++) bytes[at++] = binary.charCodeAt(i);
    ends[n] = at;
    counts[n++] = count;
  }
  return { bytes: bytes.subarray(0, at), ends, counts };
}

/**
 * Cuts every word into the symbols that merging starts from.
 * @throws DataError (see `packWords`); MismatchError if `order` lists symbols and the words hold another one.
 */
export function symbolCorpus(words: WordCounts, order: SymbolOrder): SymbolCorpus {
  const { bytes, ends, counts } = packWords(words);
  const n = ends.length;
  const visit = order === "fastbpe" ? hashMapOrder(bytes, ends) : undefined;
  const table = createSymbolTable();
  const listed = typeof order === "string" ? undefined : order;
  if (listed) for (const token of listed) table.intern(textToBinary(token));

  const symbols = new Int32Array(bytes.length + n + 1);
  const weights = new Float64Array(bytes.length + n + 1);
  const cuts = new Int32Array(bytes.length);
  let size = 0;
  symbols[size++] = -1;
  for (let i = 0; i < n; i++) {
    const word = visit ? visit[i]! : i;
    let start = word === 0 ? 0 : ends[word - 1]!;
    const m = splitSymbols(bytes, start, ends[word]!, cuts);
    for (let k = 0; k < m; k++) {
      const last = k === m - 1;
      const id = table.findOrAdd(bytes, start, cuts[k]!, last);
      if (listed && id >= listed.length) throw unlisted(binaryToText(table.names[id]!));
      weights[size] = counts[word]!;
      symbols[size++] = id;
      start = cuts[k]!;
    }
    symbols[size++] = -1;
  }
  const corpus = { symbols: symbols.subarray(0, size), counts: weights.subarray(0, size), names: [...table.names] };
  return order === "bytes" ? renumberByBytes(corpus) : corpus;
}

function renumberByBytes({ symbols, counts, names }: SymbolCorpus): SymbolCorpus {
  const sorted = [...names].sort((a, b) => (a < b ? -1 : 1)); // binary strings: code units are bytes
  const rank = new Map(sorted.map((name, id) => [name, id]));
  const newId = Int32Array.from(names, (name) => rank.get(name)!);
  return { symbols: symbols.map((id) => (id < 0 ? id : newId[id]!)), counts, names: sorted };
}

const unlisted = (symbol: string): MismatchError =>
  new MismatchError({
    what: `the words hold the symbol ${excerpt(symbol)}, which initialTokens does not list`,
    why: `every character needs a place in that order, once inside words and once with ${END} at their end`,
    fix: "pass the list that belongs to this corpus, or leave initialTokens out",
  });
