import { joinBytes } from "./bytes.js";
import { isSeparator } from "./words.js";

/** Holds back the unfinished word at the end of each chunk until the rest of it arrives. */
export interface Chunker {
  /** Bytes up to and with the last separator seen, or none. */
  push(chunk: Uint8Array): Uint8Array;
  /** The unfinished word, which is then forgotten. */
  rest(): Uint8Array;
}

export function createChunker(): Chunker {
  let held: Uint8Array[] = [];
  let size = 0;
  function hold(bytes: Uint8Array): void {
    if (bytes.length > 0) held.push(bytes);
    size += bytes.length;
  }
  function rest(): Uint8Array {
    const joined = held.length === 1 ? held[0]! : joinBytes(held, size);
    held = [];
    size = 0;
    return joined;
  }
  return {
    push(chunk) {
      let cut = chunk.length;
      while (cut > 0 && !isSeparator(chunk[cut - 1]!)) cut--;
      let whole = chunk.subarray(0, cut);
      if (cut > 0 && size > 0) {
        hold(whole);
        whole = rest();
      }
      hold(new Uint8Array(chunk.subarray(cut))); // a copy: callers may fill the same buffer again
      return whole;
    },
    rest,
  };
}
