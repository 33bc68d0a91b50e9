import { isSpace } from "@xlm/core";

/** The words of a line, as Python's `str.split()` finds them. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let start = -1;
  for (let i = 0; i < line.length; i++) {
    if (isSpace(line.charCodeAt(i))) {
      if (start >= 0) words.push(line.slice(start, i));
      start = -1;
    } else if (start < 0) start = i;
  }
  if (start >= 0) words.push(line.slice(start));
  return words;
}

/**
 * The lines of a text; the last may lack its end.
 * @param cr whether a `\r` ends a line too, as where Python reads text. @default "ends"
 */
export function splitLines(text: string, cr: "ends" | "stays" = "ends"): string[] {
  const lines = (cr === "ends" && text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text).split("\n");
  if (lines[lines.length - 1] === "") lines.pop();
  return lines;
}

/** Bytes of the white space, in UTF-8, that begins at `at`; 0 when none does. */
export function spaceBytes(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  if (first <= 0x20) return isSpace(first) ? 1 : 0;
  const second = bytes[at + 1];
  if (first === 0xc2) return second === 0x85 || second === 0xa0 ? 2 : 0;
  const third = bytes[at + 2] ?? 0;
  if (first === 0xe1) return second === 0x9a && third === 0x80 ? 3 : 0;
  if (first === 0xe3) return second === 0x80 && third === 0x80 ? 3 : 0;
  if (first !== 0xe2) return 0;
  if (second === 0x81) return third === 0x9f ? 3 : 0;
  const isOne = (third >= 0x80 && third <= 0x8a) || third === 0xa8 || third === 0xa9 || third === 0xaf;
  return second === 0x80 && isOne ? 3 : 0;
}
