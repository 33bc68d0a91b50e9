// main.ts --kills N [--seed S] [--backend xlm-wasm|cpu]: see docs/reliability.md. The last line counts; exit code 0 when all held.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { createRng } from "@xlm/core";
import { killTest } from "./kill-test.js";
import { backends } from "./run.js";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "50" },
    seed: { type: "string", default: "1" },
    backend: { type: "string", default: "xlm-wasm" },
  },
});
const [kills, seed] = [Number(values.kills), Number(values.seed)];
const backend = backends.find((name) => name === values.backend);
if (!(Number.isInteger(kills) && kills >= 1) || !(Number.isSafeInteger(seed) && seed >= 0) || !backend) {
  console.error("usage: node tools/kill-test.mjs --kills N (from 1) [--seed S (from 0)] [--backend xlm-wasm|cpu]");
  process.exit(2);
}

const dir = fs.mkdtempSync(path.join(os.tmpdir(), "xlm-kill-test-"));
const report = (line: string): void => console.log(line);
const { failure, nKills, nResumed, nTorn } = await killTest({ backend, kills, dir, report }, createRng(seed));
if (failure === undefined) fs.rmSync(dir, { recursive: true });
else console.log(`FAILED: ${failure}\nWhat it left: ${dir}`);
console.log(`${nKills} kills, ${nResumed} resumed to the bit, ${nTorn} torn checkpoints`);
process.exitCode = failure === undefined ? 0 : 1;
