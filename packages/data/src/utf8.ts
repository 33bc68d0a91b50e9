import { DataError } from "@xlm/core";

export const LF = 10;
export const CR = 13;

/**
 * Decodes bytes, a byte order mark included.
 * @param linesBefore lines of the file before these bytes.
 * @throws DataError (`XLM_DATA`) for bytes that are not UTF-8, with file and line.
 */
export function decodeUtf8(bytes: Uint8Array, file: string, linesBefore = 0): string {
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    return strict.decode(bytes);
  } catch (cause) {
    throw invalidUtf8(bytes, file, linesBefore, cause);
  }
}

/** The error for the first bad line. Line ends are single bytes below 0x80, so they are never part of a character. */
function invalidUtf8(chunk: Uint8Array, file: string, linesBefore: number, cause: unknown): DataError {
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const lenient = new TextDecoder("utf-8", { ignoreBOM: true });
  let begin = 0;
  let line = linesBefore + 1;
  let shown = "";
  for (let i = 0; i <= chunk.length; i++) {
    if (i < chunk.length && chunk[i] !== LF && chunk[i] !== CR) continue;
    const bytes = chunk.subarray(begin, i);
    try {
      strict.decode(bytes);
    } catch {
      const text = lenient.decode(bytes);
      shown = text.slice(Math.max(0, text.indexOf("\ufffd") - 20)).slice(0, 40);
      break;
    }
    if (chunk[i] === CR && chunk[i + 1] === LF) i++;
    begin = i + 1;
    line++;
  }
  return new DataError({
    what: `the line is not valid UTF-8 (it reads ${JSON.stringify(shown)})`,
    why: "text is read as UTF-8, and guessing would train on damaged words",
    fix: "convert the file, for example with: iconv -f WINDOWS-1252 -t UTF-8",
    at: { file, line },
    cause,
  });
}
