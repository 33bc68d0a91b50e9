import { createRequire } from "node:module";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { buildSync } from "esbuild";
import { nodeChild, type Child } from "./child.js";
import { checkWords, chosen, pythonChild } from "./contenders.js";
import { idOf, pythonHas, type Benchmark, type BenchOptions, type Contender, type Ratio } from "./harness.js";
import { CLIP, DROPOUT, LEARNING_RATE, SIZES, targetCount, type Size } from "./sizes.js";

const IMPLS = { "xlm-wasm": [1, 2], "tfjs-wasm": [1], pytorch: [1, 2] };
const SECONDS = 2.5;

/** What ours trains on; `wasm` measures the composites on stock tfjs-wasm. */
const backend = process.env["XLM_BENCH_BACKEND"] ?? "xlm-wasm";

/**
 * MLM training steps (forward, gradients, clipping, Adam; dropout 0.1) against the same model in plain tfjs on stock
 * tfjs-wasm and in PyTorch, each contender in a process of its own. Words after the name restrict what runs:
 * `npm run -s bench -- wasm-step small xlm-wasm pytorch 1`.
 */
export default function wasmStep({ python, args }: BenchOptions): Benchmark {
  checkWords("wasm-step", [...Object.keys(SIZES), ...Object.keys(IMPLS), "1", "2"], args);
  const groups = chosen(Object.keys(SIZES) as (keyof typeof SIZES)[], args);
  const wanted = chosen(Object.keys(IMPLS) as (keyof typeof IMPLS)[], args);
  const threadCounts = chosen(["1", "2"], args).map(Number);
  const absent = wanted.includes("pytorch") && !pythonHas(python, "torch") ? ["pytorch"] : [];
  const impls = wanted.filter((impl) => !absent.includes(impl));

  const bundle = fs.mkdtempSync(path.join(os.tmpdir(), "xlm-bench-"));
  const start: Record<keyof typeof IMPLS, (size: Size, threads: number) => Child> = {
    "xlm-wasm": (size, threads) =>
      nodeChild(path.join(import.meta.dirname, "peers/xlm-step.ts"), [backend, String(threads), JSON.stringify(size)]),
    "tfjs-wasm": (size) => nodeChild(bundleStockPeer(bundle), [stockWasmFolder(), JSON.stringify(size)]),
    pytorch: (size, threads) => {
      const all = { ...size, targets: targetCount(size), dropout: DROPOUT, clip: CLIP, lr: LEARNING_RATE };
      return pythonChild(python as string, "step.py", threads, [JSON.stringify(all)]);
    },
  };
  const contender = (impl: keyof typeof IMPLS, group: keyof typeof SIZES, threads: number): Contender => {
    const child = start[impl](SIZES[group], threads);
    // Stock tfjs-wasm takes from half a minute to minutes a step: one step, uncounted steps left out,
    const slow = impl === "tfjs-wasm";
    return {
      impl,
      threads,
      group,
      labels: { size: group },
      run: () => child.ask(String(slow ? 0 : SECONDS)),
      about: child.facts,
      close: child.close,
      // and out of memory at the larger size, where its heap ends at 2 GiB
      ...(slow && { rounds: 1, warmUp: false, mayFail: true }),
    };
  };
  return {
    contenders: groups.flatMap((group) =>
      impls.flatMap((impl) =>
        IMPLS[impl].filter((count) => threadCounts.includes(count)).map((count) => contender(impl, group, count)),
      ),
    ),
    ratios: groups.flatMap(ratiosOf),
    absent,
    close: () => fs.rmSync(bundle, { recursive: true, force: true }),
  };
}

function ratiosOf(group: string): Ratio[] {
  const ours = (threads: number): string => idOf({ impl: "xlm-wasm", group, threads });
  const speed = { figure: "tokensPerSecond", better: "higher" } as const;
  const against = (["pytorch", "tfjs-wasm"] as const).flatMap((impl) =>
    IMPLS[impl].flatMap((threads): Ratio[] => {
      const both = { ours: ours(threads), peer: idOf({ impl, group, threads }) };
      return [
        { key: `${impl}/${group}/${threads}`, ...both, ...speed },
        { key: `${impl}-memory/${group}/${threads}`, ...both, figure: "peakMiB", better: "lower" },
      ];
    }),
  );
  return [...against, { key: `one-thread/${group}/2`, ours: ours(2), peer: ours(1), ...speed }];
}

const stockWasmFolder = (): string =>
  path.dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm")) + path.sep;

/** The stock peer with all of tfjs in one file; of tfjs-core the gradients too, which Node does not load by themselves. */
function bundleStockPeer(folder: string): string {
  const outfile = path.join(folder, "tfjs-step.cjs");
  if (fs.existsSync(outfile)) return outfile;
  buildSync({
    entryPoints: [path.join(import.meta.dirname, "peers/tfjs-step.ts")],
    bundle: true,
    platform: "node",
    format: "cjs",
    mainFields: ["module", "main"], // one copy of tfjs-core: its gradients exist as modules alone
    logLevel: "error",
    outfile,
  });
  return outfile;
}
