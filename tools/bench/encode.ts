import path from "node:path";
import { nodeChild, type Child } from "./child.js";
import { checkWords, chosen, pythonChild } from "./contenders.js";
import { idOf, pythonHas, type Benchmark, type BenchOptions, type Contender, type Ratio } from "./harness.js";
import { inBatches, sentenceLengths } from "./sentences.js";

const CONFIG = { vocabSize: 30_000, nLangs: 2, embDim: 1024, nLayers: 12, nHeads: 8 };
const LENGTHS = sentenceLengths(64);
const BATCH_SIZES = { batch1: 1, batch16: 16 };
const THREADS = ["1", "2"];
const MODULES = { huggingface: "transformers", pytorch: "torch" } as const;

/** What ours runs on; `wasm` measures the composites on stock tfjs-wasm. */
const backend = process.env["XLM_BENCH_BACKEND"] ?? "xlm-wasm";

/**
 * Sentences a second through an encoder of 12 layers, 1024 wide, one at a time and 16 at a time, against Hugging Face's `XLMModel` in
 * PyTorch, or plain PyTorch where `transformers` is missing. Words after the name restrict what runs:
 * `npm run -s bench -- encode batch16 1`.
 */
export default function encode({ python, args }: BenchOptions): Benchmark {
  const peers = chosen(["huggingface", "pytorch"] as const, args);
  const peer = peers.find((impl) => pythonHas(python, MODULES[impl])) ?? peers[peers.length - 1] ?? "pytorch";
  checkWords("encode", [...Object.keys(BATCH_SIZES), "xlm-wasm", "huggingface", "pytorch", ...THREADS], args);
  const wanted = chosen(["xlm-wasm", peer] as const, args);
  const absent = wanted.filter((impl) => impl !== "xlm-wasm" && !pythonHas(python, MODULES[impl]));
  const impls = wanted.filter((impl) => !absent.includes(impl));

  const start = (impl: string, threads: number): Child =>
    impl === "xlm-wasm"
      ? nodeChild(path.join(import.meta.dirname, "peers/xlm-encode.ts"), [
          backend,
          String(threads),
          JSON.stringify(CONFIG),
        ])
      : pythonChild(python as string, "xlm_encoder.py", threads, [impl, JSON.stringify(CONFIG)]);
  const counts = chosen(THREADS, args).map(Number);
  const runners = impls.flatMap((impl) => counts.map((threads) => ({ impl, threads, child: start(impl, threads) })));
  const groups = chosen(Object.keys(BATCH_SIZES) as (keyof typeof BATCH_SIZES)[], args);
  return {
    contenders: groups.flatMap((group) =>
      runners.map(({ impl, threads, child }): Contender => ({
        impl,
        threads,
        group,
        labels: { batchSize: BATCH_SIZES[group] },
        run: () => child.ask(JSON.stringify(inBatches(LENGTHS, BATCH_SIZES[group]))),
        about: child.facts,
      })),
    ),
    ratios: groups.flatMap((group) =>
      counts.map((threads): Ratio => ({
        key: `${peer}/${group}/${threads}`,
        ours: idOf({ impl: "xlm-wasm", group, threads }),
        peer: idOf({ impl: peer, group, threads }),
        figure: "sentencesPerSecond",
        better: "higher",
      })),
    ),
    absent,
    rounds: 3,
    close: () => runners.forEach(({ child }) => child.close()),
  };
}
