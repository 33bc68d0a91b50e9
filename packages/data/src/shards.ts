import { checkInt } from "@xlm/core";
import { createCorpusBuffer, createIndexer, type IndexedLines } from "./indexer.js";
import type { Dictionary } from "./dictionary.js";
import type { CorpusManifest } from "./manifest.js";
import { createStatistics, mergeStatistics, wordEnds, type TextStatistics } from "./statistics.js";
import { encodePieces } from "./stored.js";

export interface ShardWriterOptions {
  /** Beginning of the names of the files: `train.en` makes `train.en.000.safetensors`. */
  name: string;
  /** Language of the text. */
  lang: string;
  /** Content of the BPE codes file that split the text. @default not recorded */
  codes?: string | Uint8Array;
  /** Most ids of a shard, end marks included; a longer sentence has one of its own. @default 16,777,216 (32 to 64 MB) */
  maxIds?: number;
  /** Most sentences of a shard. @default no limit */
  maxSentences?: number;
  /** Number of the first shard, for going on behind those that are there. @default 0 */
  first?: number;
}

/** A corpus file that is ready to be written. */
export interface Shard {
  /** Its name. */
  readonly file: string;
  /** Its bytes; they stay what they are. */
  readonly pieces: Iterable<Uint8Array>;
  /** Bytes of all pieces. */
  readonly size: number;
  readonly manifest: CorpusManifest;
  readonly statistics: TextStatistics;
}

/** Gathers sentences and hands them on in shards. */
export interface ShardWriter {
  /** Adds a line that is split into subwords. */
  addLine(line: string): void;
  /** Adds lines as UTF-8, each ended by `\n` but for the last, which may be. */
  addLines(bytes: Uint8Array): void;
  /** Adds lines that an indexer turned into ids, from one to before another: by default all. */
  addIndexed(lines: IndexedLines, from?: number, to?: number): void;
  /**
   * Adds a sentence of ids, without an end mark.
   * @throws OptionError (`XLM_OPTION`) for an id that the dictionary does not have.
   */
  addIds(sentence: ArrayLike<number>): void;
  /** Ends the shard here, when it has a sentence: sides of a parallel text can be cut alike. */
  cut(): void;
  /** Ends the last shard. */
  end(): ShardedText;
}

/** What a shard writer has handed on. */
export interface ShardedText {
  /** One for each shard, in order. */
  readonly manifests: readonly CorpusManifest[];
  /** Of all shards together. */
  readonly statistics: TextStatistics;
}

/**
 * Turns a text of any size into corpus files of limited size, holding one of them in memory at a time. `joinCorpora` makes one corpus of
 * them again.
 * @param write is called with each shard when it is full; when it throws, the shard is kept, the sentence on its way is
 *   not added, and the next call tries again.
 * @throws OptionError (`XLM_OPTION`) for sizes below 1.
 */
export function createShardWriter(
  dictionary: Dictionary,
  write: (shard: Shard) => void,
  options: ShardWriterOptions,
): ShardWriter {
  const { name, lang, maxIds = 2 ** 24, maxSentences = Infinity, first = 0, ...more } = options;
  checkInt("maxIds", maxIds, 1);
  if (maxSentences !== Infinity) checkInt("maxSentences", maxSentences, 1);
  checkInt("first", first, 0);
  const { size, unkId, tokens } = dictionary;
  let unknown: string[] = []; // of the line that is being added
  const indexer = createIndexer(dictionary, { onUnknown: (word) => unknown.push(word) });
  const ends = wordEnds(tokens);
  const manifests: CorpusManifest[] = [];
  let buffer = createCorpusBuffer(dictionary);
  let counter = createStatistics(lang);
  let total = counter.result();

  const cut = (): void => {
    if (buffer.nSentences === 0) return;
    const file = `${name}.${String(first + manifests.length).padStart(3, "0")}.safetensors`;
    const { pieces, size, manifest } = encodePieces(buffer.corpus(), dictionary, { file, lang, ...more });
    const statistics = counter.result();
    write({ file, pieces, size, manifest, statistics });
    manifests.push(manifest);
    total = mergeStatistics(lang, [total, statistics]);
    buffer = createCorpusBuffer(dictionary);
    counter = createStatistics(lang);
  };
  /** Adds a sentence; `names` has the words of ids beyond the dictionary. */
  const add = (ids: ArrayLike<number>, from: number, to: number, names: readonly string[]): void => {
    if (buffer.nIds + to - from + 1 > maxIds || buffer.nSentences >= maxSentences) cut();
    buffer.add(ids, from, to);
    let words = 0;
    for (let i = from; i < to; i++) {
      const id = ids[i] as number;
      const word = id < size ? undefined : names[id - size];
      if (id === unkId || id >= size) counter.addUnknown(word);
      words += word === undefined ? (ends[id] as number) : Number(!word.endsWith("@@"));
    }
    counter.addSentence(to - from, words);
  };
  const addIndexed = (lines: IndexedLines, from = 0, to = lines.ends.length): void => {
    for (let line = from; line < to; line++) {
      add(lines.ids, line === 0 ? 0 : (lines.ends[line - 1] as number), lines.ends[line] as number, lines.unknown);
    }
  };
  return {
    addIds: (sentence) => {
      for (let i = 0; i < sentence.length; i++) checkInt("id of a word", sentence[i] as number, 0, size - 1);
      add(sentence, 0, sentence.length, []);
    },
    addLine: (line) => {
      unknown = [];
      let next = size;
      const ids = Array.from(indexer.indexLine(line), (id) => (id === unkId ? next++ : id));
      add(ids, 0, ids.length, unknown);
    },
    addLines: (bytes) => addIndexed(indexer.indexLines(bytes)),
    addIndexed,
    cut,
    end: () => {
      cut();
      return { manifests, statistics: total };
    },
  };
}
