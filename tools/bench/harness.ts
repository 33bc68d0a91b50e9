// One benchmark: the same work by us and by our peers, in turn, so that a drifting machine slows both alike.
import { execFileSync, spawnSync } from "node:child_process";
import path from "node:path";

/** What one run measured: times in milliseconds, rates per second, memory in MiB. */
export type Figures = Record<string, number>;

export interface Contender {
  impl: string;
  threads: number;
  run(): Figures | Promise<Figures>;
}

/** A ratio of the last line: `ours` over `peer` on one figure, turned so that above 1 means we are better. */
export interface Ratio {
  key: string;
  ours: string;
  peer: string;
  figure: string;
  better: "higher" | "lower";
}

export interface Benchmark {
  contenders: Contender[];
  ratios: Ratio[];
  /** Peers that this machine lacks. */
  absent: string[];
  /** Counted runs of each contender, after one that is not counted. @default 5 */
  rounds?: number;
}

export interface BenchOptions {
  python: string | undefined;
  fastbpe: string | undefined;
  args: string[];
}

const median = (values: number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
};
const rounded = (value: number): number => Number(value.toPrecision(4));

/** Runs all contenders alternately and prints one JSON line each, then the line of ratios. */
export async function runBenchmark(name: string, benchmark: Benchmark, print: (line: string) => void): Promise<void> {
  const runs = new Map<string, Figures[]>(benchmark.contenders.map(({ impl }) => [impl, []]));
  const rounds = benchmark.rounds ?? 5;
  for (let round = -1; round < rounds; round++) {
    for (const contender of benchmark.contenders) {
      const figures = await contender.run();
      if (round >= 0) runs.get(contender.impl)?.push(figures);
    }
  }
  const medians = new Map<string, Figures>();
  for (const { impl, threads } of benchmark.contenders) {
    const all = runs.get(impl) ?? [];
    const figures = Object.fromEntries(
      Object.keys(all[0] ?? {}).map((key) => [key, rounded(median(all.map((run) => run[key] as number)))]),
    );
    medians.set(impl, figures);
    print(JSON.stringify({ bench: name, impl, threads, node: process.version, ...figures }));
  }
  const ratios: Record<string, number> = {};
  for (const { key, ours, peer, figure, better } of benchmark.ratios) {
    const a = medians.get(ours)?.[figure];
    const b = medians.get(peer)?.[figure];
    if (a !== undefined && b !== undefined) ratios[key] = rounded(better === "higher" ? a / b : b / a);
  }
  print(JSON.stringify({ bench: name, ratios, absent: benchmark.absent }));
}

/** Milliseconds that `work` takes. */
export async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Runs one of tools/bench/peers/*.py, which prints its figures as one JSON object. */
export function pythonPeer(python: string, script: string, args: (string | number)[]): Figures {
  const file = path.join(import.meta.dirname, "peers", script);
  const out = execFileSync(python, [file, ...args.map(String)], {
    encoding: "utf8",
    env: { ...process.env, OMP_NUM_THREADS: "1", MKL_NUM_THREADS: "1" },
  });
  return JSON.parse(out.trim().split("\n").at(-1) as string) as Figures;
}

/** Whether a Python was given and can import a module. */
export const pythonHas = (python: string | undefined, module: string): python is string =>
  python !== undefined && spawnSync(python, ["-c", `import ${module}`]).status === 0;
