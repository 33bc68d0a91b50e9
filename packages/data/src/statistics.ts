import { checkInt, OptionError } from "@xlm/core";
import type { Corpus } from "./corpus.js";
import { compareCodePoints, type Dictionary } from "./dictionary.js";
import { blocks } from "./slices.js";

/** What a text is like, in numbers that add up over its parts; JSON as it is. */
export interface TextStatistics {
  /** Language, or whatever name a table shall show. */
  readonly lang: string;
  readonly sentences: number;
  /** Sentences without a token. */
  readonly empty: number;
  /** Words before they were split: tokens that do not end in `@@`. */
  readonly words: number;
  /** Subwords (words, when the text is not split into them), end marks not counted. */
  readonly tokens: number;
  /** Tokens of the longest sentence. */
  readonly longest: number;
  /** Tokens without an id. */
  readonly unknown: number;
  /** Tokens without an id with their occurrences, most frequent first, ties in code-point order. */
  readonly unkWords: readonly (readonly [word: string, count: number])[];
  /** Occurrences among `unknown` of tokens that are not listed. */
  readonly unlisted: number;
  /** Sentences by number of tokens: entry `n` up to 256, then an entry for 257 to 512, 513 to 1024, ...; without zeros at the end. */
  readonly lengths: readonly number[];
}

export interface StatisticsOptions {
  /** Most words without an id that are listed; those that come later are counted together. @default 10,000 */
  maxUnkWords?: number;
}

/** Counts what passes by. */
export interface StatisticsCounter {
  /**
   * @param length tokens of a sentence.
   * @param words that they were split from. @default length
   */
  addSentence(length: number, words?: number): void;
  /** A token of some sentence that has no id; undefined when nobody knows it any more. */
  addUnknown(word: string | undefined, times?: number): void;
  /** So far. */
  result(): TextStatistics;
}

const EXACT = 256; // lengths with an entry each

const binOf = (length: number): number => (length <= EXACT ? length : EXACT + Math.ceil(Math.log2(length / EXACT)));

/** Most words of a sentence that an entry of `lengths` counts; the one before it ends below. */
export const lengthOfBin = (bin: number): number => (bin <= EXACT ? bin : EXACT * 2 ** (bin - EXACT));

/** Starts to count a text. */
export function createStatistics(lang: string, options: StatisticsOptions = {}): StatisticsCounter {
  const { maxUnkWords = 10_000 } = options;
  checkInt("maxUnkWords", maxUnkWords, 0);
  const words = new Map<string, number>();
  const lengths: number[] = [];
  let [sentences, nWords, tokens, longest, unknown, unlisted] = [0, 0, 0, 0, 0, 0];
  return {
    addSentence: (length, own = length) => {
      sentences++;
      nWords += own;
      tokens += length;
      longest = Math.max(longest, length);
      const bin = binOf(length);
      while (lengths.length <= bin) lengths.push(0);
      lengths[bin] = (lengths[bin] as number) + 1;
    },
    addUnknown: (word, times = 1) => {
      unknown += times;
      const count = word === undefined ? undefined : words.get(word);
      if (word !== undefined && (count !== undefined || words.size < maxUnkWords))
        words.set(word, (count ?? 0) + times);
      else unlisted += times;
    },
    result: () => ({
      ...{ lang, sentences, empty: lengths[0] ?? 0, words: nWords, tokens, longest, unknown },
      ...{ unkWords: byCount(words), unlisted, lengths: [...lengths] },
    }),
  };
}

const byCount = (words: ReadonlyMap<string, number>): [string, number][] =>
  [...words].sort((a, b) => b[1] - a[1] || compareCodePoints(a[0], b[0]));

/**
 * Parts of a text as one: what counting all of it would give, as long as no list of words is full.
 * @param lang name of the whole.
 * @throws OptionError (`XLM_OPTION`) when there is no part.
 */
export function mergeStatistics(
  lang: string,
  parts: readonly TextStatistics[],
  options: StatisticsOptions = {},
): TextStatistics {
  const { maxUnkWords = 10_000 } = options;
  checkInt("maxUnkWords", maxUnkWords, 0);
  if (parts.length === 0) {
    throw new OptionError({
      what: `there is no part of ${JSON.stringify(lang)}`,
      why: "the statistics of nothing say nothing",
      fix: "give at least one",
    });
  }
  const sum = (pick: (part: TextStatistics) => number): number => parts.reduce((all, part) => all + pick(part), 0);
  const words = new Map<string, number>();
  for (const { unkWords } of parts) {
    for (const [word, count] of unkWords) words.set(word, (words.get(word) ?? 0) + count);
  }
  const unkWords = byCount(words);
  const rest = unkWords.splice(maxUnkWords);
  return {
    lang,
    sentences: sum((part) => part.sentences),
    empty: sum((part) => part.empty),
    words: sum((part) => part.words),
    tokens: sum((part) => part.tokens),
    longest: Math.max(...parts.map((part) => part.longest)),
    unknown: sum((part) => part.unknown),
    unkWords,
    unlisted: sum((part) => part.unlisted) + rest.reduce((all, [, count]) => all + count, 0),
    lengths: Array.from({ length: Math.max(...parts.map((part) => part.lengths.length)) }, (_, bin) =>
      sum((part) => part.lengths[bin] ?? 0),
    ),
  };
}

/** Which ids end a word, `[size]`: 1, or 0 for the parts before its last. */
export const wordEnds = (tokens: readonly string[]): Uint8Array =>
  Uint8Array.from(tokens, (token) => (token.endsWith("@@") ? 0 : 1));

/**
 * The statistics of a corpus, whose unknown words nobody knows any more: they are counted, none of them as a part of another word, and
 * none is listed.
 */
export function corpusStatistics(lang: string, corpus: Corpus, dictionary: Dictionary): TextStatistics {
  const counter = createStatistics(lang);
  for (const [, block] of blocks(corpus.positions)) {
    for (let i = 0; i < block.length; i += 2) counter.addSentence((block[i + 1] as number) - (block[i] as number));
  }
  const ends = wordEnds(dictionary.tokens);
  let unknown = 0;
  let parts = 0; // of words, other than their last
  for (const [, block] of blocks(corpus.ids)) {
    for (const id of block) {
      if (id === dictionary.unkId) unknown++;
      if (ends[id] === 0) parts++;
    }
  }
  counter.addUnknown(undefined, unknown);
  const counted = counter.result();
  return { ...counted, words: counted.tokens - parts };
}
