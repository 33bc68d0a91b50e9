// Kills a training process at random moments and holds every resume to the bits of a run that was never stopped:
// node tools/kill-test.mjs --kills N [--seed S] [--backend xlm-wasm|cpu]. What it promises: docs/reliability.md.
import { spawnSync } from "node:child_process";
import path from "node:path";

const { status } = spawnSync(
  process.execPath,
  ["--conditions=@xlm/source", "--import", "tsx", "tools/kill-test/main.ts", ...process.argv.slice(2)],
  { cwd: path.resolve(import.meta.dirname, ".."), stdio: "inherit" },
);
process.exit(status ?? 1);
