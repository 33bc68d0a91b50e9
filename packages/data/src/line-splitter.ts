import { checkInt, DataError } from "@xlm/core";
import { byteLines, checkUtf8, CR, isUtf8, LF } from "./utf8.js";
import { spaceBytes, splitLines } from "./words.js";

export interface ReadOptions {
  /** Name for messages. @default "text" */
  file?: string;
  /** Most bytes of a line. @default 1,000,000 */
  maxLineBytes?: number;
  /** What becomes of bytes that are not UTF-8, and of NUL bytes: an error, or U+FFFD in their place. @default "refuse" */
  invalidUtf8?: "refuse" | "replace";
  /**
   * A `\r` with no `\n` behind it: it ends a line, as Python reads text, or stays in it, as Perl reads text, and the one of `\r\n` too, for
   * whoever takes it out. @default "ends"
   */
  cr?: "ends" | "stays";
}

/** Whole lines of a file. */
export interface LineChunk {
  /** As they stand in the file, checked; the last of the file may lack its end. They hold until the next call. */
  readonly bytes: Uint8Array;
  readonly nLines: number;
  /** The lines as strings, without what ends them. */
  decode(): string[];
}

/** Cuts the bytes of a file behind line ends, and keeps no more of them than the line it stands in. */
export interface LineSplitter {
  /** The lines that end in these bytes. */
  push(bytes: Uint8Array): LineChunk[];
  /** The last line, when nothing ended it. Nothing may be pushed after. */
  end(): LineChunk[];
  /** Lines so far in which something is replaced. */
  readonly nReplaced: number;
}

const CHUNK = 1 << 20; // bytes decoded at a time: a string of a whole file could be too long
const NOTHING = new Uint8Array(0);

/**
 * Checks a user's text file a piece at a time, before anything is done with it, and cuts it into lines for `createLineReader`, or for
 * whoever has no need of strings. What it takes for a line, refuses and drops is what `createLineReader` does.
 * @returns its methods throw what those of `createLineReader` throw.
 */
