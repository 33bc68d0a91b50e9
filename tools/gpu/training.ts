// Training runs of facebookresearch/XLM made again on backend-cuda in float32: training.ts RUNS [WEIGHTS], folders of recordings.
import { startBackend } from "@xlm/tools/backends";
import { compareRun, recordedRuns, tooFar } from "../../packages/trainer/test/train-cases.js";
import { stopCuda } from "./precisions.js";
import { report, runTests } from "./report.js";

const [runs = "", weights = runs] = process.argv.slice(2);
await startBackend("xlm-cuda");
const tests = recordedRuns(runs).map((run) => ({
  name: `${run.name}: ${run.kind}`,
  run: async () => {
    const far = tooFar(await compareRun(runs, weights, run));
    if (far.length > 0) throw new Error(far.map(([what, distance]) => `${what} is off by ${distance}`).join(", "));
  },
}));
report("training", await runTests(tests), tests.length);
stopCuda();
