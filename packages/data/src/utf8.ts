import { DataError } from "@xlm/core";

export const LF = 10;
export const CR = 13;

/** Whether bytes are UTF-8, by Node's own check where there is one (twenty times as fast). */
export function isUtf8(bytes: Uint8Array): boolean {
  const buffer = (globalThis as { process?: NodeJS.Process }).process?.getBuiltinModule?.("node:buffer");
  if (buffer) return buffer.isUtf8(bytes);
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

export interface Lines {
  /** Lines of the file before the bytes. @default 0 */
  linesBefore?: number;
  /** Whether a `\r` ends a line. @default "ends" */
  cr?: "ends" | "stays";
}

/**
 * Decodes bytes, a byte order mark included.
 * @throws DataError (`XLM_DATA`) for bytes that are not UTF-8, with file and line.
 */
export function decodeUtf8(bytes: Uint8Array, file: string): string {
  checkUtf8(bytes, file);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** @throws DataError (`XLM_DATA`) for bytes that are not UTF-8, with file and line. */
export function checkUtf8(bytes: Uint8Array, file: string, { linesBefore = 0, cr = "ends" }: Lines = {}): void {
  if (isUtf8(bytes)) return;
  let line = linesBefore;
  for (const piece of byteLines(bytes, cr)) {
    line++;
    if (!isUtf8(piece)) throw notUtf8(piece, file, line);
  }
}

/** The lines of some bytes, without what ends them. Line ends are single bytes below 0x80, so they are never part of a character. */
export function* byteLines(bytes: Uint8Array, cr: "ends" | "stays"): Generator<Uint8Array, void> {
  let begin = 0;
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== LF && !(bytes[i] === CR && cr === "ends")) continue;
    yield bytes.subarray(begin, i);
    if (bytes[i] === CR && bytes[i + 1] === LF) i++;
    begin = i + 1;
  }
  if (begin < bytes.length) yield bytes.subarray(begin);
}

function notUtf8(bytes: Uint8Array, file: string, line: number): DataError {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const shown = text.slice(Math.max(0, text.indexOf("\ufffd") - 20)).slice(0, 40);
  return new DataError({
    what: `the line is not valid UTF-8 (it reads ${JSON.stringify(shown)})`,
    why: "text is read as UTF-8, and guessing would train on damaged words",
    fix: "convert the file, for example with: iconv -f WINDOWS-1252 -t UTF-8",
    at: { file, line },
  });
}
