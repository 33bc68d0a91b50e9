// The laws of @xlm/kernels on backend-cuda: conformance.ts [PRECISION...] [--only PART-OF-A-NAME]
import { parseArgs } from "node:util";
import { BACKEND_NAME } from "@xlm/backend-cuda";
import { kernelLaws } from "@xlm/kernels/conformance";
import { chosenPrecisions, startCuda, stopCuda } from "./precisions.js";
import { report, runTests, type Result } from "./report.js";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { only: { type: "string" } } });
const results: Result[] = [];
for (const { precision, tolerance } of chosenPrecisions(positionals)) {
  const start = await runTests([{ name: `${precision} starts`, run: () => startCuda(precision) }]);
  const laws = kernelLaws({ backend: BACKEND_NAME, tolerance }).filter(({ name }) => name.includes(values.only ?? ""));
  if (start.some(({ status }) => status === "failed")) results.push(...start);
  else results.push(...(await runTests(laws.map(({ name, run }) => ({ name: `${precision} ${name}`, run })))));
}
report("conformance", results);
stopCuda();
