import fs from "node:fs";
import { DataError } from "@xlm/core";
import type { ByteSource } from "../index.js";

/** A file open for reading. */
export interface FileSource extends ByteSource {
  close(): void;
}

const MOST = 2 ** 30; // system calls take less than 2^31 bytes at once

/**
 * Opens a file to be read in slices, for `openCorpus`. It stays the file it was, even if another takes its name.
 * @throws DataError (`XLM_DATA`) with the path and the system's reason, from the methods too.
 */
export function openFile(path: string): FileSource {
  const attempt = <T>(run: () => T): T => {
    try {
      return run();
    } catch (cause) {
      if (cause instanceof DataError) throw cause;
      const { code = "", message } = cause as NodeJS.ErrnoException;
      throw new DataError({
        what: `it cannot be read (${code || message})`,
        why: code === "ENOENT" ? "there is no such file" : "the system refused",
        fix: "check the path and its permissions",
        at: { file: path },
        cause,
      });
    }
  };
  const file = attempt(() => fs.openSync(path, "r"));
  const stat = attempt(() => fs.fstatSync(file));
  if (!stat.isFile()) {
    fs.closeSync(file);
    throw new DataError({
      what: "it is not a file",
      why: "a corpus is read from many places of a file, again and again",
      fix: "check the path",
      at: { file: path },
    });
  }
  return {
    size: stat.size,
    read: (offset, length) =>
      attempt(() => {
        const bytes = new Uint8Array(length);
        for (let done = 0; done < length;) {
          const got = fs.readSync(file, bytes, done, Math.min(MOST, length - done), offset + done);
          if (got === 0) throw cutShort(path, offset + done, stat.size);
          done += got;
        }
        return bytes;
      }),
    close: () => attempt(() => fs.closeSync(file)),
  };
}

const cutShort = (path: string, end: number, size: number): DataError =>
  new DataError({
    what: `it ends at byte ${end}`,
    why: `it had ${size} bytes when it was opened, or more were asked for than it has`,
    fix: "leave the file alone while it is read",
    at: { file: path },
  });
