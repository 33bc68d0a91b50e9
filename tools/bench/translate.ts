import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createRng } from "@xlm/core";
import { nodeChild, type Child } from "./child.js";
import { checkWords, chosen, pythonChild } from "./contenders.js";
import {
  idOf,
  pythonHas,
  type Benchmark,
  type BenchOptions,
  type Contender,
  type Figures,
  type Ratio,
} from "./harness.js";
import { createTranslation } from "./translation.js";

const SEARCHES = ["greedy", "beam"] as const;
const IMPLS = ["xlm-wasm", "pytorch"] as const;
const THREADS = ["1", "2"];

/** What ours runs on; `wasm` measures the composites on stock tfjs-wasm. */
const backend = process.env["XLM_BENCH_BACKEND"] ?? "xlm-wasm";

/**
 * Sentences translated a second by 6 + 6 layers, 512 wide, greedily and with a beam of 4, against PyTorch with the same weights.
 * `agreement` is the share of translations that are those of the first contender. Words after the name restrict what runs:
 * `npm run -s bench -- translate greedy 1`.
 */
export default function translate({ python, args }: BenchOptions): Benchmark {
  checkWords("translate", [...SEARCHES, ...IMPLS, ...THREADS], args);
  const wanted = chosen(IMPLS, args);
  const absent = wanted.includes("pytorch") && !pythonHas(python, "torch") ? ["pytorch"] : [];
  const impls = wanted.filter((impl) => !absent.includes(impl));
  const searches = chosen(SEARCHES, args);
  const counts = chosen(THREADS, args).map(Number);

  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "xlm-bench-"));
  const { translation, weights } = createTranslation(createRng(1));
  fs.writeFileSync(path.join(folder, "translation.json"), JSON.stringify(translation));
  fs.writeFileSync(path.join(folder, "weights.safetensors"), weights);

  const start = (impl: string, threads: number): Child =>
    impl === "xlm-wasm"
      ? nodeChild(path.join(import.meta.dirname, "peers/xlm-translate.ts"), [backend, String(threads), folder])
      : pythonChild(python as string, "translate.py", threads, [folder]);
  const contenders = searches.flatMap((group) => {
    const agreement = createAgreement();
    return impls.flatMap((impl) =>
      counts.map((threads): Contender => {
        const child = start(impl, threads);
        let agreeing = NaN;
        return {
          impl,
          threads,
          group,
          labels: { search: group },
          run: async () => {
            const { ids, ...figures } = (await child.ask(group)) as Figures & { ids: unknown };
            agreeing = agreement(ids as number[][]);
            return figures;
          },
          about: () => ({ agreement: agreeing, ...child.facts() }),
          close: child.close,
        };
      }),
    );
  });
  return {
    contenders,
    ratios: searches.flatMap((group) =>
      counts.flatMap((threads): Ratio[] => {
        const ours = idOf({ impl: "xlm-wasm", group, threads });
        const peer = idOf({ impl: "pytorch", group, threads });
        return [
          { key: `pytorch/${group}/${threads}`, ours, peer, figure: "sentencesPerSecond", better: "higher" },
          { key: `pytorch-memory/${group}/${threads}`, ours, peer, figure: "peakMiB", better: "lower" },
        ];
      }),
    ),
    absent,
    rounds: 3,
    close: () => fs.rmSync(folder, { recursive: true, force: true }),
  };
}

/** Compares with the translations it was shown first: the share of sentences that are the same. */
function createAgreement(): (ids: number[][]) => number {
  let first: string[] | undefined;
  return (ids) => {
    const words = ids.map((sentence) => sentence.join(" "));
    const against = (first ??= words);
    return words.filter((sentence, i) => sentence === against[i]).length / words.length;
  };
}
