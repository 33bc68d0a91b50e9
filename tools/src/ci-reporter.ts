import type { Reporter, TestModule } from "vitest/node";

/** Closes a run with one plain line, for machines that read counts. */
export default class CiReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const n = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) n[test.result().state]++;
      if (module.state() === "failed" && module.errors().length > 0) n.failed++; // failed to load
    }
    console.log(`${n.passed} passed, ${n.failed} failed, ${n.skipped + n.pending} skipped`);
  }
}
