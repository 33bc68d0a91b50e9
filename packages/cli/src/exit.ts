import { CommanderError } from "commander";

/** What the process answers with. */
export const EXIT = { ok: 0, unexpected: 1, usage: 2, diverged: 3, interrupted: 130 } as const;

/** Thrown by a command that saved its work because it was told to stop. */
export class Interrupted extends Error {
  constructor(readonly hint: string) {
    super(`stopped as asked; ${hint}`);
    this.name = "Interrupted";
  }
}

interface CodedError extends Error {
  readonly code: string;
  readonly what: string;
  readonly why: string;
  readonly fix: string;
  readonly at?: { readonly file?: string; readonly line?: number };
}

/** By its code rather than its class, which differs between two installed copies. */
const isXlmError = (error: unknown): error is CodedError =>
  error instanceof Error && String((error as Partial<CodedError>).code).startsWith("XLM_");

/** File system troubles that the user, not this program, can mend. */
const FILE_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EACCES: "it may not be read or written by this user",
  EISDIR: "it is a folder, and a file is needed",
  ENOTDIR: "part of its path is a file, and a folder is needed",
  ENOSPC: "the disk is full",
};

const fileProblem = (error: unknown): string | undefined =>
  error instanceof Error ? FILE_PROBLEMS[String((error as NodeJS.ErrnoException).code)] : undefined;

/** The exit code that goes with an error. */
export function exitCode(error: unknown): number {
  if (error instanceof Interrupted) return EXIT.interrupted;
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (isXlmError(error)) return error.code === "XLM_DIVERGED" ? EXIT.diverged : EXIT.usage;
  return fileProblem(error) ? EXIT.usage : EXIT.unexpected;
}

/**
 * What the user reads: what happened, why it matters, what to do. The stack only with `--debug`, or when the error is ours.
 */
export function describeError(error: unknown, debug = false): string {
  if (error instanceof Interrupted) return `${error.message}\n`;
  const stack = debug && error instanceof Error ? `${error.stack}\n` : "";
  if (isXlmError(error)) {
    const place = [error.at?.file, error.at?.line === undefined ? undefined : `line ${error.at.line}`];
    const where = place.filter((part) => part !== undefined).join(", ");
    return `xlm: ${where ? `${where}: ` : ""}${error.what}\n  why: ${error.why}\n  fix: ${error.fix}\n${stack}`;
  }
  const problem = fileProblem(error);
  if (problem) {
    const { path, message } = error as NodeJS.ErrnoException;
    return `xlm: ${path ?? message}: ${problem}\n${stack}`;
  }
  return `xlm: unexpected error\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`;
}

/** The same as one object for `--json`. */
export function errorJson(error: unknown): Record<string, unknown> {
  if (isXlmError(error)) {
    const { code, what, why, fix, at } = error;
    return { error: { code, what, why, fix, ...(at ? { at } : {}) } };
  }
  if (error instanceof Interrupted) return { error: { code: "INTERRUPTED", what: error.message } };
  return { error: { code: "UNEXPECTED", what: error instanceof Error ? error.message : String(error) } };
}
