import { benchSampling } from "../../packages/sampler/bench/sampling.js";
import { pythonHas, pythonPeer, type Benchmark, type BenchOptions } from "./harness.js";

const LANGUAGES = 15;

/** Languages drawn and indices shuffled a second, against NumPy as the original uses it. */
export default function sampling({ python }: BenchOptions): Benchmark {
  const numpy = pythonHas(python, "numpy");
  return {
    contenders: [
      { impl: "xlm", threads: 1, run: () => ({ ...benchSampling() }) },
      ...(numpy
        ? [{ impl: "numpy", threads: 1, run: () => pythonPeer(python, "sampling.py", [LANGUAGES, 50_000, 1_000_000]) }]
        : []),
    ],
    ratios: numpy
      ? [
          { key: "numpy/languages", ours: "xlm", peer: "numpy", figure: "languagesPerSecond", better: "higher" },
          { key: "numpy/indices", ours: "xlm", peer: "numpy", figure: "indicesPerSecond", better: "higher" },
        ]
      : [],
    absent: numpy ? [] : ["numpy"],
  };
}
