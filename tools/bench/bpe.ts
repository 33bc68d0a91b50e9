import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { benchBpe } from "../../packages/bpe/bench/bpe.js";
import { timed, type Benchmark, type BenchOptions, type Contender, type Figures } from "./harness.js";

const corpora = path.resolve(import.meta.dirname, "../../packages/corpora/data/bible");
const MERGES = 4000;

/** Counting, learning and applying on the Bible in two languages (7.7 MB), or on a file given as argument, against fastBPE. */
export default function bpe({ fastbpe, args }: BenchOptions): Benchmark {
  const text = args[0]
    ? fs.readFileSync(args[0])
    : Buffer.concat(
        ["train.en.gz", "train.es.gz"].map((name) => gunzipSync(fs.readFileSync(path.join(corpora, name)))),
      );
  const jobs = benchBpe(text, MERGES);
  const ours: Contender = {
    impl: "xlm",
    threads: 1,
    run: async () => {
      const figures: Figures = {};
      for (const { name, run } of jobs) figures[`${name}Ms`] = await timed(run);
      return figures;
    },
  };
  const peer: Contender = { impl: "fastbpe", threads: 1, run: () => runFastBpe(fastbpe as string, text) };
  return {
    contenders: fastbpe ? [ours, peer] : [ours],
    ratios: jobs.map(({ name }) => ({
      key: `fastbpe/${name}`,
      ours: "xlm",
      peer: "fastbpe",
      figure: `${name}Ms`,
      better: "lower",
    })),
    absent: fastbpe ? [] : ["fastbpe"],
    rounds: 3,
  };
}

/** Whole processes of fastBPE; ours has no start-up in its figures, theirs is a few milliseconds. */
function runFastBpe(fastbpe: string, text: Uint8Array): Figures {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "xlm-bench-"));
  const file = (name: string): string => path.join(dir, name);
  const run = (command: string[], out?: string): number => {
    const start = performance.now();
    const stdout = execFileSync(fastbpe, command, { stdio: ["ignore", "pipe", "ignore"], maxBuffer: 2 ** 30 });
    const ms = performance.now() - start;
    if (out) fs.writeFileSync(file(out), stdout);
    return ms;
  };
  try {
    fs.writeFileSync(file("text"), text);
    return {
      getvocabMs: run(["getvocab", file("text")]),
      learnMs: run(["learnbpe", String(MERGES), file("text")], "codes"),
      applyMs: run(["applybpe", file("out"), file("text"), file("codes")]),
    };
  } finally {
    fs.rmSync(dir, { recursive: true, force: true });
  }
}
