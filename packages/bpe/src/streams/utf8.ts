import { DataError, OptionError } from "@xlm/core";

/**
 * What becomes of bytes that are not UTF-8. `"keep"` passes them through unchanged, as fastBPE does; `"replace"` puts
 * U+FFFD for each maximal part of a broken sequence, as `TextDecoder` does; `"refuse"` throws a DataError.
 */
export type InvalidUtf8 = "keep" | "replace" | "refuse";

/** Where the first byte that is not valid UTF-8 stands, or -1. A sequence cut off by the end is not valid. */
export function firstInvalid(bytes: Uint8Array): number {
  const n = bytes.length;
  let i = 0;
  while (i < n) {
    const lead = bytes[i]!;
    if (lead < 0x80) {
      i++;
      continue;
    }
    // The second byte's range shuts out overlong forms, surrogates and what lies beyond U+10FFFF.
    const size = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    if (size === 0 || i + size > n || bytes[i + 1]! < least || bytes[i + 1]! > most) return i;
    for (let k = 2; k < size; k++) if ((bytes[i + k]! & 0xc0) !== 0x80) return i;
    i += size;
  }
  return -1;
}

/**
 * A filter for text that arrives in pieces of whole words. Words end at ASCII bytes, so no character reaches across two
 * pieces.
 * @param file Name for error messages.
 * @throws OptionError for another policy; the filter throws DataError with file and line under `"refuse"`.
 */
export function createUtf8Filter(policy: InvalidUtf8 = "keep", file = "text"): (piece: Uint8Array) => Uint8Array {
  if (policy === "keep") return (piece) => piece;
  if (policy === "replace") {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    const encoder = new TextEncoder();
    return (piece) => (firstInvalid(piece) < 0 ? piece : encoder.encode(decoder.decode(piece)));
  }
  if (policy !== "refuse") {
    throw new OptionError({
      what: `invalidUtf8 is ${JSON.stringify(policy)}`,
      why: "there are three things to do with bytes that are not UTF-8",
      fix: 'use "keep", "replace" or "refuse"',
    });
  }
  let line = 1;
  return (piece) => {
    const at = firstInvalid(piece);
    line += countNewlines(at < 0 ? piece : piece.subarray(0, at));
    if (at < 0) return piece;
    throw new DataError({
      what: `byte 0x${piece[at]!.toString(16).padStart(2, "0")} is not valid UTF-8 here`,
      why: "such bytes were to be refused",
      fix: 'convert the text to UTF-8, or let such bytes be kept or replaced (invalidUtf8: "keep", "replace")',
      at: { file, line },
    });
  };
}

/** The number of newlines in `bytes`. */
export function countNewlines(bytes: Uint8Array): number {
  let n = 0;
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) n++;
  return n;
}
