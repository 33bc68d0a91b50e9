import { leakLaws } from "@xlm/testing";
import { startBackend, testedBackends } from "@xlm/tools/backends";
import { beforeAll, describe, it } from "vitest";
import { counts, leakCases, leakRun } from "./leak-cases.js";

// No recording is needed here: it is among the golden tests because it takes minutes. tfjs's own `wasm` would double them.
describe.each(testedBackends.filter((name) => name !== "wasm"))(
  "1,000 updates on %s leave nothing behind:",
  (backend) => {
    beforeAll(() => startBackend(backend));

    it.each(leakCases)("%s", async (name) => {
      const run = leakRun(name);
      for (const law of leakLaws(run.step, counts, { warmUp: 20, steps: 1000 })) await law.run();
      run.dispose();
    });
  },
);
