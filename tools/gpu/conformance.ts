// The laws of @xlm/kernels on backend-cuda: conformance.ts [PRECISION...] [--only PART-OF-A-NAME]
import { parseArgs } from "node:util";
import { BACKEND_NAME } from "@xlm/backend-cuda";
import { kernelLaws } from "@xlm/kernels/conformance";
import { chosenPrecisions, runIn, stopCuda } from "./precisions.js";
import { report, type Result } from "./report.js";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { only: { type: "string" } } });
const results: Result[] = [];
for (const { precision, tolerance } of chosenPrecisions(positionals)) {
  const laws = kernelLaws({ backend: BACKEND_NAME, tolerance }).filter(({ name }) => name.includes(values.only ?? ""));
  results.push(...(await runIn(precision, laws)));
}
report("conformance", results);
stopCuda();
