import { createLineSplitter, type LineChunk, type ReadOptions } from "./line-splitter.js";

/** Turns the bytes of a file, cut anywhere, into its lines, and keeps no more of them than the line it stands in. */
export interface LineReader {
  /** The lines that end in these bytes. The array may be written to afterwards. */
  push(bytes: Uint8Array): string[];
  /** The last line, when nothing ended it. Nothing may be pushed after. */
  end(): string[];
  /** Lines so far in which something was replaced. */
  readonly nReplaced: number;
}

/**
 * Reads a user's text file a piece at a time, checked before anything is done with it: the lines, and the first error with its place,
 * are the same however it was cut. Lines end at `\n`, `\r\n` or `\r`, as the original reads them; the last may lack its end; empty ones
 * stay, so that parallel files keep in step. After an error the reader is of no more use.
 * `Differs:` a byte order mark at the start is dropped, where the original takes it for a part of the first word.
 * @returns its methods throw DataError (`XLM_DATA`) with file and line: bytes that are not UTF-8, UTF-16, NUL bytes, a line over
 *   `maxLineBytes` and, at the end, no word at all.
 */
export function createLineReader(options: ReadOptions = {}): LineReader {
  const splitter = createLineSplitter(options);
  const decode = (chunks: readonly LineChunk[]): string[] => {
    const [only, ...more] = chunks.map((chunk) => chunk.decode());
    return more.length > 0 ? [only as string[], ...more].flat() : (only ?? []);
  };
  return {
    push: (bytes) => decode(splitter.push(bytes)),
    end: () => decode(splitter.end()),
    get nReplaced() {
      return splitter.nReplaced;
    },
  };
}

/**
 * The lines of a user's text file, one sentence each, as `createLineReader` reads them.
 * @param bytes the whole file.
 * @throws DataError (`XLM_DATA`) with file and line: no words at all, bytes that are not UTF-8, UTF-16, NUL bytes, a line over `maxLineBytes`.
 */
export function readLines(bytes: Uint8Array, options: ReadOptions = {}): string[] {
  const reader = createLineReader(options);
  const lines = reader.push(bytes);
  for (const line of reader.end()) lines.push(line);
  return lines;
}
