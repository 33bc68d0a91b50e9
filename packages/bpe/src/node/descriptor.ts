import fs from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { DataError } from "@xlm/core";

/** An open file, pipe or terminal. */
export interface Descriptor {
  readonly fd: number;
  /** Bytes of a regular file; undefined for all else, which is read as it comes. */
  readonly size: number | undefined;
  /** Closes it, unless it is a standard stream. */
  close(): void;
}

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EACCES: "it may not be opened by this user",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of its path is a file",
};

/** The typed error for a path that cannot be used; other errors stay as they are. */
export function pathError(error: unknown, file: string, purpose: "read" | "written"): unknown {
  const problem = error instanceof Error ? PROBLEMS[String((error as NodeJS.ErrnoException).code)] : undefined;
  if (!problem) return error;
  return new DataError({
    what: problem,
    why: `it was to be ${purpose}`,
    fix: "check the path",
    at: { file },
    cause: error,
  });
}

/** @throws DataError for a path that cannot be read. */
export function statReadable(file: string): fs.Stats {
  try {
    fs.accessSync(file, fs.constants.R_OK);
    const stat = fs.statSync(file);
    if (stat.isDirectory()) throw Object.assign(new Error("a folder"), { code: "EISDIR" });
    return stat;
  } catch (error) {
    throw pathError(error, file, "read");
  }
}

/**
 * Opens a file for reading; `-` is standard input. Does not block the thread while a pipe has nobody at its other end.
 * @throws DataError for a path that cannot be read.
 */
export async function openForReading(file: string): Promise<Descriptor> {
  if (file === "-") return { fd: 0, size: regularSize(0), close: () => undefined };
  statReadable(file);
  try {
    const fd = await new Promise<number>((resolve, reject) =>
      fs.open(file, "r", (error, opened) => (error ? reject(error) : resolve(opened))),
    );
    return { fd, size: regularSize(fd), close: () => fs.closeSync(fd) };
  } catch (error) {
    throw pathError(error, file, "read");
  }
}

function regularSize(fd: number): number | undefined {
  const stat = fs.fstatSync(fd);
  // Files that the kernel makes up, such as those of /proc, say 0 and have content all the same.
  return stat.isFile() && stat.size > 0 ? stat.size : undefined;
}

const code = (error: unknown): unknown => (error as NodeJS.ErrnoException).code;
const RETRY_MS = 2;

/**
 * Reads up to `length` bytes into `buffer` from `at`, of a regular file from `position`; 0 at the end.
 * A regular file is read at once; for all else the thread is left free, and a pipe that has nothing yet is tried again.
 */
export async function readInto(
  { fd, size }: Descriptor,
  buffer: Uint8Array,
  at: number,
  length: number,
  position: number,
): Promise<number> {
  if (size !== undefined) return fs.readSync(fd, buffer, at, length, fd === 0 ? null : position);
  for (;;) {
    try {
      return await new Promise<number>((resolve, reject) =>
        fs.read(fd, buffer, at, length, null, (error, n) => (error ? reject(error) : resolve(n))),
      );
    } catch (error) {
      if (code(error) === "EOF") return 0; // Windows, at the end of a pipe
      if (code(error) !== "EAGAIN") throw error;
      await wait(RETRY_MS);
    }
  }
}

/** Writes all bytes; a pipe that is full is tried again. */
export async function writeAll(fd: number, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    try {
      at += await new Promise<number>((resolve, reject) =>
        fs.write(fd, bytes, at, bytes.length - at, null, (error, n) => (error ? reject(error) : resolve(n))),
      );
    } catch (error) {
      if (code(error) !== "EAGAIN") throw error;
      await wait(RETRY_MS);
    }
  }
}
