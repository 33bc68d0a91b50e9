import type { Bpe, TextStream } from "../apply.js";
import type { Text } from "../bytes.js";
import { type CountOptions, type TextOptions, type WordCounter, createWordCounter } from "../count.js";
import { type PiecesOptions, createPieces } from "./pieces.js";
import type { InvalidUtf8 } from "./utf8.js";

export interface StreamOptions extends TextOptions {
  /** What becomes of bytes that are not UTF-8, and of halves of characters in strings. @default "keep" */
  invalidUtf8?: InvalidUtf8;
  /**
   * `"keep"` leaves spaces as they are (fastBPE `applybpe`); `"collapse"` makes one of several, leaves none at the ends
   * of lines and ends the last line with a newline (fastBPE `applybpe_stream`). @default "keep"
   */
  spaces?: "keep" | "collapse";
  /** What the text is called in error messages. @default "text" */
  file?: string;
}

/** Any source of chunks: an array, a generator, a Web or a Node stream. */
export type Chunks = Iterable<Text> | AsyncIterable<Text> | ReadableStream<Text>;

/** Chunks to be iterated over; not every browser lets a Web stream be. */
const iterable = (chunks: Chunks): Iterable<Text> | AsyncIterable<Text> =>
  Symbol.asyncIterator in chunks || Symbol.iterator in chunks ? chunks : readAll(chunks);

async function* readAll(stream: ReadableStream<Text>): AsyncGenerator<Text> {
  const reader = stream.getReader();
  let finished = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      finished = done;
      if (done) return;
      yield value;
    }
  } finally {
    if (!finished) await reader.cancel();
    reader.releaseLock();
  }
}

/**
 * A coder for chunks that are cut anywhere, strings within characters too.
 * @throws DataError for text that is refused.
 */
function createCutter(bpe: Bpe, { lastWord, spaces = "keep", ...options }: StreamOptions): TextStream {
  const pieces = createPieces(options);
  const stream = spaces === "collapse" ? bpe.createLineStream() : bpe.createTextStream({ lastWord });
  return {
    push(chunk) {
      const out: Uint8Array[] = [];
      pieces.push(chunk, (whole) => out.push(stream.push(whole)));
      return joined(out);
    },
    end: () => joined([stream.push(pieces.end()), stream.end()]),
  };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const full = parts.filter((part) => part.length > 0);
  if (full.length === 1) return full[0]!;
  const bytes = new Uint8Array(full.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of full) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/**
 * Codes chunks of text as they come, cut anywhere: the pieces of the result depend on the cuts, its bytes do not.
 * @throws DataError for text that is refused.
 * @example
 * for await (const bytes of applyChunks(bpe, response.body)) await file.write(bytes);
 */
export async function* applyChunks(bpe: Bpe, chunks: Chunks, options: StreamOptions = {}): AsyncGenerator<Uint8Array> {
  const cutter = createCutter(bpe, options);
  for await (const chunk of iterable(chunks)) {
    const coded = cutter.push(chunk);
    if (coded.length > 0) yield coded;
  }
  const rest = cutter.end();
  if (rest.length > 0) yield rest;
}

/**
 * `applyChunks` as a Web stream, for `pipeThrough`. Text that is refused makes the stream fail with a DataError.
 * @example
 * await response.body.pipeThrough(createBpeTransform(bpe)).pipeTo(destination);
 */
export function createBpeTransform(bpe: Bpe, options: StreamOptions = {}): TransformStream<Text, Uint8Array> {
  const cutter = createCutter(bpe, options);
  const forward = (coded: Uint8Array, controller: TransformStreamDefaultController<Uint8Array>): void => {
    if (coded.length > 0) controller.enqueue(coded);
  };
  return new TransformStream({
    transform: (chunk, controller) => forward(cutter.push(chunk), controller),
    flush: (controller) => forward(cutter.end(), controller),
  });
}

/**
 * Counts the words of one text that arrives in chunks cut anywhere.
 * @throws DataError for text that is refused; OptionError for `engine` and `invalidUtf8`.
 */
export async function countChunks(
  chunks: Chunks,
  { lastWord, engine, ...options }: CountOptions & PiecesOptions = {},
): Promise<WordCounter> {
  const counter = createWordCounter({ lastWord, engine });
  const pieces = createPieces(options);
  for await (const chunk of iterable(chunks)) pieces.push(chunk, (whole) => counter.push(whole));
  counter.push(pieces.end());
  counter.endText();
  return counter;
}
