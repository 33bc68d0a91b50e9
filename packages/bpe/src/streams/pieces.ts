import { type Text, toBytes } from "../bytes.js";
import { createChunker } from "../chunks.js";
import { type InvalidUtf8, createUtf8Filter } from "./utf8.js";

/** Text that arrives in chunks cut anywhere, handed on in pieces of whole words. */
export interface Pieces {
  /** @throws DataError for bytes or surrogates that are refused. */
  push(chunk: Text, use: (whole: Uint8Array) => void): void;
  /** The last word, if no separator ended it; then all is forgotten. */
  end(): Uint8Array;
}

export interface PiecesOptions {
  /** What becomes of bytes that are not UTF-8, and of halves of characters in strings. @default "keep" */
  invalidUtf8?: InvalidUtf8;
  /** Name for error messages. @default "text" */
  file?: string;
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;

/** Puts chunks together: characters that strings were cut within, then words; then looks for invalid bytes. */
export function createPieces({ invalidUtf8 = "keep", file }: PiecesOptions = {}): Pieces {
  const chunker = createChunker();
  const filter = createUtf8Filter(invalidUtf8, file);
  const encoder = new TextEncoder(); // replaces halves of characters by itself
  const bytesOf = (text: string): Uint8Array => (invalidUtf8 === "replace" ? encoder.encode(text) : toBytes(text));
  let high = ""; // first half of a character whose second half comes with the next string

  function join(chunk: Text): Uint8Array[] {
    if (typeof chunk !== "string") {
      const half = high;
      high = "";
      return half === "" ? [chunk] : [bytesOf(half), chunk];
    }
    let text = high + chunk;
    high = isHigh(text.charCodeAt(text.length - 1)) ? text.slice(-1) : "";
    if (high !== "") text = text.slice(0, -1);
    return [bytesOf(text)];
  }

  return {
    push(chunk, use) {
      for (const bytes of join(chunk)) chunker.push(bytes, (whole) => use(filter(whole)));
    },
    end() {
      for (const bytes of join(new Uint8Array(0))) chunker.push(bytes, () => undefined);
      return filter(chunker.rest());
    },
  };
}
