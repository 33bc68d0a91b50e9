import { DataError } from "@xlm/core";
import { createLineSplitter, type LineChunk, type ReadOptions } from "@xlm/data";
import { readChunks } from "./bytes.js";

/** How bytes become lines. */
export type LineRules = Required<Pick<ReadOptions, "cr" | "invalidUtf8">>;

export interface ChunkRules extends LineRules {
  /** What else can be done about a text that is not UTF-8. */
  readonly hint?: string;
}

/**
 * The lines of a text in chunks, checked.
 * @param onRaw is told of every piece as it lies on the disk.
 * @throws DataError with file and line, as `createLineSplitter` does; FormatError for a damaged `.gz`.
 */
export async function* readLineChunks(
  file: string,
  { hint, ...rules }: ChunkRules,
  onRaw?: (bytes: Uint8Array) => void,
): AsyncGenerator<LineChunk> {
  const splitter = createLineSplitter({ file, ...rules });
  try {
    for await (const bytes of readChunks(file, onRaw)) yield* splitter.push(bytes);
    yield* splitter.end();
  } catch (error) {
    if (hint === undefined || !(error instanceof DataError) || !/UTF-8 \(|NUL/.test(error.what)) throw error;
    const { what, why, fix, at } = error;
    throw new DataError({ what, why, fix: `${fix}, or ${hint}`, at });
  }
}

/**
 * The lines of a text in batches.
 * @param skip lines at the beginning to leave out.
 */
export async function* readLineBatches(file: string, rules: LineRules, skip = 0): AsyncGenerator<string[]> {
  let left = skip;
  for await (const chunk of readLineChunks(file, rules)) {
    if (left < chunk.nLines) yield left > 0 ? chunk.decode().slice(left) : chunk.decode();
    left = Math.max(0, left - chunk.nLines);
  }
}

/** Several texts line by line: batches of as many lines of each. Ends with the shortest. */
export async function* zipBatches(texts: readonly AsyncGenerator<string[]>[]): AsyncGenerator<string[][]> {
  const held: string[][] = texts.map(() => []);
  try {
    for (;;) {
      for (const [i, text] of texts.entries()) {
        while (held[i]!.length === 0) {
          const next = await text.next();
          if (next.done) return;
          held[i] = next.value;
        }
      }
      const n = Math.min(...held.map((lines) => lines.length));
      yield held.map((lines, i) => {
        held[i] = lines.slice(n);
        return lines.slice(0, n);
      });
    }
  } finally {
    for (const text of texts) await text.return(undefined);
  }
}
