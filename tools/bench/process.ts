// Whole processes, measured from outside by GNU time.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import type { Figures } from "./harness.js";

const TIME = "/usr/bin/time";

export interface ProcessOptions {
  /** File for its standard input. @default none */
  stdin?: string;
  /** File for its standard output. @default thrown away */
  stdout?: string;
}

/**
 * Runs a command to its end.
 * @returns seconds on the clock, CPU seconds of user and system together, and the highest memory in MiB.
 */
export function runProcess(command: readonly string[], { stdin, stdout }: ProcessOptions = {}): Figures {
  const input = fs.openSync(stdin ?? "/dev/null", "r");
  const output = fs.openSync(stdout ?? "/dev/null", "w");
  try {
    const run = spawnSync(TIME, ["-q", "-f", "%e %U %S %M", ...command], {
      stdio: [input, output, "pipe"],
      encoding: "utf8",
      maxBuffer: 2 ** 26,
    });
    if (run.error) throw new Error(`${TIME} (GNU time) is needed to measure processes: ${run.error.message}`);
    if (run.status !== 0) throw new Error(`${command.join(" ")} failed: ${run.stderr.slice(-500)}`);
    const line = run.stderr.trim().split("\n").at(-1) as string;
    const [wall, user, system, kilobytes] = line.split(" ").map(Number) as [number, number, number, number];
    return { seconds: wall, cpuSeconds: user + system, peakMiB: kilobytes / 1024 };
  } finally {
    fs.closeSync(input);
    fs.closeSync(output);
  }
}

/** The figures with megabytes a second of CPU time and on the clock. */
export const withRate = (figures: Figures, bytes: number): Figures => ({
  ...figures,
  mbPerSecond: bytes / 1e6 / (figures["seconds"] as number),
  mbPerCpuSecond: bytes / 1e6 / (figures["cpuSeconds"] as number),
});
