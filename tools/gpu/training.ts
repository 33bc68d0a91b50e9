// Training runs of facebookresearch/XLM made again on backend-cuda in float32: training.ts RUNS [WEIGHTS], folders of recordings.
import { compareRun, recordedRuns, tooFar } from "../../packages/trainer/test/train-cases.js";
import { runIn, stopCuda } from "./precisions.js";
import { report } from "./report.js";

const [runs = "", weights = runs] = process.argv.slice(2);
const tests = recordedRuns(runs).map((run) => ({
  name: `${run.name}: ${run.kind}`,
  run: async () => {
    const far = tooFar(await compareRun(runs, weights, run));
    if (far.length > 0) throw new Error(far.map(([what, distance]) => `${what} is off by ${distance}`).join(", "));
  },
}));
report("training", await runIn("fp32", tests), tests.length);
stopCuda();
