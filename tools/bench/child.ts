// A contender in a process of its own: told over stdin what to run, one line at a time, and idle in between.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface Child {
  /** What the process said of itself at its start; empty before the first `ask`. */
  facts(): Record<string, unknown>;
  /** Sends one line and waits for the JSON object that answers it. The first call starts the process. */
  ask(line: string): Promise<Record<string, number>>;
  /** Ends the process by closing its stdin. */
  close(): void;
}

/** A process that prints one JSON line when ready and one for every line it is sent. Started when first asked. */
export function createChild(command: string, args: string[], env: Record<string, string> = {}): Child {
  const start = () => {
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const answer = async (): Promise<Record<string, unknown>> => {
      const { done, value } = await lines.next();
      if (done) throw new Error("the process ended without an answer");
      return JSON.parse(value) as Record<string, unknown>;
    };
    child.on("error", () => undefined); // it never started, or died: the missing answer says so
    child.stdin.on("error", () => undefined);
    return { stdin: child.stdin, ready: answer(), answer };
  };
  let running: ReturnType<typeof start> | undefined;
  let facts: Record<string, unknown> = {};
  return {
    facts: () => facts,
    ask: async (line) => {
      running ??= start();
      facts = await running.ready;
      running.stdin.write(`${line}\n`);
      return (await running.answer()) as Record<string, number>;
    },
    close: () => {
      running?.stdin.end();
      running = undefined;
    },
  };
}

/** The same Node and flags as this process, on another script. */
export const nodeChild = (script: string, args: string[]): Child =>
  createChild(process.execPath, [...process.execArgv, script, ...args]);
