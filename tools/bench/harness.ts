// One benchmark: the same work by us and by our peers, in turn, so that a drifting machine slows both alike.
import { execFileSync, spawnSync } from "node:child_process";
import path from "node:path";

/** What one run measured: times in milliseconds, rates per second, memory in MiB. */
export type Figures = Record<string, number>;

export interface Contender {
  impl: string;
  threads: number;
  run(): Figures | Promise<Figures>;
  /** Contenders of one group take turns, one group after another. Named, it is part of what `idOf` makes. */
  group?: string;
  /** What the line says besides the figures: known from the start, or after the runs. */
  labels?: Record<string, unknown>;
  about?(): Record<string, unknown>;
  /** Counted runs. @default those of the benchmark */
  rounds?: number;
  /** Whether one run that is not counted comes first. @default true */
  warmUp?: boolean;
  /** Whether the others go on without it when it fails; its line then gives the reason. @default false */
  mayFail?: boolean;
  /** Frees what the runs held; called after the last run of the group. */
  close?(): void;
}

/** A ratio of the last line: `ours` over `peer` on one figure, turned so that above 1 means we are better. */
export interface Ratio {
  key: string;
  /** As `idOf` names a contender. */
  ours: string;
  peer: string;
  figure: string;
  /** The peer's figure. @default `figure` */
  against?: string;
  better: "higher" | "lower";
}

export interface Benchmark {
  contenders: Contender[];
  ratios: Ratio[];
  /** Peers that this machine lacks. */
  absent: string[];
  /** Counted runs of each contender, after one that is not counted. @default 5 */
  rounds?: number;
  /** Frees what groups share; called at the end. */
  close?(): void;
}

export interface BenchOptions {
  /** A Python with what the peers import. */
  python?: string | undefined;
  /** fastBPE's program. */
  fastbpe?: string | undefined;
  /** Folder of the Moses scripts: that of `tokenizer.perl`. */
  moses?: string | undefined;
  /** A text to measure on. */
  text?: string | undefined;
  /** The words after the benchmark's name. */
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

/** What ratios call a contender: its name, and in a group `IMPL/GROUP/THREADS`. */
export const idOf = ({ impl, group, threads }: Pick<Contender, "impl" | "group" | "threads">): string =>
  group === undefined ? impl : `${impl}/${group}/${threads}`;

/** Runs the contenders of each group alternately and prints one JSON line each, then the line of ratios. */
export async function runBenchmark(name: string, benchmark: Benchmark, print: (line: string) => void): Promise<void> {
  const medians = new Map<string, Figures>();
  const { contenders } = benchmark;
  try {
    for (const group of new Set(contenders.map((contender) => contender.group))) {
      const members = contenders.filter((contender) => contender.group === group);
      const { runs, failed } = await alternate(members, benchmark.rounds ?? 5);
      for (const [{ impl, labels, threads }, error] of failed) {
        print(JSON.stringify({ bench: name, impl, ...labels, threads, node: process.version, failed: error.message }));
      }
      benchmark.absent.push(...[...failed.keys()].map(idOf));
      for (const contender of members.filter((member) => !failed.has(member))) {
        const { impl, threads, labels } = contender;
        const all = runs.get(contender) ?? [];
        const figures = summary(all);
        medians.set(idOf(contender), figures);
        const line = { bench: name, impl, ...labels, threads, node: process.version, ...figures, runs: all.length };
        print(JSON.stringify({ ...line, ...contender.about?.() }));
      }
    }
  } finally {
    benchmark.close?.();
  }
  const ratios: Record<string, number> = {};
  for (const { key, ours, peer, figure, against = figure, better } of benchmark.ratios) {
    const a = medians.get(ours)?.[figure];
    const b = medians.get(peer)?.[against];
    if (a !== undefined && b !== undefined) ratios[key] = rounded(better === "higher" ? a / b : b / a);
  }
  print(JSON.stringify({ bench: name, ratios, absent: benchmark.absent }));
}

interface Outcome {
  runs: Map<Contender, Figures[]>;
  /** Those that may fail and did, with the reason; they take no further part. */
  failed: Map<Contender, Error>;
}

async function alternate(contenders: Contender[], rounds: number): Promise<Outcome> {
  const failed = new Map<Contender, Error>();
  const runs = new Map<Contender, Figures[]>(contenders.map((contender) => [contender, []]));
  try {
    for (let round = -1; round < Math.max(...contenders.map((contender) => contender.rounds ?? rounds)); round++) {
      for (const contender of contenders) {
        const { warmUp = true, rounds: own = rounds } = contender;
        if (failed.has(contender) || (round < 0 ? !warmUp : round >= own)) continue;
        try {
          const figures = await contender.run();
          if (round >= 0) runs.get(contender)?.push(figures);
        } catch (error) {
          if (!contender.mayFail) throw error;
          failed.set(contender, error as Error);
        }
      }
    }
  } finally {
    for (const contender of contenders) contender.close?.();
  }
  return { runs, failed };
}

/** Medians; of a peak, the highest. */
function summary(runs: Figures[]): Figures {
  const figures: Figures = {};
  for (const key of Object.keys(runs[0] ?? {})) {
    const values = runs.map((run) => run[key] as number);
    figures[key] = rounded(key.startsWith("peak") ? Math.max(...values) : median(values));
  }
  return figures;
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
