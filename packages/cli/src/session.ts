import type { Command } from "commander";
import type { Io } from "./io.js";
import { jsonLine } from "./output.js";
import { createProgress, type StartProgress } from "./progress.js";

/** Flags that every command has. */
export interface CommonFlags {
  json?: boolean;
  progress: boolean;
  debug?: boolean;
}

/** What a command talks through. */
export interface Session {
  readonly io: Io;
  readonly json: boolean;
  readonly progress: StartProgress;
  /** A remark on the way, on stderr. */
  say(text: string): void;
  /** A result on stdout: `data` under `--json`, `text` otherwise. */
  result(data: unknown, text: string): void;
}

/** Finishes a command: adds the common flags and says what it does. */
export type Runner = <F extends CommonFlags>(
  command: Command,
  action: (session: Session, flags: F) => void | Promise<void>,
) => void;

export const addCommonFlags = (command: Command): Command =>
  command
    .option("--json", "print results as JSON, one object a line")
    .option("--no-progress", "plain lines instead of a progress bar")
    .option("--debug", "print the stack of an error");

export function createSession(io: Io, flags: CommonFlags): Session {
  const style = flags.progress && io.stderr.isTTY ? "bar" : "lines";
  const json = flags.json ?? false;
  return {
    io,
    json,
    progress: createProgress(io.stderr, { style }),
    say: (text) => void io.stderr.write(`${text}\n`),
    result: (data, text) => void io.stdout.write(json ? jsonLine(data) : text),
  };
}
