import { DataError, checkInt } from "@xlm/core";
import { type Text, joinBytes, toBytes, toText } from "./bytes.js";
import { createChunker } from "./chunks.js";
import { type BpeCodes, checkMerges, parseCodes } from "./codes.js";
import type { TextOptions, WordCounts } from "./count.js";
import { type EngineName, type Sink, selectEngine } from "./engine.js";
import { parseVocab } from "./vocab.js";

export interface BpeOptions {
  /**
   * Subwords that may be written, as counted on coded text (`foo@@`, `foo`), or the file that lists them; others are
   * taken apart again. Counts play no part. An empty map is none.
   */
  vocab?: WordCounts | Text;
  /** Distinct words whose coding is remembered before all are forgotten, at most. @default 1048576 */
  cacheSize?: number;
  /** Who codes. @default "wasm" where WebAssembly has SIMD, otherwise "js" */
  engine?: EngineName;
  /** What files that are given as text are called in error messages. */
  names?: { codes?: string; vocab?: string };
}

/** Codes a text that arrives in pieces. */
export interface TextStream {
  /** Takes the next piece, cut anywhere, and returns what can be written by now. */
  push(chunk: Text): Uint8Array;
  /** Ends the text and returns the rest. */
  end(): Uint8Array;
}

export interface Bpe {
  /** The engine in use. */
  readonly engine: EngineName;
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
  /** `applyLine` for the lines of a text that arrives in pieces; the last one ends in a newline too. */
  createLineStream(): TextStream;
}

/**
 * Prepares codes for use (Sennrich et al. 2016; fastBPE `applybpe`).
 * @param codes From `learnBpe` or `parseCodes`, or a codes file, which is read many times faster.
 * @throws FormatError for a pair or a result that comes twice, or for a file as `parseCodes` and `parseVocab` do;
 *   OptionError for `cacheSize` and `engine`; MemoryError for codes that a WebAssembly memory cannot hold.
 * @example
 * const bpe = createBpe({ merges: [{ left: "l", right: "o", count: 3 }] });
 * bpe.applyText("low lower"); // "lo@@ w lo@@ w@@ e@@ r"
 */
export function createBpe(codes: BpeCodes | Text, options: BpeOptions = {}): Bpe {
  const { vocab, cacheSize = 1 << 20, names = {} } = options;
  const engine = selectEngine(options.engine);
  checkInt("cacheSize", cacheSize, 1);
  const coder = engine.createCoder(checkedCodes(codes, names.codes), checkedVocab(vocab, names.vocab), {
    cacheSize,
    names,
  });
  const code = (bytes: Uint8Array): Uint8Array => collect((write) => coder.code(bytes, write));

  function createTextStream({ lastWord = "keep" }: TextOptions = {}): TextStream {
    const chunker = createChunker();
    return {
      push: (chunk) => collect((write) => chunker.push(toBytes(chunk), (whole) => coder.code(whole, write))),
      end() {
        const last = chunker.rest();
        return lastWord === "keep" ? code(last) : new Uint8Array(0);
      },
    };
  }

  function createLineStream(): TextStream {
    const chunker = createChunker();
    let begun = false; // whether the current line has any byte yet
    let open = false; // whether it has a word yet
    return {
      push(chunk) {
        const bytes = toBytes(chunk);
        if (bytes.length > 0) begun = bytes.at(-1) !== 0x0a;
        return collect((write) =>
          chunker.push(bytes, (whole) => {
            open = coder.codeLines(whole, open, write);
          }),
        );
      },
      end() {
        const last = chunker.rest();
        return collect((write) => {
          open = coder.codeLines(last, open, write);
          if (begun) write(Uint8Array.of(0x0a));
          begun = open = false;
        });
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
    return collect((write) => void coder.codeLines(line, false, write));
  }

  return {
    engine: engine.name,
    encodeWord(word) {
      const bytes = toBytes(word);
      checkHolds(bytes, [0x20, 0x0a], "the word", "a space or newline", "call it once a word, or use applyLine");
      return bytes.length === 0 ? [] : toText(code(bytes)).split(" ");
    },
    applyText,
    applyLine,
    createTextStream,
    createLineStream,
  };
}

/** Codes are checked as a whole; of files only that there is something in them, the engine that reads them does the rest. */
function checkedCodes(codes: BpeCodes | Text, file?: string): BpeCodes | Uint8Array {
  if (typeof codes !== "string" && !(codes instanceof Uint8Array)) {
    checkMerges(codes.merges, () => ({}));
    return codes;
  }
  return codes.length === 0 ? parseCodes(codes, { file }) : toBytes(codes);
}

function checkedVocab(vocab: WordCounts | Text | undefined, file?: string): WordCounts | Uint8Array | undefined {
  if (typeof vocab !== "string" && !(vocab instanceof Uint8Array)) return vocab;
  return vocab.length === 0 ? parseVocab(vocab, { file }) : toBytes(vocab);
}

/** One array of all pieces. */
function collect(run: (write: Sink) => void): Uint8Array {
  const parts: Uint8Array[] = [];
  let size = 0;
  run((piece) => {
    parts.push(new Uint8Array(piece));
    size += piece.length;
  });
  return parts.length === 1 ? parts[0]! : joinBytes(parts, size);
}

function checkHolds(bytes: Uint8Array, banned: readonly number[], what: string, which: string, fix: string): void {
  for (const byte of banned) {
    if (!bytes.includes(byte)) continue;
    throw new DataError({ what: `${what} holds ${which}`, why: "that is where it would end", fix });
  }
}
