import type { TensorInfo } from "@tensorflow/tfjs-core";
import { Activation } from "../elementwise.js";
import type { Native } from "../native.js";
import { Op } from "../ops.js";
import { multiply } from "../product.js";
import { columnSums } from "./linear.js";
import type { NativeKernel } from "./registry.js";

type Inputs = Record<"dy" | "hidden" | "weight" | "bias" | "targets" | "aux0", TensorInfo>;
type Addresses = [number, number, number, number];

/** Most scores that exist at a time: 4 MiB of them. */
const SCORES = 1 << 20;
/** Rows of scores that a chunk works on. */
const ROWS = 8;

/** The vocabulary a part at a time: first word, words, and where their scores are computed to. */
function parts(native: Native, n: number, vocab: number): { width: number; ld: number; scores: number } {
  const width = Math.min(vocab, Math.max(256, Math.floor(SCORES / Math.max(1, n) / 64) * 64));
  const ld = Math.ceil(width / 8) * 8; // the row loops run in steps of 8
  return { width, ld, scores: native.temp(n * ld) };
}

function computeScores(
  native: Native,
  sizes: { n: number; dim: number; width: number; first: number },
  hidden: number,
  weight: number,
  bias: number,
  target: { at: number; ld: number },
): void {
  const { n, dim, width, first } = sizes;
  multiply(
    native,
    { m: n, n: width, k: dim },
    { at: hidden, rs: dim, cs: 1 },
    { at: weight + 4 * first * dim, rs: 1, cs: dim },
    { ...target, start: bias + 4 * first },
  );
}

/** `XlmVocabLoss`: hands on each row's log-sum-exp, and never holds more scores than `SCORES`. */
export const vocabLoss: NativeKernel = (native, inputs) => {
  const { hidden, weight, bias, targets } = inputs as Inputs;
  const [n, dim] = hidden.shape as [number, number];
  const vocab = weight.shape[0] as number;
  const losses = native.make([n]);
  const lse = native.make([n]);
  const { width, ld, scores } = parts(native, n, vocab);
  const state = native.temp(3 * n);
  const [most, sums, hit] = [state, state + 4 * n, state + 8 * n];
  const [h, w, b, t] = [hidden, weight, bias, targets].map((x) => native.address(x)) as Addresses;
  for (let first = 0; first < vocab; first += width) {
    const part = Math.min(width, vocab - first);
    computeScores(native, { n, dim, width: part, first }, h, w, b, { at: scores, ld });
    native.launch(Op.LossRows, Math.ceil(n / ROWS), [n, part, ld, ROWS, first, scores, t, most, sums, hit]);
  }
  native.launch(Op.LossEnd, 1, [n, most, sums, hit, native.address(losses), native.address(lse)]);
  return [losses, lse];
};

/** `XlmVocabLossGrad`: computes the scores again, a part of the vocabulary at a time. */
export const vocabLossGrad: NativeKernel = (native, inputs) => {
  const { dy, hidden, weight, bias, targets, aux0 } = inputs as Inputs;
  const [n, dim] = hidden.shape as [number, number];
  const vocab = weight.shape[0] as number;
  const dHidden = native.make(hidden.shape);
  const dWeight = native.make(weight.shape);
  const dBias = native.make([vocab]);
  const { width, ld, scores } = parts(native, n, vocab);
  const [h, w, b, t] = [hidden, weight, bias, targets].map((x) => native.address(x)) as Addresses;
  const [lse, slope] = [native.address(aux0), native.address(dy)];
  const [toHidden, toWeight, toBias] = [dHidden, dWeight, dBias].map((x) => native.address(x)) as Addresses;
  if (vocab === 0) native.memory.f32(toHidden, n * dim).fill(0);
  for (let first = 0; first < vocab; first += width) {
    const part = Math.min(width, vocab - first);
    computeScores(native, { n, dim, width: part, first }, h, w, b, { at: scores, ld });
    native.launch(Op.LossSlope, Math.ceil(n / ROWS), [n, part, ld, ROWS, first, scores, t, lse, slope]);
    columnSums(
      native,
      { m: n, n: part, ld },
      { kind: Activation.None, before: 0, dy: scores, to: scores },
      toBias + 4 * first,
    );
    multiply(
      native,
      { m: part, n: dim, k: n },
      { at: scores, rs: 1, cs: ld },
      { at: h, rs: dim, cs: 1 },
      { at: toWeight + 4 * first * dim },
    );
    multiply(
      native,
      { m: n, n: dim, k: part },
      { at: scores, rs: ld, cs: 1 },
      { at: w + 4 * first * dim, rs: dim, cs: 1 },
      { at: toHidden, start: first === 0 ? undefined : "add" },
    );
  }
  return [dHidden, dWeight, dBias];
};
