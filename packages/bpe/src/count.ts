import { type Text, toBytes, toText } from "./bytes.js";
import { createChunker } from "./chunks.js";
import { grow } from "./grow.js";
import { createWordTable, isSeparator } from "./words.js";

/** How often each word occurs, in the order of first sight. Bytes that are not UTF-8 appear as U+DC00 + byte. */
export type WordCounts = ReadonlyMap<string, number>;

export interface TextOptions {
  /**
   * What becomes of a last word with no space or newline after it. `"keep"` treats it like every other;
   * `"drop"` repeats fastBPE, which loses it when it reads a file. @default "keep"
   */
  lastWord?: "keep" | "drop";
}

/** Counts words of texts that arrive in pieces. */
export interface WordCounter {
  /** Adds the next piece of the current text. Words may be cut anywhere; strings not within a character. */
  push(chunk: Text): void;
  /** Ends the current text, and its last word with it; the next piece begins another one. */
  endText(): void;
  /** The counts of all texts so far, without a word that is still open. */
  counts(): WordCounts;
}

/**
 * Counts words piece by piece, for files that should not be held in memory.
 * @example
 * const counter = createWordCounter();
 * for await (const chunk of createReadStream("corpus.en")) counter.push(chunk);
 * counter.endText();
 */
export function createWordCounter({ lastWord = "keep" }: TextOptions = {}): WordCounter {
  const table = createWordTable();
  const chunker = createChunker();
  let counts = new Float64Array(1 << 11);

  function count(bytes: Uint8Array, start: number, end: number): void {
    const id = table.idOf(bytes, start, end);
    if (id >= counts.length) counts = grow(counts);
    counts[id]!++;
  }

  return {
    push(chunk) {
      const bytes = chunker.push(toBytes(chunk));
      let start = 0;
      for (let i = 0; i < bytes.length; i++) {
        if (!isSeparator(bytes[i]!)) continue;
        if (i > start) count(bytes, start, i);
        start = i + 1;
      }
    },
    endText() {
      const last = chunker.rest();
      if (lastWord === "keep" && last.length > 0) count(last, 0, last.length);
    },
    counts() {
      const words = new Map<string, number>();
      for (let id = 0; id < table.size(); id++) words.set(table.read(id, toText), counts[id]!);
      return words;
    },
  };
}

/**
 * Counts the words of one or more whole texts, the first step of learning BPE. Only space and newline separate words:
 * tabs, carriage returns and no-break spaces are parts of them.
 * @param texts A text, or several that share one table (each ends its own last word).
 * @returns Counts in the order of first sight.
 */
export function countWords(texts: Text | Iterable<Text>, options: TextOptions = {}): WordCounts {
  const counter = createWordCounter(options);
  for (const text of typeof texts === "string" || texts instanceof Uint8Array ? [texts] : texts) {
    counter.push(text);
    counter.endText();
  }
  return counter.counts();
}
