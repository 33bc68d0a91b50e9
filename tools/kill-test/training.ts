// A training process, followed line by line, and killed when its time has come.
import { spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";

/** What a process was doing: beginning (and loading), making an update, or saving. */
export type Phase = "starting" | "training" | "saving";

/** When to kill: at a share of the length of a phase, in the `update`-th update of that process. */
export interface Aim {
  readonly phase: Phase;
  readonly update: number;
  readonly share: number;
}

/** What a process told before it ended. */
export interface Life {
  /** What it computed on; nothing when it did not come so far. */
  readonly computesOn: string | undefined;
  /** Its states as `[updates, digest]`, the one it began with first. */
  readonly states: readonly (readonly [updates: number, digest: string])[];
  /** What it was doing at its end. */
  readonly phase: Phase;
  /** Phases that it lived through, in milliseconds. */
  readonly lengths: Readonly<Record<Phase, readonly number[]>>;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly complaints: string;
}

/**
 * Runs child.ts to its end, or to its death by SIGKILL.
 * @param args child.ts's.
 * @param lengthOf the usual length of a phase, in milliseconds.
 */
export function runTraining(
  args: readonly string[],
  aim: Aim | undefined,
  lengthOf: (phase: Phase) => number,
): Promise<Life> {
  const child = spawn(process.execPath, [...process.execArgv, path.join(import.meta.dirname, "child.ts"), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const states: [number, string][] = [];
  const lengths: Record<Phase, number[]> = { starting: [], training: [], saving: [] };
  let computesOn: string | undefined;
  let complaints = "";
  let phase: Phase = "starting";
  let since = performance.now();
  const begin = (next: Phase, update = 0): void => {
    [phase, since] = [next, performance.now()];
    const isDue = aim?.phase === next && (next === "starting" || aim.update === update);
    if (isDue) setTimeout(() => child.kill("SIGKILL"), aim.share * lengthOf(next));
  };
  const follow = (next: Phase, update: number): void => {
    lengths[phase].push(performance.now() - since);
    begin(next, update);
  };
  begin("starting");
  child.stderr.on("data", (text: Buffer) => (complaints += text.toString()));
  createInterface({ input: child.stdout }).on("line", (line) => {
    const [, updates, digest] = /^(\d+) ([0-9a-f]{64})$/.exec(line) ?? [];
    if (line.startsWith("on ")) computesOn = line.slice(3);
    if (/^saved \d+$/.test(line)) follow("training", states.length);
    if (digest === undefined) return;
    states.push([Number(updates), digest]);
    if (states.length === 1) follow("training", 1);
    else follow("saving", states.length - 1);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ computesOn, states, phase, lengths, code, signal, complaints }));
  });
}
