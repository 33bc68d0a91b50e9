import type { TensorInfo } from "@tensorflow/tfjs-core";
import { checkIndices } from "@xlm/kernels/backend";
import type { Native } from "../native.js";
import { multiply, numbersAt, numbersOf } from "../product.js";
import { programOf } from "../program.js";
import { columnSums } from "./linear.js";
import { ROOM } from "./reduce.js";
import type { NativeKernel } from "./registry.js";

const LOSS = programOf("vocab-loss");

type Inputs = Record<"dy" | "hidden" | "weight" | "bias" | "targets" | "aux0", TensorInfo>;

/** Most scores that exist at a time: 128 MiB of them. */
const SCORES = 1 << 25;

/** Words whose scores are computed together, whole groups of 64 where there are more. */
const partWidth = (n: number, vocab: number): number =>
  Math.min(vocab, Math.max(64, Math.floor(SCORES / Math.max(1, n) / 64) * 64));

interface Part {
  first: number;
  width: number;
}

/** The vocabulary a part at a time, and the scores of all rows for it at `scores`, rows of the widest part's length. */
function forParts(
  native: Native,
  { hidden, weight, bias }: Inputs,
  use: (part: Part, scores: number, ld: number) => void,
): void {
  const [n, dim] = hidden.shape as [number, number];
  const vocab = weight.shape[0] as number;
  const ld = partWidth(n, vocab);
  const scores = native.temp(n * ld);
  for (let first = 0; first < vocab; first += ld) {
    const width = Math.min(ld, vocab - first);
    native.scope(() => {
      multiply(
        native,
        { m: n, n: width, k: dim },
        { ...numbersOf(native, hidden), ld: dim },
        { ...numbersOf(native, weight, first * dim), ld: dim, transposed: true },
        { at: scores, ld, bias: numbersOf(native, bias, first) },
      );
      use({ first, width }, scores, ld);
    });
  }
}

/** `XlmVocabLoss`: hands on each row's log-sum-exp, and never holds more scores than `SCORES`. */
export const vocabLoss: NativeKernel = (native, inputs) => {
  const { hidden, weight, targets } = inputs as Inputs;
  const n = hidden.shape[0] as number;
  checkIndices("targets", native.ints(targets), weight.shape[0] as number);
  const [losses, lse] = [native.make([n]), native.make([n])];
  if (n === 0) return [losses, lse];
  const state = native.temp(3 * n);
  const at = native.address(targets);
  forParts(native, inputs as Inputs, ({ first, width }, scores, ld) =>
    native.launch(LOSS, "loss_rows", [n], [scores, at, state, width, ld, first], ROOM),
  );
  native.launch(LOSS, "loss_end", native.blocks(n), [state, native.address(losses), native.address(lse), n]);
  return [losses, lse];
};

/** `XlmVocabLossGrad`: computes the scores again, a part of the vocabulary at a time. */
export const vocabLossGrad: NativeKernel = (native, inputs) => {
  const { dy, hidden, weight, targets, aux0 } = inputs as Inputs;
  const [n, dim] = hidden.shape as [number, number];
  const vocab = weight.shape[0] as number;
  const [dHidden, dWeight, dBias] = [native.make(hidden.shape), native.make(weight.shape), native.make([vocab])];
  const [toHidden, toWeight, toBias] = [dHidden, dWeight, dBias].map((x) => native.address(x)) as [
    number,
    number,
    number,
  ];
  if (n === 0) {
    native.device.fill(toWeight, vocab * dim, 0);
    native.device.fill(toBias, vocab, 0);
    return [dHidden, dWeight, dBias];
  }
  const [at, lse, slope] = [targets, aux0, dy].map((x) => native.address(x)) as [number, number, number];
  forParts(native, inputs as Inputs, ({ first, width }, scores, ld) => {
    native.launch(LOSS, "loss_slope", [n], [scores, at, lse, slope, width, ld, first]);
    const plain = { kind: 0, before: 0, from: scores, dyHalf: 0, to: 0, half: 0 } as const;
    columnSums(native, { m: n, n: width, ld }, plain, toBias + 4 * first);
    const slopes = { ...numbersAt(native, scores, (n - 1) * ld + width, "floats"), ld };
    const rows = { ...numbersOf(native, hidden), ld: dim };
    const words = { ...numbersOf(native, weight, first * dim), ld: dim };
    const to = { at: toWeight + 4 * first * dim, ld: dim };
    multiply(native, { m: width, n: dim, k: n }, { ...slopes, transposed: true }, rows, to);
    multiply(native, { m: n, n: dim, k: width }, slopes, words, { at: toHidden, ld: dim, adds: first > 0 });
  });
  return [dHidden, dWeight, dBias];
};
