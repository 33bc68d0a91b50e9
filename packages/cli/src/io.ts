/** Somewhere to write text: what the command line needs of `process.stdout` and `process.stderr`. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** The world a command runs in. Tests hand in their own. */
export interface Io {
  /** Results alone. */
  readonly stdout: Sink;
  /** Everything said on the way: progress, hints, errors. */
  readonly stderr: Sink;
  /** Aborted by the first Ctrl-C; long commands save and stop at the next step. */
  readonly signal: AbortSignal;
}

/** The process's own streams, never interrupted: `main`'s default. */
export const processIo = (signal: AbortSignal = new AbortController().signal): Io => ({
  stdout: process.stdout,
  stderr: process.stderr,
  signal,
});

/**
 * Turns the first SIGINT or SIGTERM into an aborted signal, so that the running command saves, and the second into an
 * end at once.
 * @returns the signal, and `release` to take the handlers away.
 */
export function interruptSignal(stderr: Sink): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const handle = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(130);
    stderr.write(`\n${name}: saving and stopping; once more to quit at once\n`);
    controller.abort();
  };
  process.on("SIGINT", handle);
  process.on("SIGTERM", handle);
  return {
    signal: controller.signal,
    release: () => {
      process.off("SIGINT", handle);
      process.off("SIGTERM", handle);
    },
  };
}
