import { checkInt, DataError } from "@xlm/core";
import { CR, decodeUtf8, LF } from "./utf8.js";
import { splitLines, splitWords } from "./words.js";

export interface ReadOptions {
  /** Name for messages. @default "text" */
  file?: string;
  /** Most bytes of a line. @default 1,000,000 */
  maxLineBytes?: number;
}

/** Lines with the name of the file they came from. */
export interface NamedLines {
  readonly file: string;
  readonly lines: readonly string[];
}

const CHUNK = 1 << 20; // bytes decoded at a time: a string of the whole file could be too long

/**
 * The lines of a user's text file, one sentence each, checked before anything is done with them.
 * Lines end at `\n`, `\r\n` or `\r`, as the original reads them; the last may lack its end; empty ones stay, so that parallel
 * files keep in step.
 * `Differs:` a byte order mark at the start is dropped, where the original takes it for a part of the first word.
 * @param bytes the whole file.
 * @throws DataError (`XLM_DATA`) with file and line: no words at all, bytes that are not UTF-8, UTF-16, NUL bytes, a line over `maxLineBytes`.
 */
export function readLines(bytes: Uint8Array, options: ReadOptions = {}): string[] {
  const { file = "text", maxLineBytes = 1_000_000 } = options;
  checkInt("maxLineBytes", maxLineBytes, 1);
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  checkBytes(bytes, start, file, maxLineBytes);

  const lines: string[] = [];
  for (let at = start; at < bytes.length;) {
    const newline = bytes.indexOf(LF, at + CHUNK);
    const chunk = bytes.subarray(at, newline < 0 ? bytes.length : newline + 1);
    for (const line of splitLines(decodeUtf8(chunk, file, lines.length))) lines.push(line);
    at += chunk.length;
  }
  if (!lines.some((line) => splitWords(line).length > 0)) {
    throw new DataError({
      what: bytes.length === start ? "the file is empty" : `none of its ${lines.length} lines has a word`,
      why: "there is nothing to learn from",
      fix: "give a text file with one sentence on each line",
      at: { file },
    });
  }
  return lines;
}

/** Refuses, in one pass, what would decode without complaint and still be no text. */
function checkBytes(bytes: Uint8Array, start: number, file: string, maxLineBytes: number): void {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw new DataError({
      what: "the file begins with a UTF-16 byte order mark",
      why: "text is read as UTF-8",
      fix: "convert it, for example with: iconv -f UTF-16 -t UTF-8",
      at: { file },
    });
  }
  let line = 1;
  let begin = start;
  for (let i = start; i <= bytes.length; i++) {
    const byte = i < bytes.length ? bytes[i] : LF;
    if (byte === 0) {
      throw new DataError({
        what: `byte ${i} is NUL`,
        why: "a text has none; this may be a binary file, or UTF-16",
        fix: "convert the file to UTF-8 text",
        at: { file, line },
      });
    }
    if (byte !== LF && byte !== CR) continue;
    if (i - begin > maxLineBytes) {
      throw new DataError({
        what: `the line has ${i - begin} bytes and the limit is ${maxLineBytes}`,
        why: "each line is one sentence, and no sentence is that long",
        fix: "put one sentence on each line, or raise maxLineBytes",
        at: { file, line },
      });
    }
    if (byte === CR && bytes[i + 1] === LF) i++;
    begin = i + 1;
    line++;
  }
}

/**
 * Checks that two parallel texts have as many lines as each other.
 * @throws DataError (`XLM_DATA`) with both files and numbers of lines.
 */
export function checkParallel(first: NamedLines, second: NamedLines): void {
  if (first.lines.length === second.lines.length) return;
  throw new DataError({
    what: `${first.file} has ${first.lines.length} lines and ${second.file} has ${second.lines.length}`,
    why: "line i of one is the translation of line i of the other",
    fix: "align the files line by line; an empty line stands for a missing translation, and its pair is left out",
  });
}
