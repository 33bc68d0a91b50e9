import { DataError, checkInt } from "@xlm/core";
import { type Text, joinBytes, toBytes, toText } from "./bytes.js";
import { createChunker } from "./chunks.js";
import { type BpeCodes, checkMerges } from "./codes.js";
import type { TextOptions, WordCounts } from "./count.js";
import { codedSize, createEncoder } from "./encoder.js";
import { grow } from "./grow.js";
import { type WordTable, createWordTable, isSeparator } from "./words.js";

export interface BpeOptions {
  /**
   * Subwords that may be written, as counted on coded text (`foo@@`, `foo`); others are taken apart again.
   * Counts play no part. An empty vocabulary is none.
   */
  vocab?: WordCounts;
  /** Distinct words whose coding is remembered before all are forgotten. @default 1048576 */
  cacheSize?: number;
}

/** Codes a text that arrives in pieces. */
export interface TextStream {
  /** Takes the next piece, cut anywhere, and returns what can be written by now. */
  push(chunk: Text): Uint8Array;
  /** Ends the text and returns the rest. */
  end(): Uint8Array;
}

export interface Bpe {
  /** Subwords of one word; all but the last end in `@@`. @throws DataError for a space or newline in it. */
  encodeWord(word: Text): string[];
  /** Codes a whole text; separators stay as they are (fastBPE `applybpe`, except for `lastWord`). */
  applyText(text: string, options?: TextOptions): string;
  applyText(text: Uint8Array, options?: TextOptions): Uint8Array;
  /**
   * Codes one line; runs of spaces become one, none stay at the ends (fastBPE `applybpe_stream`).
   * @throws DataError for a newline in it.
   */
  applyLine(line: string): string;
  applyLine(line: Uint8Array): Uint8Array;
  /** `applyText` for a text that arrives in pieces. */
  createTextStream(options?: TextOptions): TextStream;
}

/**
 * Prepares codes for use (Sennrich et al. 2016; fastBPE `applybpe`).
 * @param codes From `learnBpe` or `parseCodes`.
 * @throws FormatError for a pair or a result that comes twice; OptionError for `cacheSize`.
 * @example
 * const bpe = createBpe({ merges: [{ left: "l", right: "o", count: 3 }] });
 * bpe.applyText("low lower"); // "lo@@ w lo@@ w@@ e@@ r"
 */
export function createBpe(codes: BpeCodes, { vocab, cacheSize = 1 << 20 }: BpeOptions = {}): Bpe {
  checkInt("cacheSize", cacheSize, 1);
  checkMerges(codes.merges, () => ({}));
  const encode = createEncoder(codes, vocab);

  // Finished words: those of the table, coded, one after the other in `coded`.
  let table: WordTable = createWordTable();
  let coded = new Uint8Array(1 << 15);
  let codedEnds = new Float64Array(1 << 11);

  let out = new Uint8Array(0);
  let size = 0;
  function reserve(more: number): void {
    if (size + more > out.length) out = grow(out, size + more + 1024);
  }

  function writeWord(bytes: Uint8Array, start: number, end: number): void {
    if (table.size() >= cacheSize) table = createWordTable();
    const known = table.size();
    const id = table.idOf(bytes, start, end);
    let from = id === 0 ? 0 : codedEnds[id - 1]!;
    if (id === known) {
      if (from + codedSize(end - start) > coded.length) coded = grow(coded, from + codedSize(end - start));
      if (id === codedEnds.length) codedEnds = grow(codedEnds);
      codedEnds[id] = encode(bytes, start, end, coded, from);
    }
    const to = codedEnds[id]!;
    reserve(to - from);
    while (from < to) out[size++] = coded[from++]!;
  }

  /** Codes bytes with no unfinished word at either end. */
  function code(bytes: Uint8Array): Uint8Array {
    out = new Uint8Array(Math.ceil(bytes.length * 1.5) + 64);
    size = 0;
    let start = 0;
    for (let i = 0; i < bytes.length; i++) {
      if (!isSeparator(bytes[i]!)) continue;
      if (i > start) writeWord(bytes, start, i);
      reserve(1);
      out[size++] = bytes[i]!;
      start = i + 1;
    }
    if (bytes.length > start) writeWord(bytes, start, bytes.length);
    return out.subarray(0, size);
  }

  function createTextStream({ lastWord = "keep" }: TextOptions = {}): TextStream {
    const chunker = createChunker();
    return {
      push: (chunk) => code(chunker.push(toBytes(chunk))),
      end() {
        const last = chunker.rest();
        return code(lastWord === "keep" ? last : last.subarray(0, 0));
      },
    };
  }

  function applyText(text: string, options?: TextOptions): string;
  function applyText(text: Uint8Array, options?: TextOptions): Uint8Array;
  function applyText(text: Text, options?: TextOptions): Text {
    if (typeof text === "string") return toText(applyText(toBytes(text), options));
    const stream = createTextStream(options);
    const parts = [stream.push(text), stream.end()];
    return parts[1]!.length === 0 ? parts[0]! : joinBytes(parts, parts[0]!.length + parts[1]!.length);
  }

  function applyLine(line: string): string;
  function applyLine(line: Uint8Array): Uint8Array;
  function applyLine(line: Text): Text {
    if (typeof line === "string") return toText(applyLine(toBytes(line)));
    checkHolds(line, [0x0a], "the line", "a newline", "call it once a line, or applyText for a whole text");
    return code(collapseSpaces(line));
  }

  return {
    encodeWord(word) {
      const bytes = toBytes(word);
      checkHolds(bytes, [0x20, 0x0a], "the word", "a space or newline", "call it once a word, or use applyLine");
      return bytes.length === 0 ? [] : toText(code(bytes)).split(" ");
    },
    applyText,
    applyLine,
    createTextStream,
  };
}

function checkHolds(bytes: Uint8Array, banned: readonly number[], what: string, which: string, fix: string): void {
  if (banned.some((byte) => bytes.includes(byte))) {
    throw new DataError({ what: `${what} holds ${which}`, why: "that is where it would end", fix });
  }
}

/** Words with one space between them. */
function collapseSpaces(line: Uint8Array): Uint8Array {
  const words = new Uint8Array(line.length);
  let size = 0;
  for (let i = 0; i < line.length; i++) {
    if (line[i] !== 0x20 || (size > 0 && line[i - 1] !== 0x20)) words[size++] = line[i]!;
  }
  return words.subarray(0, size > 0 && words[size - 1] === 0x20 ? size - 1 : size);
}
