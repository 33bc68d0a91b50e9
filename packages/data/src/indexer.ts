import { DataError, SPECIAL_TOKENS } from "@xlm/core";
import { idArray, MAX_IDS, type MemoryCorpus } from "./corpus.js";
import type { Dictionary } from "./dictionary.js";
import { createTokenTable, dictionaryTable, HASH, hashByte, isWellFormed } from "./token-table.js";
import { LF } from "./utf8.js";
import { spaceBytes, splitWords } from "./words.js";

export interface IndexerOptions {
  /** Told of every word without an id that `indexLine` or `indexBytes` meet; `<unk>` written in the text is one. @default nobody is told */
  onUnknown?: (word: string) => void;
}

/** Turns lines into ids. What a method returns holds until the next call. */
export interface Indexer {
  /** Ids of one line, without an end mark. */
  indexLine(line: string): Uint16Array | Int32Array;
  /** The same straight from UTF-8; what is not UTF-8 reads as U+FFFD. */
  indexBytes(line: Uint8Array): Uint16Array | Int32Array;
  /** Ids of many lines, twice as fast. Each is ended by `\n` but for the last, which may be. */
  indexLines(bytes: Uint8Array): IndexedLines;
}

/** Lines as ids, ready for a shard writer. */
export interface IndexedLines {
  /** `[n]`: the lines one after another, without end marks. `size + k`, beyond the dictionary, is the word `unknown[k]`. */
  readonly ids: Int32Array;
  /** `[lines]`: where each line ends in `ids`. */
  readonly ends: Int32Array;
  readonly unknown: readonly string[];
}

const MAX_UNKNOWN = 2 ** 18; // words without an id that are remembered before all are forgotten

/**
 * Makes an indexer (original: the inner loop of `Dictionary.index_data`). Words are separated by Python's white space; special tokens in
 * the text are dropped, except `<unk>`, which counts as an unknown word. Lines come already split into subwords.
 */
export function createIndexer(dictionary: Dictionary, options: IndexerOptions = {}): Indexer {
  const { size, unkId } = dictionary;
  const { onUnknown } = options;
  const { find } = dictionaryTable(dictionary);
  const encoder = new TextEncoder();
  const lenient = new TextDecoder("utf-8", { ignoreBOM: true });
  let strange = createTokenTable(256); // words without an id
  let unknown: string[] = []; // the same as strings
  let text = new Uint8Array(4096);
  let marked = new Int32Array(1024); // ids, those of unknown words beyond the dictionary
  let ids = new (idArray(size))(1024);
  let ends = new Int32Array(16);
  let nLines = 0;

  /** The marked id of a word that is not in the table, or special there; -1 when it is dropped. */
  const lookAgain = (hash: number, bytes: Uint8Array, from: number, to: number): number => {
    const known = strange.find(hash, bytes, from, to);
    if (known >= 0) return size + known;
    const word = lenient.decode(bytes.subarray(from, to)); // what is not UTF-8 may read like a token
    const id = dictionary.idOf(word);
    if (id !== unkId) return id < SPECIAL_TOKENS.length ? -1 : id;
    strange.add(hash, bytes, from, to);
    return size + unknown.push(word) - 1;
  };

  const endLine = (n: number): void => {
    if (nLines === ends.length) ends = grown(ends, nLines + 1);
    ends[nLines++] = n;
  };
  /** Fills `marked` and `ends`, and returns how many ids there are. Nothing behind `length` is looked at. */
  const scan = (bytes: Uint8Array, length: number): number => {
    nLines = 0;
    if (unknown.length >= MAX_UNKNOWN) {
      strange = createTokenTable(256);
      unknown = [];
    }
    if (marked.length <= length / 2) marked = new Int32Array(length); // a word and the space behind it take two
    const out = marked;
    let n = 0;
    for (let i = 0; i < length;) {
      const from = i;
      let hash = HASH;
      let space = 0;
      for (; i < length; i++) {
        const byte = bytes[i] as number;
        const mayBeSpace = byte <= 0x20 || byte === 0xc2 || (byte >= 0xe1 && byte <= 0xe3);
        if (mayBeSpace && (space = byte === 0x20 ? 1 : spaceBytes(bytes, i)) > 0) break;
        hash = hashByte(hash, byte);
      }
      if (i > from) {
        let id = find(hash, bytes, from, i);
        if (id < SPECIAL_TOKENS.length) id = lookAgain(hash, bytes, from, i);
        if (id >= 0) out[n++] = id;
      }
      if (i < length && bytes[i] === LF) endLine(n);
      i += space;
    }
    if (length > 0 && bytes[length - 1] !== LF) endLine(n);
    return n;
  };

  const ofWords = (line: string): Uint16Array | Int32Array => {
    const found: number[] = [];
    for (const word of splitWords(line)) {
      const id = dictionary.idOf(word);
      if (id === unkId) onUnknown?.(word);
      if (id === unkId || id >= SPECIAL_TOKENS.length) found.push(id);
    }
    return idArray(size).from(found);
  };
  const indexed = (bytes: Uint8Array, length: number): Uint16Array | Int32Array => {
    const n = scan(bytes, length);
    if (ids.length < n) ids = new (idArray(size))(2 * n);
    for (let i = 0; i < n; i++) {
      const id = marked[i] as number;
      ids[i] = id < size ? id : unkId;
      if (id >= size) onUnknown?.(unknown[id - size] as string);
    }
    return ids.subarray(0, n);
  };

  return {
    indexBytes: (line) => indexed(line, line.length),
    indexLine: (line) => {
      if (!isWellFormed(line)) return ofWords(line); // lone surrogates have no UTF-8
      // By its bytes a word is found three times as fast as by a string cut out for it.
      if (text.length < 3 * line.length) text = new Uint8Array(6 * line.length);
      return indexed(text, encoder.encodeInto(line, text).written);
    },
    indexLines: (bytes) => {
      const n = scan(bytes, bytes.length);
      return { ids: marked.subarray(0, n), ends: ends.subarray(0, nLines), unknown };
    },
  };
}

