import { DataError, FormatError, MismatchError, type Vocab } from "@xlm/core";
import { SPECIAL_TOKENS, type Dictionary } from "./dictionary.js";
import { splitWords } from "./words.js";

/** Sentences as token ids. */
export interface Corpus {
  /** `[n]`: the sentences one after another, one `eosId` after each. 16 bits wide when the vocabulary has fewer than 65,536 ids. */
  readonly ids: Uint16Array | Int32Array;
  /** `[sentences, 2]`, row-major: where each sentence starts in `ids`, and where its `eosId` stands. */
  readonly positions: Int32Array;
}

/** A corpus with the words that had no id. */
export interface IndexedText extends Corpus {
  /** Unknown words with their occurrences; `<unk>` written in the text is one. */
  readonly unkWords: ReadonlyMap<string, number>;
}

const MAX_IDS = 0x7fffffff; // positions are 32 bits wide

/** The narrowest array for the ids of a vocabulary. */
export const idArray = (size: number): typeof Uint16Array | typeof Int32Array =>
  size < 65536 ? Uint16Array : Int32Array;

export const countSentences = (corpus: Corpus): number => corpus.positions.length / 2;

/**
 * Turns lines into ids (original: `Dictionary.index_data`). Words are separated by Python's white space; an empty line is
 * an empty sentence; special tokens in the text are dropped, except `<unk>`, which counts as an unknown word.
 * @param lines one sentence each, already split into subwords.
 * @throws DataError (`XLM_DATA`) beyond 2^31-1 ids.
 */
export function indexText(lines: Iterable<string>, dictionary: Dictionary): IndexedText {
  const { unkId, eosId } = dictionary;
  const unkWords = new Map<string, number>();
  let ids = new (idArray(dictionary.size))(1024);
  let positions = new Int32Array(256);
  let n = 0;
  let sentences = 0;
  for (const line of lines) {
    const words = splitWords(line);
    ids = grown(ids, n + words.length + 1);
    positions = grown(positions, 2 * sentences + 2);
    positions[2 * sentences] = n;
    for (const word of words) {
      const id = dictionary.idOf(word);
      if (id === unkId) unkWords.set(word, (unkWords.get(word) ?? 0) + 1);
      if (id === unkId || id >= SPECIAL_TOKENS.length) ids[n++] = id;
    }
    positions[2 * sentences + 1] = n;
    ids[n++] = eosId;
    sentences++;
  }
  return { ids: ids.slice(0, n), positions: positions.slice(0, 2 * sentences), unkWords };
}

/** `array` itself when it has room for `least` elements, else a copy with twice the room. */
function grown<T extends Uint16Array | Int32Array>(array: T, least: number): T {
  if (least <= array.length) return array;
  if (least > MAX_IDS) {
    throw new DataError({
      what: `the text has more than ${MAX_IDS} ids`,
      why: "positions are 32 bits wide",
      fix: "index it in several parts",
    });
  }
  const copy = new (array.constructor as new (length: number) => T)(Math.max(least, 2 * array.length));
  copy.set(array);
  return copy;
}

/**
 * The same sentences under a limited dictionary: ids it no longer has become `unkId`, and the array is narrowed when it can
 * be (original: `process_binarized`). Indexing with the limited dictionary gives the same ids.
 */
export function limitCorpus(corpus: Corpus, dictionary: Vocab): Corpus {
  const { size, unkId } = dictionary;
  const ids = new (idArray(size))(corpus.ids.length);
  for (let i = 0; i < ids.length; i++) {
    const id = corpus.ids[i] as number;
    ids[i] = id < size ? id : unkId;
  }
  return { ids, positions: corpus.positions };
}

/** The corpus without ids that belong to no sentence: what filtering leaves in place between those it keeps. */
export function compact(corpus: Corpus): Corpus {
  const sentences = countSentences(corpus);
  const starts = new Int32Array(sentences);
  let n = 0;
  for (let i = 0; i < sentences; i++) {
    starts[i] = n;
    n += (corpus.positions[2 * i + 1] as number) - (corpus.positions[2 * i] as number) + 1;
  }
  if (n === corpus.ids.length) return corpus;
  const ids = new (corpus.ids.constructor as typeof Int32Array)(n);
  const positions = new Int32Array(2 * sentences);
  for (let i = 0; i < sentences; i++) {
    const [from, to] = [corpus.positions[2 * i] as number, corpus.positions[2 * i + 1] as number];
    const start = starts[i] as number;
    ids.set(corpus.ids.subarray(from, to + 1), start);
    positions[2 * i] = start;
    positions[2 * i + 1] = start + to - from;
  }
  return { ids, positions };
}

/**
 * Checks that positions lie in order inside the ids, that each sentence has its end mark, and that the vocabulary has every id.
 * @throws FormatError (`XLM_FORMAT`) for the first two, MismatchError (`XLM_MISMATCH`) for the last.
 */
export function checkCorpus(corpus: Corpus, dictionary: Vocab, file: string): void {
  const { ids, positions } = corpus;
  let last = -1;
  for (let i = 0; i < positions.length; i += 2) {
    const [start, end] = [positions[i] as number, positions[i + 1] as number];
    if (start <= last || end < start || end >= ids.length || ids[end] !== dictionary.eosId) {
      throw new FormatError({
        what: `sentence ${i / 2} stands at [${start}, ${end}) of ${ids.length} ids`,
        why: "sentences follow one another, each with its end mark behind it",
        fix: "make the corpus again with indexText",
        at: { file },
      });
    }
    last = end;
  }
  const { size } = dictionary;
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i] as number;
    if (id >= 0 && id < size) continue;
    throw new MismatchError({
      what: `id ${id} stands at place ${i} and the vocabulary has ${size} ids`,
      why: "every id is a row of the model's embeddings",
      fix: "use the vocabulary that the corpus was indexed with, or bring it in line with limitCorpus",
      at: { file },
    });
  }
}
