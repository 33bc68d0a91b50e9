import { checkInt } from "@xlm/core";
import { type Text, toBytes, toText } from "./bytes.js";
import { createChunker } from "./chunks.js";
import { type EngineName, type WordTable, selectEngine } from "./engine.js";

/** How often each word occurs, in the order of first sight. Bytes that are not UTF-8 appear as U+DC00 + byte. */
export type WordCounts = ReadonlyMap<string, number>;

export interface TextOptions {
  /**
   * What becomes of a last word with no space or newline after it. `"keep"` treats it like every other;
   * `"drop"` repeats fastBPE, which loses it when it reads a file. @default "keep"
   */
  lastWord?: "keep" | "drop";
}

export interface CountOptions extends TextOptions {
  /** Who counts. @default "wasm" where WebAssembly has SIMD, otherwise "js" */
  engine?: EngineName;
}

/** Counts words of texts that arrive in pieces. */
export interface WordCounter {
  /** The engine in use. */
  readonly engine: EngineName;
  /**
   * Adds the next piece of the current text. Words may be cut anywhere; strings not within a character.
   * @param times How often each word counts, the same for all pieces of a word. @default 1
   * @throws OptionError for `times`.
   */
  push(chunk: Text, times?: number): void;
  /** Ends the current text, and its last word with it; the next piece begins another one. */
  endText(): void;
  /** The counts of all texts so far, without a word that is still open. */
  counts(): WordCounts;
  /** The counts as bytes, for `add` of another counter, here or in another thread. */
  dump(): Uint8Array;
  /** Adds what `dump` of another counter returned; new words go behind those known. @throws FormatError for other bytes. */
  add(dump: Uint8Array): void;
  /** The vocabulary file of all texts so far (fastBPE `getvocab`) in pieces of whole lines, each valid until the next. */
  vocab(): Iterable<Uint8Array>;
}

const tables = new WeakMap<WordCounter, WordTable>();

/** The table behind a counter, for those who learn from it. */
export const tableOf = (counter: WordCounter): WordTable => tables.get(counter)!;

/**
 * Counts words piece by piece, for files that should not be held in memory.
 * @throws OptionError for `engine`; MemoryError if the words outgrow the 4 GB of a WebAssembly memory.
 * @example
 * const counter = createWordCounter();
 * for await (const chunk of createReadStream("corpus.en")) counter.push(chunk);
 * counter.endText();
 */
export function createWordCounter({ lastWord = "keep", engine: name }: CountOptions = {}): WordCounter {
  const engine = selectEngine(name);
  const table = engine.createTable();
  const chunker = createChunker();
  let openTimes = 1; // of the word that is still open

  const counter: WordCounter = {
    engine: engine.name,
    push(chunk, times = 1) {
      checkInt("times", times, 1);
      chunker.push(toBytes(chunk), (whole) => table.count(whole, times));
      openTimes = times;
    },
    endText() {
      const last = chunker.rest();
      if (lastWord === "keep" && last.length > 0) table.count(last, openTimes);
    },
    counts() {
      const words = new Map<string, number>();
      table.forEach((word, count) => words.set(toText(word), count));
      return words;
    },
    dump: () => table.dump(),
    add: (dump) => table.add(dump),
    vocab: () => table.vocab(),
  };
  tables.set(counter, table);
  return counter;
}

/**
 * Counts the words of one or more whole texts, the first step of learning BPE. Only space and newline separate words:
 * tabs, carriage returns and no-break spaces are parts of them.
 * @param texts A text, or several that share one table (each ends its own last word).
 * @returns Counts in the order of first sight.
 */
export function countWords(texts: Text | Iterable<Text>, options: CountOptions = {}): WordCounts {
  return countAll(texts, options).counts();
}

/** A counter that has read whole texts. */
export function countAll(texts: Text | Iterable<Text>, options: CountOptions): WordCounter {
  const counter = createWordCounter(options);
  for (const text of typeof texts === "string" || texts instanceof Uint8Array ? [texts] : texts) {
    counter.push(text);
    counter.endText();
  }
  return counter;
}
