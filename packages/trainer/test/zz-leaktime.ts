import * as tf from "@tensorflow/tfjs-core";
import { startBackend, testedBackends } from "/work/main/tools/src/backends.js";
import { counts, leakCases, leakRun } from "/work/main/packages/trainer/test/leak-cases.js";
tf.env().set("PROD", true);
const n = Number(process.argv[2] ?? 60);
for (const b of ["cpu","xlm-wasm on 1 thread"]) {
  await startBackend(b);
  for (const c of leakCases) {
    const run = leakRun(c);
    for (let i = 0; i < 20; i++) await run.step(i);
    const before = counts();
    const t = process.cpuUsage();
    for (let i = 0; i < n; i++) await run.step(20 + i);
    const after = counts();
    console.log(b, c, (process.cpuUsage(t).user / 1000 / n).toFixed(2), "ms", JSON.stringify(before) === JSON.stringify(after) ? "same" : JSON.stringify([before, after]));
    run.dispose();
  }
}
process.exit(0);
