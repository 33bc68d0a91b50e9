import { DataError, UnsupportedError } from "@xlm/core";
import { nodeProcess } from "./host.js";

/**
 * The few operations on files that this package needs. Node's by default; another one (an OPFS folder, a test that pulls
 * the plug) needs these and nothing more. Paths are joined with `/`.
 */
export interface Disk {
  /** Tells this writer's temporary files from those of others: a process number. */
  readonly writer: string;
  /** Names in a folder, in any order; none when there is no such folder. */
  list(folder: string): readonly string[];
  /** Makes a folder and its parents, durably; leaves an existing one alone. */
  makeFolder(folder: string): void;
  /** Makes or replaces a file. Its bytes are on the medium when this returns; its name is after `sync` of the folder. */
  write(path: string, bytes: Uint8Array): void;
  /** Renames a file or folder in one step, replacing a file. */
  rename(from: string, to: string): void;
  /** Makes what was made, renamed or removed in a folder durable. */
  sync(folder: string): void;
  /** Removes a file, or a folder and all in it; does nothing when there is none. */
  remove(path: string): void;
  open(path: string): OpenFile;
}

/** A file open for reading: what it was when opened, even if another takes its name. */
export interface OpenFile {
  /** Bytes. */
  readonly size: number;
  /** Bytes `begin..end-1`. */
  read(begin: number, end: number): Uint8Array;
  close(): void;
}

export interface DiskOptions {
  /** @default the file system of Node */
  disk?: Disk;
}

const CHUNK = 2 ** 30; // the system calls take less than 2^31 bytes at once

/**
 * The file system of Node.
 * @throws UnsupportedError (`XLM_UNSUPPORTED`) in a browser. Its operations throw DataError (`XLM_DATA`) with the path and
 * the system's reason.
 */
export function nodeDisk(): Disk {
  const host = nodeProcess();
  if (!host) {
    throw new UnsupportedError({
      what: "files are asked for where there is no node:fs",
      why: "browsers have no file system of that kind",
      fix: "use encodeSafetensors and decodeSafetensors on bytes, or pass a disk of your own",
    });
  }
  const fs = host.getBuiltinModule("node:fs");
  const paths = host.getBuiltinModule("node:path");

  const attempt = <T>(verb: string, path: string, run: () => T): T => {
    try {
      return run();
    } catch (cause) {
      const { code = "", message } = cause as NodeJS.ErrnoException;
      throw new DataError({
        what: `it cannot be ${verb} (${code || message})`,
        why: REASONS[code] ?? "the system refused",
        fix: "check the path, its permissions and the room on the disk",
        at: { file: path },
        cause,
      });
    }
  };
  const withFile = <T>(path: string, flags: string, run: (file: number) => T): T => {
    const file = fs.openSync(path, flags);
    try {
      return run(file);
    } finally {
      fs.closeSync(file);
    }
  };
  const sync = (folder: string): void => {
    if (host.platform === "win32") return; // folders cannot be opened there; NTFS keeps a journal of names itself
    attempt("written", folder, () => withFile(folder, "r", (file) => fs.fsyncSync(file)));
  };

  return {
    writer: String(host.pid),
    list: (folder) => attempt("listed", folder, () => (fs.existsSync(folder) ? fs.readdirSync(folder) : [])),
    makeFolder: (folder) => {
      const first = attempt("made", folder, () => fs.mkdirSync(folder, { recursive: true }));
      if (first === undefined) return;
      const oldest = paths.resolve(first);
      for (let made = paths.resolve(folder); made.length >= oldest.length; made = paths.dirname(made)) {
        sync(paths.dirname(made));
      }
    },
    write: (path, bytes) =>
      attempt("written", path, () =>
        withFile(path, "w", (file) => {
          for (let done = 0; done < bytes.length;)
            done += fs.writeSync(file, bytes, done, Math.min(CHUNK, bytes.length - done));
          fs.fsyncSync(file);
        }),
      ),
    rename: (from, to) => attempt("written", to, () => fs.renameSync(from, to)),
    sync,
    remove: (path) => attempt("removed", path, () => fs.rmSync(path, { recursive: true, force: true })),
    open: (path) => {
      const file = attempt("read", path, () => fs.openSync(path, "r"));
      const { size } = attempt("read", path, () => fs.fstatSync(file));
      return {
        size,
        read: (begin, end) =>
          attempt("read", path, () => {
            const bytes = new Uint8Array(end - begin);
            for (let done = 0; done < bytes.length;) {
              const got = fs.readSync(file, bytes, done, Math.min(CHUNK, bytes.length - done), begin + done);
              if (got === 0) throw new Error(`the file ends at byte ${begin + done}`);
              done += got;
            }
            return bytes;
          }),
        close: () => fs.closeSync(file),
      };
    },
  };
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EACCES: "permission is denied",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of the path is a file",
  ENOSPC: "the disk is full",
  EROFS: "the file system is read-only",
};
