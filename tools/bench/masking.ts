import { benchMasking } from "../../packages/objectives/bench/masking.js";
import { pythonHas, pythonPeer, timed, type Benchmark, type BenchOptions, type Contender } from "./harness.js";

const REPEATS = 200;

/** Tokens per second of MLM masking on 64 x 256 batches, against the way NumPy and PyTorch code does it. */
export default function masking({ python }: BenchOptions): Benchmark {
  const ours = (impl: string, sampleAlpha: number): Contender => {
    const { tokens, run } = benchMasking(sampleAlpha);
    return {
      impl,
      threads: 1,
      run: async () => {
        const ms = await timed(() => {
          for (let i = 0; i < REPEATS; i++) run();
        });
        return { tokensPerSecond: (tokens * REPEATS * 1000) / ms };
      },
    };
  };
  const peers = (["numpy", "torch"] as const).map((module) => ({
    module,
    contender: {
      impl: module === "torch" ? "pytorch" : module,
      threads: 1,
      run: () => pythonPeer(python as string, "masking.py", [module, 64, 256, 32_000, REPEATS]),
    },
  }));
  const here = peers.filter(({ module }) => pythonHas(python, module));
  return {
    contenders: [ours("xlm", 0), ours("xlm-weighted", 0.5), ...here.map(({ contender }) => contender)],
    ratios: here.map(({ contender: { impl } }) => ({
      key: impl,
      ours: "xlm",
      peer: impl,
      figure: "tokensPerSecond",
      better: "higher",
    })),
    absent: peers.filter((peer) => !here.includes(peer)).map(({ contender }) => contender.impl),
  };
}
