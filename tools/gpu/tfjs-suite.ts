// Runs the bundled test suite of tfjs-core (tools/tfjs-suite, which needs the sources): tfjs-suite.ts BUNDLE SECONDS
import { fork } from "node:child_process";
import type { Message, Task } from "../tfjs-suite/protocol.js";
import { report, type Result } from "./report.js";

/** Specs known to pass, as in tools/tfjs-suite/run.ts. */
const EXPECTED = 4225;

const [file = "", seconds = "900"] = process.argv.slice(2);
const task: Task = { backend: "xlm-cuda", threads: 1 };
const results: Result[] = [];
let ended = false;
const child = fork(file, [JSON.stringify(task)], { execArgv: [], timeout: Number(seconds) * 1000 });
child.on("message", (message: Message) => {
  if (message === "end") ended = true;
  else results.push({ ...message, status: message.status === "pending" ? "skipped" : message.status });
});
child.on("close", (code, signal) => {
  if (!ended) {
    const message = `the process ended too early (${signal ?? `exit code ${code}`})`;
    results.push({ name: `(process) after ${results.at(-1)?.name ?? "no spec"}`, status: "failed", message });
  }
  report("tfjs-suite", results, EXPECTED);
});
