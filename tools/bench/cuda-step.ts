import os from "node:os";
import path from "node:path";
import { createChild, nodeChild, type Child } from "./child.js";
import { checkWords, chosen } from "./contenders.js";
import { flopsOf, MODELS, PAPER, PRECISIONS, type CudaSizes, type CudaTask } from "./cuda-sizes.js";
import { usedMiB } from "./cuda-smi.js";
import { createTable } from "./cuda-table.js";
import { idOf, pythonHas, type Benchmark, type BenchOptions, type Contender, type Ratio } from "./harness.js";
import { CLIP, DROPOUT, LEARNING_RATE } from "./sizes.js";

const OURS = "xlm-cuda";
const PEERS = ["pytorch-eager", "pytorch-compile"];
const ROUNDS = 5;

/** Sizes from the command line, instead of the paper's. */
export interface CudaStepOptions extends BenchOptions {
  layers?: string | undefined;
  dim?: string | undefined;
  heads?: string | undefined;
  vocab?: string | undefined;
  batch?: string | undefined;
  seq?: string | undefined;
  square?: string | undefined;
  /** Steps of a timed group, which ends when the loss has been read. @default 5 */
  steps?: string | undefined;
  /** Steps before the first group. @default 5 */
  warmup?: string | undefined;
}

/**
 * Training steps of the paper's model on a GPU (forward, gradients, clipping, Adam; dropout 0.1), the encoder that learns MLM and an
 * encoder with a decoder that learns to translate, beside PyTorch on the same card. Words after the name restrict what runs:
 * `npm run -s bench -- cuda-step mlm bf16 xlm-cuda --python python3`. A table goes to stderr at the end.
 */
export default function cudaStep(options: CudaStepOptions): Benchmark {
  const { python, args } = options;
  checkWords("cuda-step", [...MODELS, ...PRECISIONS, OURS, ...PEERS], args);
  const number = (name: Exclude<keyof CudaStepOptions, keyof BenchOptions>, standard: number): number =>
    Number(options[name] ?? standard);
  const sizes: CudaSizes = {
    nLayers: number("layers", PAPER.nLayers),
    embDim: number("dim", PAPER.embDim),
    nHeads: number("heads", PAPER.nHeads),
    vocabSize: number("vocab", PAPER.vocabSize),
    rows: number("batch", PAPER.rows),
    seq: number("seq", PAPER.seq),
    square: number("square", PAPER.square),
  };
  const steps = { warmup: number("warmup", 5), steps: number("steps", 5) };
  const wanted = chosen([OURS, ...PEERS], args);
  const absent = pythonHas(python, "torch") ? [] : wanted.filter((impl) => PEERS.includes(impl));
  const impls = wanted.filter((impl) => !absent.includes(impl));
  const groups = chosen(MODELS, args).flatMap((model) =>
    chosen(PRECISIONS, args).map((precision): CudaTask => ({
      model,
      precision,
      ...sizes,
      dropout: DROPOUT,
      clip: CLIP,
      lr: LEARNING_RATE,
    })),
  );

  const table = createTable(OURS);
  const contenders = groups.flatMap((task) => impls.map((impl) => contender(impl, task, steps, python, table.add)));
  const end = (): void => {
    console.error(
      `${table.text()}\n${JSON.stringify({ sizes, ...steps, cpus: os.cpus().length, node: process.version })}`,
    );
    // A contender that fails lets the others go on, but a benchmark without our own figures has failed.
    if (impls.includes(OURS) && table.count(OURS) < groups.length) process.exitCode = 1;
  };
  // Stopped for want of time, it still says what it has.
  process.once("SIGTERM", () => {
    end();
    process.exit(143);
  });
  return { contenders, ratios: groups.flatMap(ratiosOf), absent, rounds: ROUNDS, close: end };
}

const groupOf = ({ model, precision }: CudaTask): string => `${model}-${precision}`;

/**
 * A tfjs backend is registered once with its precision, and a peer's memory is its own to keep: each contender is a process, as those
 * of the other benchmarks of steps are. They take turns within a group; the memory of a group is given back before the next.
 */
function contender(
  impl: string,
  task: CudaTask,
  { warmup, steps }: { warmup: number; steps: number },
  python: string | undefined,
  seen: ReturnType<typeof createTable>["add"],
): Contender {
  const child = childOf(impl, task, python);
  const group = groupOf(task);
  const labels = { model: task.model, precision: task.precision };
  let smiMiB: number | undefined;
  let started = false;
  return {
    impl,
    threads: 1,
    group,
    labels,
    mayFail: true,
    async run() {
      if (started) {
        const figures = await child.ask(String(steps));
        const tflops = flopsOf(task) / (figures["stepMs"]! * 1e9);
        seen(group, impl, { ...figures, tflops }, { ...child.facts(), smiMiB });
        return { ...figures, tflops };
      }
      const before = usedMiB();
      started = true;
      const figures = await child.ask(String(warmup));
      const after = usedMiB();
      if (before !== undefined && after !== undefined) smiMiB = after - before;
      return figures;
    },
    // `smiMiB` is what nvidia-smi shows to have been taken from its start to the end of the warm-up, context included.
    about: () => ({ ...child.facts(), ...(smiMiB !== undefined && { smiMiB }) }),
    close: child.close,
  };
}

function childOf(impl: string, task: CudaTask, python: string | undefined): Child {
  const peers = path.join(import.meta.dirname, "peers");
  // The same in sources and in the bundle of tools/gpu.
  if (impl === OURS) {
    return nodeChild(path.join(peers, `cuda-step${path.extname(import.meta.filename)}`), [JSON.stringify(task)]);
  }
  const mode = impl.replace("pytorch-", "");
  return createChild(python as string, [path.join(peers, "cuda_step.py"), mode, JSON.stringify(task)]);
}

function ratiosOf(task: CudaTask): Ratio[] {
  const group = groupOf(task);
  const id = (impl: string): string => idOf({ impl, group, threads: 1 });
  return PEERS.flatMap((impl): Ratio[] => {
    const both = { ours: id(OURS), peer: id(impl) };
    return [
      { key: `${impl}/${group}`, ...both, figure: "tokensPerSecond", better: "higher" },
      { key: `${impl}-memory/${group}`, ...both, figure: "peakMiB", better: "lower" },
    ];
  });
}
