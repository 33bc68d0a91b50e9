import { checkInt, DataError, SPECIAL_TOKENS, type Vocab } from "@xlm/core";
import { splitWords } from "./words.js";

/** The vocabulary of a model: special tokens first, then words by falling count. Never changes once made. */
export interface Dictionary extends Vocab {
  /** `[size]` words by id. */
  readonly tokens: readonly string[];
  /** `[size]` occurrences by id, 0 for special tokens. */
  readonly counts: Float64Array;
  /** The id of a word, or `unkId`. */
  idOf(word: string): number;
}

/** @param words after the special tokens, each once. */
export function makeDictionary(words: readonly string[], wordCounts: ArrayLike<number>): Dictionary {
  const tokens = [...SPECIAL_TOKENS, ...words];
  const counts = new Float64Array(tokens.length);
  counts.set(wordCounts, SPECIAL_TOKENS.length);
  const ids = new Map(tokens.map((token, id) => [token, id]));
  return {
    size: tokens.length,
    bosId: 0,
    eosId: 1,
    padId: 2,
    unkId: 3,
    maskId: 5,
    tokens,
    counts,
    idOf: (word) => ids.get(word) ?? 3,
  };
}

/**
 * The dictionary of counted words, most frequent first, ties in code-point order (as fastBPE's `getvocab` writes them).
 * What a vocabulary file cannot hold is left out, as it would be on reading one: special tokens, and words that are
 * empty or contain white space.
 * @param counts pairs of word and count, each word once.
 * @throws OptionError (`XLM_OPTION`) when a count is not a whole number of 0 or more.
 */
export function dictionaryFromCounts(counts: Iterable<readonly [word: string, count: number]>): Dictionary {
  const specials = new Set(SPECIAL_TOKENS);
  const entries: (readonly [string, number])[] = [];
  for (const entry of counts) {
    const [word, count] = entry;
    checkInt(`count of ${JSON.stringify(word)}`, count, 0);
    if (!specials.has(word) && splitWords(word)[0] === word) entries.push(entry);
  }
  entries.sort((a, b) => b[1] - a[1] || compareCodePoints(a[0], b[0]));
  return makeDictionary(
    entries.map(([word]) => word),
    entries.map(([, count]) => count),
  );
}

export interface LimitOptions {
  /** Most ids to keep, special tokens included (original: `--max_vocab`). @default all */
  maxVocab?: number;
  /** Least count of a word to keep; special tokens stay (original: `--min_count`). @default 0 */
  minCount?: number;
}

/**
 * Cuts rare words off the end of a dictionary. Text indexed with the full one is brought in line by `limitCorpus`.
 * @throws OptionError (`XLM_OPTION`) for a `maxVocab` below 14, the number of special tokens, or a negative `minCount`.
 * @throws DataError (`XLM_DATA`) when `minCount` would keep a word behind one it drops.
 */
export function limitDictionary(dictionary: Dictionary, options: LimitOptions = {}): Dictionary {
  const { maxVocab = dictionary.size, minCount = 0 } = options;
  checkInt("maxVocab", maxVocab, SPECIAL_TOKENS.length);
  checkInt("minCount", minCount, 0);
  const { counts, tokens } = dictionary;
  const most = Math.min(maxVocab, dictionary.size);
  let size = SPECIAL_TOKENS.length;
  while (size < most && (counts[size] as number) >= minCount) size++;
  for (let id = size; id < most; id++) {
    if ((counts[id] as number) < minCount) continue;
    throw new DataError({
      what: `minCount ${minCount} keeps ${JSON.stringify(tokens[id])} (count ${counts[id]}) and drops ${JSON.stringify(tokens[size])} before it (count ${counts[size]})`,
      why: "ids follow the order of counts, so words can only be cut off the end",
      fix: "sort the vocabulary file by falling count",
    });
  }
  return makeDictionary(tokens.slice(SPECIAL_TOKENS.length, size), counts.subarray(SPECIAL_TOKENS.length, size));
}

/** The vocabulary file of a dictionary: `word count` a line, without the special tokens. `parseDictionary` reads it back. */
export function formatDictionary(dictionary: Dictionary): string {
  let text = "";
  for (let id = SPECIAL_TOKENS.length; id < dictionary.size; id++) {
    text += `${dictionary.tokens[id]} ${dictionary.counts[id]}\n`;
  }
  return text;
}

/** Code-point order, which is also the order of UTF-8 bytes; JavaScript's `<` puts U+E000-U+FFFF behind astral characters. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = rank(a.charCodeAt(i)) - rank(b.charCodeAt(i));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

const rank = (code: number): number => (code < 0xd800 ? code : code < 0xe000 ? code + 0x2000 : code - 0x800);
