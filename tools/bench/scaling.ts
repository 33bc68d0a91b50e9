import path from "node:path";
import { completeConfig, parameterCount } from "@xlm/transformer";
import { nodeChild, type Child } from "./child.js";
import { checkWords, chosen, pythonChild } from "./contenders.js";
import { idOf, pythonHas, type Benchmark, type BenchOptions, type Contender, type Ratio } from "./harness.js";
import { CLIP, DROPOUT, LEARNING_RATE, targetCount, type Size } from "./sizes.js";

const BASE: Size = { nLayers: 4, embDim: 256, nHeads: 4, vocabSize: 4_000, rows: 16, seq: 64 };

/** What grows, and by what it is measured; the rest is as in `BASE`. */
const AXES = {
  tokens: {
    sizes: [4, 8, 16, 32, 64].map((rows) => ({ ...BASE, rows })),
    unit: ({ rows, seq }: Size) => rows * seq,
  },
  layers: {
    sizes: [1, 2, 4, 6, 8].map((nLayers) => ({ ...BASE, nLayers })),
    unit: ({ nLayers }: Size) => nLayers,
  },
  vocabulary: {
    sizes: [5_000, 10_000, 30_000, 60_000, 95_000].map((vocabSize) => ({ ...BASE, vocabSize })),
    unit: ({ vocabSize }: Size) => vocabSize,
  },
  parameters: {
    sizes: [128, 192, 256, 384, 512].map((embDim) => ({ ...BASE, embDim, nHeads: embDim / 64 })),
    unit: ({ nLayers, embDim, nHeads, vocabSize }: Size) =>
      parameterCount(completeConfig({ nLayers, embDim, nHeads, vocabSize, nLangs: 2 })),
  },
} satisfies Record<string, { sizes: Size[]; unit: (size: Size) => number }>;

type Axis = keyof typeof AXES;
const IMPLS = ["xlm-wasm", "pytorch"] as const;
type Impl = (typeof IMPLS)[number];
const THREADS = ["1", "2"];
const SECONDS = 1;
const ROUNDS = 3; // odd

/** What ours trains on; `wasm` measures the composites on stock tfjs-wasm. */
const backend = process.env["XLM_BENCH_BACKEND"] ?? "xlm-wasm";

/**
 * Time and memory of an MLM training step (as `wasm-step` takes it) while one size grows: tokens, layers, vocabulary, or parameters
 * through the width, against PyTorch. Each line has its distance from the straight line through its axis. One thread unless the
 * words say 2; other words restrict what runs: `npm run -s bench -- scaling tokens xlm-wasm`.
 */
export default function scaling({ python, args }: BenchOptions): Benchmark {
  const names = Object.keys(AXES) as Axis[];
  checkWords("scaling", [...names, ...IMPLS, ...THREADS], args);
  const wanted = chosen(IMPLS, args);
  const absent = wanted.includes("pytorch") && !pythonHas(python, "torch") ? ["pytorch"] : [];
  const impls = wanted.filter((impl) => !absent.includes(impl));
  const counts = THREADS.filter((count) => args.includes(count)).map(Number);
  const series = chosen(names, args).flatMap((axis) =>
    (counts.length > 0 ? counts : [1]).flatMap((threads) =>
      impls.map((impl) => createSeries(axis, impl, threads, python as string)),
    ),
  );
  return {
    contenders: series.flatMap(({ contenders }) => contenders),
    ratios: series.flatMap(({ ratios }) => ratios),
    absent,
    rounds: ROUNDS,
  };
}

/** One implementation along one axis. All points take turns, so that a drifting machine bends no line. */
function createSeries(axis: Axis, impl: Impl, threads: number, python: string) {
  const { sizes, unit } = AXES[axis];
  const points = sizes.map((size) => ({ size, x: unit(size), times: [] as number[] }));
  /** The harness tells contenders of a group apart by their names. */
  const nameAt = (x: number, of: Impl = impl): string => `${of} at ${x}`;
  const start = (size: Size): Child => {
    if (impl === "xlm-wasm") {
      const script = path.join(import.meta.dirname, "peers/xlm-step.ts");
      return nodeChild(script, [backend, String(threads), JSON.stringify(size)]);
    }
    const all = { ...size, targets: targetCount(size), dropout: DROPOUT, clip: CLIP, lr: LEARNING_RATE };
    return pythonChild(python, "step.py", threads, [JSON.stringify(all)]);
  };
  const contenders = points.map(({ size, x, times }): Contender => {
    const child = start(size);
    return {
      impl: nameAt(x),
      threads,
      group: axis,
      labels: { impl, axis, x },
      run: async () => {
        const { stepMs = NaN, peakMiB = NaN } = await child.ask(String(SECONDS));
        times.push(stepMs);
        return { stepMs, peakMiB };
      },
      about: () => ({ ...straightness(points, x), ...child.facts() }),
      close: child.close,
    };
  });
  const ratios = points.flatMap(({ x }): Ratio[] => {
    const [ours, peer] = IMPLS.map((of) => idOf({ impl: nameAt(x, of), group: axis, threads })) as [string, string];
    return [
      { key: `pytorch/${axis}/${x}/${threads}`, ours, peer, figure: "stepMs", better: "lower" },
      { key: `pytorch-memory/${axis}/${x}/${threads}`, ours, peer, figure: "peakMiB", better: "lower" },
    ];
  });
  return { contenders, ratios: impl === "xlm-wasm" ? ratios : [] };
}

/**
 * The line `fixedMs + x * msEach` through the points of a series, and how far from it the point at `x` and the farthest one lie, as
 * shares of the line. It has the least sum of squared relative distances: the largest size counts no more than the smallest.
 */
function straightness(points: { x: number; times: number[] }[], x: number): Record<string, number> {
  const measured = points.map((point) => ({ x: point.x, y: middle(point.times.slice(-ROUNDS)) }));
  const sum = (value: (x: number, y: number) => number): number =>
    measured.reduce((total, point) => total + value(point.x, point.y) / point.y ** 2, 0);
  const [n, sx, sy, sxx, sxy] = [
    sum(() => 1),
    sum((x) => x),
    sum((_, y) => y),
    sum((x) => x * x),
    sum((x, y) => x * y),
  ];
  const msEach = (n * sxy - sx * sy) / (n * sxx - sx * sx);
  const fixedMs = (sy - msEach * sx) / n;
  const offLine = measured.map((point) => point.y / (fixedMs + msEach * point.x) - 1);
  const here = offLine[measured.findIndex((point) => point.x === x)] as number;
  const figures = { offLine: here, worstOffLine: Math.max(...offLine.map(Math.abs)), fixedMs, msEach };
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Number(value.toPrecision(3))]));
}

/** The middle one of an odd number of values. */
const middle = (values: number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] as number;
