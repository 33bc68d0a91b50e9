import fs from "node:fs";
import path from "node:path";
import { DataError, OptionError } from "@xlm/core";
import { pathError, writeAll } from "./descriptor.js";

/** A file that appears whole or not at all, or a pipe that is written as it comes. */
export interface Output {
  /** Writes bytes, which may be used again afterwards. */
  write(bytes: Uint8Array): Promise<void>;
  /** Puts the file in its place. */
  commit(): void;
  /** Removes what was written, if that can be done. Does nothing after `commit`. */
  discard(): void;
}

export interface OutputOptions {
  /** Whether a file that exists may be replaced. @default false */
  overwrite?: boolean;
  /** Files that are being read, none of which may be replaced. */
  inputs?: readonly string[];
}

/**
 * Opens an output. A regular file is written beside its place and renamed by `commit`; standard output (`-`), pipes and
 * devices are written directly.
 * @throws DataError for a file that exists already, or a path that cannot be written; OptionError for one that is read.
 */
export function createOutput(file: string, { overwrite = false, inputs = [] }: OutputOptions = {}): Output {
  if (file === "-") return direct(1, () => undefined);
  try {
    const present = fs.statSync(file, { throwIfNoEntry: false });
    if (present?.isFile()) {
      checkOther(file, present, inputs);
      if (!overwrite) throw existsAlready(file);
      return beside(fs.realpathSync(file), { overwrite, mode: present.mode });
    }
    if (!present) return beside(file, { overwrite, mode: 0o666 });
    const fd = fs.openSync(file, "w");
    return direct(fd, () => fs.closeSync(fd));
  } catch (error) {
    throw pathError(error, file, "written");
  }
}

function existsAlready(file: string): DataError {
  return new DataError({
    what: "it is there already",
    why: "nothing that was written before is overwritten unasked",
    fix: "name another file, move this one away, or allow it with overwrite",
    at: { file },
  });
}

function checkOther(file: string, present: fs.Stats, inputs: readonly string[]): void {
  for (const input of inputs) {
    const read = input === "-" ? undefined : fs.statSync(input, { throwIfNoEntry: false });
    if (read?.dev !== present.dev || read.ino !== present.ino) continue;
    throw new OptionError({
      what: `input and output are the same file, ${file}`,
      why: "the text would be replaced by its own coding",
      fix: "name another output",
    });
  }
}

/** Writes to a descriptor that cannot be taken back. */
function direct(fd: number, close: () => void): Output {
  let open = true;
  const end = (): void => {
    if (open) close();
    open = false;
  };
  return { write: (bytes) => writeAll(fd, bytes), commit: end, discard: end };
}

/** Writes to a temporary file in the same folder, where renaming is one step. */
function beside(file: string, { overwrite, mode }: { overwrite: boolean; mode: number }): Output {
  const { fd, temporary } = openTemporary(file, mode);
  let open = true;
  return {
    write(bytes) {
      for (let at = 0; at < bytes.length;) at += fs.writeSync(fd, bytes, at);
      return Promise.resolve();
    },
    commit() {
      if (!overwrite && fs.existsSync(file)) throw existsAlready(file); // made meanwhile
      fs.closeSync(fd);
      open = false;
      fs.renameSync(temporary, file);
    },
    discard() {
      if (!open) return;
      open = false;
      fs.closeSync(fd);
      fs.rmSync(temporary, { force: true });
    },
  };
}

function openTemporary(file: string, mode: number): { fd: number; temporary: string } {
  const { dir, base } = path.parse(file);
  for (let n = 0; ; n++) {
    const temporary = path.join(dir, `.${base}.${process.pid}-${n}.tmp`);
    try {
      return { fd: fs.openSync(temporary, "wx", mode), temporary };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}
