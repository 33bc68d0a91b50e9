import { CommanderError } from "commander";
import { describeError, errorJson, EXIT, exitCode } from "./exit.js";
import { processIo, type Io } from "./io.js";
import { jsonLine } from "./output.js";
import { createProgram } from "./program.js";
import type { CommonFlags } from "./session.js";

/**
 * Runs the command line.
 * @param argv what stands behind `xlm`.
 * @param io where output goes and what interrupts. @default the process's streams, no interruption
 * @returns the exit code: 0 done, 1 unexpected error, 2 usage or bad input, 3 training diverged, 130 interrupted after saving.
 */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<number> {
  let flags: CommonFlags | undefined;
  const program = createProgram(io, (known) => (flags = known));
  try {
    await program.parseAsync([...argv], { from: "user" });
    return EXIT.ok;
  } catch (error) {
    // Commander has printed its own, and help is no error.
    if (!(error instanceof CommanderError)) {
      io.stderr.write(describeError(error, flags?.debug));
      if (flags?.json) io.stdout.write(jsonLine(errorJson(error)));
    }
    return exitCode(error);
  }
}
