import fs from "node:fs";
import { createGunzip } from "node:zlib";
import { FormatError, breathe } from "@xlm/core";
import { isSeparator } from "../bytes.js";
import { createPieces } from "../streams/pieces.js";
import { type InvalidUtf8, createUtf8Filter } from "../streams/utf8.js";
import { openForReading, pathError, readInto } from "./descriptor.js";

export interface ReadOptions {
  /** What becomes of a last word without a separator. */
  lastWord?: "keep" | "drop";
  invalidUtf8?: InvalidUtf8;
  signal?: AbortSignal;
  /** Called with the number of bytes of each read; compressed ones count as they are on disk. */
  onBytes?: (bytes: number) => void;
  /** Part of a regular file, its ends between words. @default all of it */
  range?: readonly [from: number, to: number];
}

const CHUNK = 1 << 19;

/** A file that is unpacked while it is read. */
export const isPacked = (file: string): boolean => file.endsWith(".gz");

/**
 * Reads a file, pipe or `-` in pieces of whole words, each valid until the next is asked for. A file `*.gz` is unpacked.
 * Holds half a megabyte, or twice the longest word if that is more.
 * @throws DataError for a path that cannot be read and for bytes that are refused; FormatError for a damaged `*.gz`;
 *   the reason of `signal`.
 */
export async function* readPieces(file: string, options: ReadOptions): AsyncGenerator<Uint8Array> {
  const filter = createUtf8Filter(options.invalidUtf8, file === "-" ? "standard input" : file);
  if (isPacked(file)) {
    yield* wholeWords(unpack(file, options), { ...options, file });
    return;
  }
  const input = await untilAborted(openForReading(file), options.signal);
  try {
    const [from, to] = options.range ?? [0, Infinity];
    let buffer: Uint8Array = new Uint8Array(CHUNK);
    let held = 0; // bytes of an unfinished word at the front of the buffer
    let position = from;
    for (let reads = 1; ; reads++) {
      if (held * 2 > buffer.length) buffer = larger(buffer, held);
      const room = Math.min(buffer.length - held, to - position);
      const n = room > 0 ? await untilAborted(readInto(input, buffer, held, room, position), options.signal) : 0;
      if (n === 0) break;
      position += n;
      options.onBytes?.(n);
      const end = held + n;
      const cut = lastSeparator(buffer, held, end);
      if (cut > 0) yield filter(buffer.subarray(0, cut));
      buffer.copyWithin(0, cut, end);
      held = end - cut;
      if (reads % 4 === 0) await breathe(); // reading a regular file never waits by itself
      options.signal?.throwIfAborted();
    }
    if (held > 0 && options.lastWord !== "drop") yield filter(buffer.subarray(0, held));
  } finally {
    input.close();
  }
}

/** Chunks cut anywhere in pieces of whole words. */
export async function* wholeWords(
  chunks: AsyncIterable<Uint8Array | string>,
  options: ReadOptions & { file?: string },
): AsyncGenerator<Uint8Array> {
  const pieces = createPieces(options);
  for await (const chunk of chunks) {
    const whole: Uint8Array[] = [];
    pieces.push(chunk, (piece) => whole.push(piece));
    yield* whole;
    options.signal?.throwIfAborted();
  }
  const last = pieces.end();
  if (last.length > 0 && options.lastWord !== "drop") yield last;
}

async function* unpack(file: string, { onBytes }: ReadOptions): AsyncGenerator<Uint8Array> {
  const source = fs.createReadStream(file, { highWaterMark: CHUNK });
  const unzip = createGunzip({ chunkSize: CHUNK });
  source.on("data", (chunk) => onBytes?.(chunk.length));
  source.on("error", (error) => unzip.destroy(error));
  try {
    yield* source.pipe(unzip) as AsyncIterable<Uint8Array>;
  } catch (error) {
    const damaged = String((error as NodeJS.ErrnoException).code).startsWith("Z_");
    if (!damaged) throw pathError(error, file, "read");
    throw new FormatError({
      what: `it does not unpack (${(error as Error).message})`,
      why: "the file is damaged or cut short",
      fix: "copy it again",
      at: { file },
      cause: error,
    });
  } finally {
    source.destroy();
  }
}

/** The end of the last separator of `bytes[from, to)`, or 0. */
function lastSeparator(bytes: Uint8Array, from: number, to: number): number {
  let end = to;
  while (end > from && !isSeparator(bytes[end - 1]!)) end--;
  return end > from ? end : 0;
}

function larger(bytes: Uint8Array, used: number): Uint8Array {
  const grown = new Uint8Array(bytes.length * 2);
  grown.set(bytes.subarray(0, used));
  return grown;
}

/** What `work` becomes, unless the signal comes first: somebody may never write to the pipe that is read. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  signal.throwIfAborted();
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (stop) signal.removeEventListener("abort", stop);
  }
}