export function createLineSplitter(options: ReadOptions = {}): LineSplitter {
  const { file = "text", maxLineBytes = 1_000_000, invalidUtf8 = "refuse", cr = "ends" } = options;
  checkInt("maxLineBytes", maxLineBytes, 1);
  const isEnd = (byte: number): boolean => byte === LF || (byte === CR && cr === "ends");
  let start: Uint8Array | undefined = NOTHING; // the first bytes, until it is clear whether they are a mark
  let offset = 0; // in the file, of the next chunk
  let nLines = 0;
  let nReplaced = 0;
  let held: Uint8Array[] = []; // the beginning of a line whose end has not come
  let heldBytes = 0;
  let wasCr = false; // the last byte ended a line, and a newline behind it belongs to it
  let hasWord = false;

  const decoded = (bytes: Uint8Array): string[] => {
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    return splitLines(invalidUtf8 === "replace" && text.includes("\0") ? text.replaceAll("\0", "\ufffd") : text, cr);
  };
  /** Whole lines: what is held and the bytes behind it. */
  const finish = (last: Uint8Array, count: number): LineChunk => {
    const bytes = held.length > 0 ? joined([...held, last]) : last;
    held = [];
    heldBytes = 0;
    if (invalidUtf8 === "refuse") checkUtf8(bytes, file, { linesBefore: nLines, cr });
    else if (!isSound(bytes)) for (const line of byteLines(bytes, cr)) if (!isSound(line)) nReplaced++;
    nLines += count;
    hasWord ||= holdsWord(bytes);
    return { bytes, nLines: count, decode: () => decoded(bytes) };
  };

  const here = (lines: number): Place => ({ file, line: nLines + lines + 1 });
  const take = (chunk: Uint8Array, chunks: LineChunk[]): void => {
    const first = wasCr && chunk[0] === LF ? 1 : 0;
    wasCr = false;
    let begin = first; // of the line; what is held stands before the first
    let bytesBefore = heldBytes;
    let lines = 0;
    let fault: DataError | undefined;
    const { length: n } = chunk;
    for (let i = first; !fault; i++) {
      while (i < n && (chunk[i] as number) > CR) i++; // nearly all of them
      if (i >= n) break;
      const byte = chunk[i] as number;
      if (byte === 0 && invalidUtf8 === "refuse") fault = nulByte(offset + i, here(lines));
      if (!isEnd(byte)) continue;
      const length = bytesBefore + i - begin;
      if (length > maxLineBytes) fault = longLine(length, maxLineBytes, here(lines));
      else {
        if (byte === CR && chunk[i + 1] === LF) i++;
        else wasCr = byte === CR && i + 1 === chunk.length;
        begin = i + 1;
        bytesBefore = 0;
        lines++;
      }
    }
    if (begin > first) chunks.push(finish(chunk.subarray(first, begin), lines)); // which may find a fault in an earlier line
    if (fault) throw fault;
    offset += chunk.length;
    if (begin === chunk.length) return;
    heldBytes += chunk.length - begin;
    if (heldBytes > maxLineBytes)
      held = []; // counted on, to say how long it is
    else held.push(new Uint8Array(chunk.subarray(begin)));
  };

  /** Takes the first bytes but for a mark. */
  const begin = (bytes: Uint8Array, chunks: LineChunk[]): void => {
    start = undefined;
    if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) throw utf16(file);
    offset = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
    takeAll(bytes.subarray(offset), chunks);
  };
  const takeAll = (bytes: Uint8Array, chunks: LineChunk[]): void => {
    for (let at = 0; at < bytes.length; at += CHUNK) take(bytes.subarray(at, at + CHUNK), chunks);
  };

  return {
    push: (bytes) => {
      const chunks: LineChunk[] = [];
      if (!start) takeAll(bytes, chunks);
      else {
        const known = start.length > 0 ? joined([start, bytes]) : bytes;
        if (known.length < 3) start = new Uint8Array(known);
        else begin(known, chunks);
      }
      return chunks;
    },
    end: () => {
      const chunks: LineChunk[] = [];
      if (start) begin(start, chunks);
      if (heldBytes > maxLineBytes) throw longLine(heldBytes, maxLineBytes, here(0));
      if (heldBytes > 0) chunks.push(finish(NOTHING, 1));
      if (!hasWord) throw noWord(file, nLines);
      return chunks;
    },
    get nReplaced() {
      return nReplaced;
    },
  };
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** Whether it is UTF-8 without NUL. */
const isSound = (bytes: Uint8Array): boolean => !bytes.includes(0) && isUtf8(bytes);

/** Whether there is anything but white space. */
function holdsWord(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length;) {
    const space = spaceBytes(bytes, i);
    if (space === 0) return true;
    i += space;
  }
  return false;
}

interface Place {
  readonly file: string;
  readonly line: number;
}

const utf16 = (file: string): DataError =>
  new DataError({
    what: "the file begins with a UTF-16 byte order mark",
    why: "text is read as UTF-8",
    fix: "convert it, for example with: iconv -f UTF-16 -t UTF-8",
    at: { file },
  });

const nulByte = (offset: number, at: Place): DataError =>
  new DataError({
    what: `byte ${offset} is NUL`,
    why: "a text has none; this may be a binary file, or UTF-16",
    fix: "convert the file to UTF-8 text",
    at,
  });

const longLine = (bytes: number, most: number, at: Place): DataError =>
  new DataError({
    what: `the line has ${bytes} bytes and the limit is ${most}`,
    why: "each line is one sentence, and no sentence is that long",
    fix: "put one sentence on each line, or raise maxLineBytes",
    at,
  });

const noWord = (file: string, nLines: number): DataError =>
  new DataError({
    what: nLines === 0 ? "the file is empty" : `none of its ${nLines} lines has a word`,
    why: "there is nothing to learn from",
    fix: "give a text file with one sentence on each line",
    at: { file },
  });
