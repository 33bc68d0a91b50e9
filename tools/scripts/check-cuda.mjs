// Compiles every kernel of backend-cuda for the oldest card that is supported, the oldest with tensor cores for TF32 and bf16, and a
// new one, with the nvcc of a CUDA toolkit. Where there is none it says so and ends well: the host emulator compiles them all the same.
import { execFile, execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { checkedPrograms } from "../../packages/backend-cuda/test/programs.js";

const ARCHITECTURES = [75, 80, 90];
const run = promisify(execFile);

try {
  console.log(execFileSync("nvcc", ["--version"], { encoding: "utf8" }).trim().split("\n").at(-2));
} catch {
  console.log("no nvcc here: kernels are not compiled for a GPU");
  process.exit(0);
}
const dir = fs.mkdtempSync(path.join(os.tmpdir(), "xlm-nvcc-"));
const jobs = ARCHITECTURES.flatMap((arch) => checkedPrograms(arch).map((program) => ({ arch, program })));
let passed = 0;
let failed = 0;

/** Spilled registers are no mistake, but slow, and seen here alone. */
function spills(log) {
  return [...log.matchAll(/(\d+) bytes spill stores/g)].reduce((sum, [, bytes]) => sum + Number(bytes), 0);
}

async function compile({ arch, program }) {
  const file = path.join(dir, `${program.name}-${arch}.cu`);
  fs.writeFileSync(file, program.text);
  const args = [`-arch=sm_${arch}`, "-std=c++17", "--cubin", "-Werror=all-warnings", "-Xptxas=-v"];
  try {
    const { stderr } = await run("nvcc", [...args, "-o", `${file}.cubin`, file], { maxBuffer: 2 ** 26 });
    const spilled = spills(stderr);
    if (spilled > 0) console.log(`${program.name} for sm_${arch}: ${spilled} bytes of spilled registers`);
    passed++;
  } catch (error) {
    console.log(`FAILED ${program.name} for sm_${arch}\n${String(error.stderr ?? error).slice(0, 2000)}`);
    failed++;
  }
}

const worker = async () => {
  for (let job = jobs.pop(); job; job = jobs.pop()) await compile(job);
};
try {
  await Promise.all(Array.from({ length: Math.max(1, os.availableParallelism()) }, worker));
} finally {
  fs.rmSync(dir, { recursive: true });
}
// As .ci/run counts it.
console.log(`${passed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed > 0 ? 1 : 0;
