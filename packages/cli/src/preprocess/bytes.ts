import fs from "node:fs";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { DataError, FormatError } from "@xlm/core";

/** Bytes read at a time; also about the size of a batch of lines. */
const CHUNK = 1 << 18;

/**
 * The regular file that a path stands for: itself, or `FILE.gz` where that is what there is.
 * @throws DataError when there is neither, or it is a folder, a pipe or a device.
 */
export function findFile(file: string): string {
  const packed = `${file}.gz`;
  const found = fs.existsSync(file) ? file : fs.existsSync(packed) ? packed : undefined;
  if (found !== undefined && fs.statSync(found).isFile()) return found;
  throw new DataError({
    what: found === undefined ? "there is no such file" : "it is not a regular file",
    why: "it is read once to be checked and once to be worked on",
    fix: found === undefined ? "check the path" : "save the text to a file first",
    at: { file },
  });
}

/**
 * The bytes of a file in pieces, unpacked when its name ends in `.gz`.
 * @param onRaw is told of every piece as it lies on the disk.
 * @throws FormatError when a packed file is damaged.
 */
export async function* readChunks(file: string, onRaw?: (bytes: Uint8Array) => void): AsyncGenerator<Uint8Array> {
  async function* raw(): AsyncGenerator<Uint8Array> {
    for await (const bytes of fs.createReadStream(file, { highWaterMark: CHUNK }) as AsyncIterable<Uint8Array>) {
      onRaw?.(bytes);
      yield bytes;
    }
  }
  if (!file.endsWith(".gz")) {
    yield* raw();
    return;
  }
  const unpacked = createGunzip({ chunkSize: CHUNK });
  pipeline(Readable.from(raw()), unpacked, () => undefined); // an error reaches whoever reads `unpacked`
  try {
    yield* unpacked as AsyncIterable<Uint8Array>;
  } catch (cause) {
    if (!String((cause as NodeJS.ErrnoException).code).startsWith("Z_")) throw cause;
    throw new FormatError({
      what: `it does not unpack (${(cause as Error).message})`,
      why: "the file is damaged or cut short",
      fix: "copy it again",
      at: { file },
      cause,
    });
  }
}
