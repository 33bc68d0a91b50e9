// Everything of backend-cuda that runs without a GPU: kernels compiled with nvcc where there is one, then on the host emulator its own
// tests with the conformance suite, comparisons with the originals, leaks, and tfjs-core's suite.
import { spawnSync } from "node:child_process";
import fs from "node:fs";

const source = ["--conditions=@xlm/source", "--import", "tsx"];
const vitest = ["node_modules/vitest/vitest.mjs", "run", "--project"];

// The whole recordings where they are, else the beginnings that are part of a clone.
const recorded = fs.existsSync(process.env["XLM_GOLDEN"] ?? "../shared/golden")
  ? [
      ...["node", ...vitest, "golden"],
      ...["packages/trainer/test/train.golden.ts", "packages/transformer/test/model.golden.ts"],
      "packages/kernels/test/optim.golden.ts",
    ]
  : ["bash", "tools/gpu/test.sh", "training"];

const runs: Readonly<Record<string, readonly string[]>> = {
  "the emulator itself": ["bash", "tools/cuda-emulator/test/test.sh"],
  "kernels, compiled": ["node", ...source, "tools/scripts/check-cuda.mjs"],
  "tests of the backend": ["node", ...vitest, "cuda"],
  "the originals' training runs": recorded,
  leaks: ["node", ...vitest, "node", "packages/trainer/src/leaks.test.ts"],
  "tfjs-core's suite": ["node", ...source, "tools/tfjs-suite/run.ts", "xlm-cuda"],
};

for (const [title, [command = "", ...args]] of Object.entries(runs)) {
  console.log(`--- ${title}`);
  const { status } = spawnSync(command, args, { stdio: "inherit", env: { ...process.env, XLM_CUDA: "emulator" } });
  if (status !== 0) process.exitCode = 1;
}
