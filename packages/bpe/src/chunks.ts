import { isSeparator, joinBytes } from "./bytes.js";

/** Holds back the unfinished word at the end of each chunk until the rest of it arrives. */
export interface Chunker {
  /** Hands on what is complete by now, in one or two pieces that end with a separator. */
  push(chunk: Uint8Array, use: (whole: Uint8Array) => void): void;
  /** The unfinished word, which is then forgotten. */
  rest(): Uint8Array;
}

export function createChunker(): Chunker {
  let held: Uint8Array[] = [];
  let size = 0;
  function hold(bytes: Uint8Array): void {
    if (bytes.length > 0) held.push(new Uint8Array(bytes)); // a copy: callers may fill the same buffer again
    size += bytes.length;
  }
  function rest(): Uint8Array {
    const joined = held.length === 1 ? held[0]! : joinBytes(held, size);
    held = [];
    size = 0;
    return joined;
  }
  return {
    push(chunk, use) {
      let end = chunk.length;
      while (end > 0 && !isSeparator(chunk[end - 1]!)) end--;
      let start = 0;
      if (end > 0 && size > 0) {
        // Only the word that began in an earlier chunk is put together; the rest is used where it is.
        while (!isSeparator(chunk[start]!)) start++;
        start++;
        hold(chunk.subarray(0, start));
        use(rest());
      }
      if (end > start) use(chunk.subarray(start, end));
      hold(chunk.subarray(end));
    },
    rest,
  };
}
