// What the programs of this folder share: tests run one after another, failures and counts printed, results kept as JSON.
import fs from "node:fs";

export interface Test {
  name: string;
  run: () => unknown;
}

export interface Result {
  name: string;
  status: "passed" | "failed" | "skipped";
  message?: string;
}

const SHOWN = 12;

/** Runs tests in order; one that throws has failed. */
export async function runTests(tests: readonly Test[]): Promise<Result[]> {
  const results: Result[] = [];
  for (const { name, run } of tests) {
    try {
      await run();
      results.push({ name, status: name.includes(" - skipped: ") ? "skipped" : "passed" });
    } catch (error) {
      results.push({ name, status: "failed", message: (error as Error).message });
    }
  }
  return results;
}

/**
 * Prints failures and, as the last line, the counts; adds a line of JSON to the file that XLM_RESULTS names. The exit code tells
 * whether all went well.
 */
export function report(test: string, results: readonly Result[], atLeast = 1): void {
  const of = (status: Result["status"]): Result[] => results.filter((result) => result.status === status);
  const [passed, failed, skipped] = [of("passed"), of("failed"), of("skipped")];
  for (const { name, message = "" } of failed.slice(0, SHOWN)) console.log(`FAILED ${name}\n       ${brief(message)}`);
  if (failed.length > SHOWN) console.log(`... and ${failed.length - SHOWN} more`);
  if (passed.length < atLeast) console.log(`expected at least ${atLeast} passed`);
  const counts = { passed: passed.length, failed: failed.length, skipped: skipped.length };
  const file = process.env["XLM_RESULTS"];
  if (file) fs.appendFileSync(file, `${JSON.stringify({ test, ...counts, atLeast, failures: failed })}\n`);
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  if (failed.length > 0 || passed.length < atLeast) process.exitCode = 1;
}

const brief = (message: string): string => message.replace(/\s+/g, " ").slice(0, 300);
