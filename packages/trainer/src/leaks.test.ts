import { leakLaws } from "@xlm/testing";
import { startBackend, testedBackends } from "@xlm/tools/backends";
import { beforeAll, describe, it } from "vitest";
import { counts, leakCases, leakRun } from "../test/leak-cases.js";

// Some steps here, a thousand of each in test/leaks.golden.ts.
describe.each(testedBackends.filter((name) => name !== "wasm"))("training on %s leaves nothing behind:", (backend) => {
  beforeAll(() => startBackend(backend));

  it.each(leakCases)("%s", async (name) => {
    const run = leakRun(name);
    for (const law of leakLaws(run.step, counts, { warmUp: 12, steps: 30 })) await law.run();
    run.dispose();
  });
});
