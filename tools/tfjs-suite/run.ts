// Runs the test suite that tfjs-core publishes on one backend: run.ts BACKEND [--threads N] [--show] [--expect N]
import { fork } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import type { Message, Outcome, Task } from "./protocol.js";

/** Specs known to pass; a run that passes fewer has lost some on the way, even if none failed. */
const EXPECTED: Readonly<Record<string, number>> = { cpu: 4227, "cpu-copy": 4225, "xlm-wasm": 4225, "xlm-cuda": 4225 };
const SHOWN = 20;
const TIME_LIMIT = 15 * 60_000; // ms; threads that wait for one another never reach Jasmine's own limit

const root = path.resolve(import.meta.dirname, "../..");
const backends = path.join(import.meta.dirname, "backends");

/** Bundles one backend's entry, so that tests, backend and kernels share one copy of tfjs-core. */
async function bundle(backend: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [path.join(backends, `${backend}.ts`)],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs", // the tests call `require`
    conditions: ["@xlm/source"],
    mainFields: ["module", "main"], // tfjs-core's modules, which its tests import by path, and not its bundle for Node
    ignoreAnnotations: true, // "sideEffects" of tfjs-core does not name its tests
    external: ["koffi"], // finds its own library beside itself
    logLevel: "error",
  });
}

/** Runs the bundle in a process, and thereby with an engine, of its own. */
function runTests(file: string, task: Task): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let ended = false;
  const child = fork(file, [JSON.stringify(task)], { cwd: root, execArgv: [], timeout: TIME_LIMIT });
  child.on("message", (message: Message) => {
    if (message === "end") ended = true;
    else outcomes.push(message);
  });
  return new Promise((resolve) => {
    child.on("close", (code, signal) => {
      const message = `the process ended too early (${signal ?? `exit code ${code}`})`;
      if (!ended)
        outcomes.push({ name: `(process) after ${outcomes.at(-1)?.name ?? "no spec"}`, status: "failed", message });
      resolve(outcomes);
    });
  });
}

function printFailures(failed: readonly Outcome[], limit: number): void {
  for (const { name, message } of failed.slice(0, limit))
    console.log(`FAILED ${name}\n       ${message.slice(0, 300)}`);
  if (failed.length > limit) console.log(`... and ${failed.length - limit} more (--show lists all)`);
  const byOp = new Map<string, number>();
  for (const { name } of failed) {
    const op = name.split(" ", 1)[0] ?? "";
    byOp.set(op, (byOp.get(op) ?? 0) + 1);
  }
  const ops = [...byOp].sort(([, a], [, b]) => b - a).map(([op, n]) => `${op}: ${n}`);
  if (ops.length > 0) console.log(`failed by operation: ${ops.join(", ")}`);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    threads: { type: "string", default: "1" },
    show: { type: "boolean", default: false },
    expect: { type: "string" },
  },
});
const [backend = ""] = positionals;
const known = fs.readdirSync(backends).map((file) => path.basename(file, ".ts"));
const expected = Number(values.expect ?? EXPECTED[backend] ?? 1);
const threads = Number(values.threads);
if (!known.includes(backend) || !(threads >= 1) || !(expected >= 1)) {
  console.error("usage: run.ts BACKEND [--threads N] [--show] [--expect N]");
  console.error(`BACKEND is one of: ${known.join(", ")}`);
  process.exit(2);
}

// Inside of the repository, so that what is not bundled is found.
const cache = path.join(root, "node_modules/.cache");
fs.mkdirSync(cache, { recursive: true });
const dir = fs.mkdtempSync(path.join(cache, "tfjs-suite-"));
try {
  const file = path.join(dir, `${backend}.cjs`);
  await bundle(backend, file);
  const outcomes = await runTests(file, { backend, threads });
  const of = (status: Outcome["status"]): Outcome[] => outcomes.filter((outcome) => outcome.status === status);
  const [passed, failed, skipped] = [of("passed"), of("failed"), of("pending")];
  if (values.show) for (const { name } of skipped) console.log(`SKIPPED ${name}`);
  printFailures(failed, values.show ? Infinity : SHOWN);
  if (passed.length < expected) console.log(`expected at least ${expected} passed`);
  // The last line as .ci/run reads it.
  console.log(`${passed.length} passed, ${failed.length} failed, ${skipped.length} skipped`);
  if (failed.length > 0 || passed.length < expected) process.exitCode = 1;
} finally {
  fs.rmSync(dir, { recursive: true });
}
