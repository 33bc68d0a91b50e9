// Loads tfjs-core's tests, runs them on one backend and sends each result to run.ts.
import { task } from "./environment.js"; // first: the tests below declare their specs as they are loaded
import "@tensorflow/tfjs-core/dist/tests";
import { jasmineEnv, type Result } from "./jasmine.js";
import type { Message, Task } from "./protocol.js";

/**
 * Runs the suite, then ends the process.
 * @param register Makes the backend named in the task known to tfjs.
 */
export async function runSuite(register: (task: Task) => void | Promise<void>): Promise<void> {
  await register(task);
  jasmineEnv.addReporter({
    specDone,
    // An afterAll that fails, an error after the last spec: no spec's, failures none the less.
    suiteDone: (suite) => failures(suite.fullName, suite),
    jasmineDone: (all) => failures("(outside every spec)", all),
  });
  await jasmineEnv.execute();
  process.send?.("end" satisfies Message, () => process.exit()); // whatever the tests left open
}

const send = (message: Message): void => void process.send?.(message);

function specDone({ fullName: name, status, failedExpectations: [first] }: Result): void {
  if (status === "excluded") return;
  send({ name, status: status as "passed" | "failed" | "pending", message: first?.message ?? "" });
}

function failures(name: string, { failedExpectations }: Pick<Result, "failedExpectations">): void {
  for (const { message } of failedExpectations) send({ name, status: "failed", message });
}