/** A corpus with the words that had no id. */
export interface IndexedText extends MemoryCorpus {
  /** Unknown words with their occurrences; `<unk>` written in the text is one. */
  readonly unkWords: ReadonlyMap<string, number>;
}

/**
 * Turns lines into a corpus in memory (original: `Dictionary.index_data`), as `createIndexer` does each; an empty line is an empty
 * sentence.
 * @param lines one sentence each, already split into subwords.
 * @throws DataError (`XLM_DATA`) beyond 2^31-1 ids.
 */
export function indexText(lines: Iterable<string>, dictionary: Dictionary): IndexedText {
  const unkWords = new Map<string, number>();
  const indexer = createIndexer(dictionary, {
    onUnknown: (word) => unkWords.set(word, (unkWords.get(word) ?? 0) + 1),
  });
  const buffer = createCorpusBuffer(dictionary);
  for (const line of lines) buffer.add(indexer.indexLine(line));
  const { ids, positions } = buffer.corpus();
  return { ids: ids.slice(), positions: positions.slice(), unkWords };
}

/**
 * Sentences that are ids already as a corpus in memory, such as what a model wrote. Ids beyond the dictionary become `unkId`.
 * @param sentences one after the other, without end marks.
 * @throws DataError (`XLM_DATA`) beyond 2^31-1 ids.
 */
export function corpusFromIds(sentences: Iterable<ArrayLike<number>>, dictionary: Dictionary): MemoryCorpus {
  const buffer = createCorpusBuffer(dictionary);
  for (const sentence of sentences) buffer.add(sentence);
  const { ids, positions } = buffer.corpus();
  return { ids: ids.slice(), positions: positions.slice() };
}

/** A corpus that grows. */
export interface CorpusBuffer {
  /** Adds the sentence at `[from, to)`, by default all; ids beyond the dictionary become `unkId`. */
  add(ids: ArrayLike<number>, from?: number, to?: number): void;
  readonly nIds: number;
  readonly nSentences: number;
  /** What was added, as views that later sentences leave alone. */
  corpus(): MemoryCorpus;
}

export function createCorpusBuffer({ size, eosId, unkId }: Dictionary): CorpusBuffer {
  let ids = new (idArray(size))(1024);
  let positions = new Int32Array(256);
  let n = 0;
  let sentences = 0;
  return {
    add: (sentence, from = 0, to = sentence.length) => {
      ids = grown(ids, n + to - from + 1);
      positions = grown(positions, 2 * sentences + 2);
      positions[2 * sentences] = n;
      for (let i = from; i < to; i++) {
        const id = sentence[i] as number;
        ids[n++] = id < size ? id : unkId;
      }
      positions[2 * sentences + 1] = n;
      ids[n++] = eosId;
      sentences++;
    },
    get nIds() {
      return n;
    },
    get nSentences() {
      return sentences;
    },
    corpus: () => ({ ids: ids.subarray(0, n), positions: positions.subarray(0, 2 * sentences) }),
  };
}

/** `array` itself when it has room for `least` elements, else a copy with twice the room. */
function grown<T extends Uint16Array | Int32Array>(array: T, least: number): T {
  if (least <= array.length) return array;
  if (least > MAX_IDS) {
    throw new DataError({
      what: `the text has more than ${MAX_IDS} ids`,
      why: "positions are 32 bits wide",
      fix: "index it in several parts, or with createShardWriter",
    });
  }
  const copy = new (array.constructor as new (length: number) => T)(Math.max(least, 2 * array.length));
  copy.set(array);
  return copy;
}
