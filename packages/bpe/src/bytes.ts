import { DataError } from "@xlm/core";

/** Text as a string, or as the bytes of a file. */
export type Text = string | Uint8Array;

/** True for the two bytes that separate words: space and newline. Tabs and other spaces belong to words. */
export const isSeparator = (byte: number): boolean => byte === 0x20 || byte === 0x0a;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const loneSurrogate = /\p{Surrogate}/u;

/**
 * UTF-8 bytes of a text. A byte that is not valid UTF-8 is held in strings as the lone surrogate U+DC00 + byte, which
 * no valid text contains, so that bytes -> string -> bytes returns every input (Python calls this `surrogateescape`).
 * @throws DataError for any other lone surrogate: it has no UTF-8 form.
 */
export function toBytes(text: Text): Uint8Array {
  if (typeof text !== "string") return text;
  if (text.length <= 64) {
    // For a word, calling the platform costs more than the work.
    const bytes = new Uint8Array(text.length);
    let i = 0;
    for (; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) break;
      bytes[i] = unit;
    }
    if (i === text.length) return bytes;
  }
  return loneSurrogate.test(text) ? binaryToBytes(textToBinary(text)) : encoder.encode(text);
}

/** Bytes `[start, end)` as a string, the inverse of `toBytes`. */
export function toText(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = "";
  if (end - start > 64) {
    try {
      return decoder.decode(bytes.subarray(start, end));
    } catch {
      // Invalid somewhere: the loop below says where.
    }
  }
  for (let i = start; i < end;) {
    const lead = bytes[i]!;
    const size = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    const point = size === 1 ? lead : codePoint(bytes, i, end, size);
    text += point < 0 ? String.fromCharCode(0xdc00 + lead) : String.fromCodePoint(point);
    i += point < 0 ? 1 : size;
  }
  return text;
}

/** The code point whose `size` bytes begin at `start`, or -1 if they are no valid UTF-8. */
function codePoint(bytes: Uint8Array, start: number, end: number, size: number): number {
  if (size === 0 || start + size > end) return -1;
  let point = bytes[start]! & (0x7f >> size);
  for (let i = start + 1; i < start + size; i++) {
    if ((bytes[i]! & 0xc0) !== 0x80) return -1;
    point = (point << 6) | (bytes[i]! & 0x3f);
  }
  const tooLong = (size === 3 && point < 0x800) || (size === 4 && point < 0x10000);
  return tooLong || point > 0x10ffff || (point >= 0xd800 && point < 0xe000) ? -1 : point;
}

/** One character a byte: strings that compare and sort by bytes, as `memcmp` does. */
export function toBinary(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let binary = "";
  for (let i = start; i < end; i++) binary += String.fromCharCode(bytes[i]!);
  return binary;
}

const binaryToBytes = (binary: string): Uint8Array => Uint8Array.from(binary, (character) => character.charCodeAt(0));

const ascii = /^[\0-\x7f]*$/;

/** The text whose bytes `binary` holds. */
export const binaryToText = (binary: string): string => (ascii.test(binary) ? binary : toText(binaryToBytes(binary)));

/** The bytes of `text`, one character each. @throws DataError like `toBytes`. */
export function textToBinary(text: string): string {
  if (ascii.test(text)) return text;
  let binary = "";
  for (const character of text) binary += utf8(character.codePointAt(0)!);
  return binary;
}

function utf8(point: number): string {
  if (point < 0x80) return String.fromCharCode(point);
  if (point < 0x800) return String.fromCharCode(0xc0 | (point >> 6), tail(point));
  if (point >= 0xdc80 && point <= 0xdcff) return String.fromCharCode(point - 0xdc00);
  if (point >= 0xd800 && point <= 0xdfff) {
    throw new DataError({
      what: `the text holds half a character, the lone surrogate U+${point.toString(16).toUpperCase()}`,
      why: "it has no UTF-8 form, and BPE works on UTF-8 bytes",
      fix: "cut strings between characters, or pass the original bytes",
    });
  }
  if (point < 0x10000) return String.fromCharCode(0xe0 | (point >> 12), tail(point >> 6), tail(point));
  return String.fromCharCode(0xf0 | (point >> 18), tail(point >> 12), tail(point >> 6), tail(point));
}

const tail = (bits: number): number => 0x80 | (bits & 0x3f);

/** One array of `size` bytes out of several. */
export function joinBytes(parts: readonly Uint8Array[], size: number): Uint8Array {
  const joined = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
