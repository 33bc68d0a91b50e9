import type { TensorInfo } from "@tensorflow/tfjs-core";
import { UnsupportedError } from "@xlm/core";
import type { DropoutSpec } from "@xlm/kernels";
import type { Tensors } from "@xlm/kernels/backend";
import { dropoutArgs } from "../dropout.js";
import type { Native } from "../native.js";
import { programOf, type Program } from "../program.js";
import { makeBits } from "./dropout.js";
import type { NativeKernel } from "./registry.js";

interface AttentionAttrs {
  nHeads: number;
  causal: boolean;
  dropout: DropoutSpec | null;
}

/** A program for one dimension of a head, and how it cuts the work. */
interface Tiling {
  program: Program;
  /** Rows of a block. */
  rows: number;
  /** Bytes of shared memory. */
  shared: number;
}

/** Numbers of cuda/attention.cu. */
const MATHS = { fp32: 0, tf32: 1, bf16: 2 } as const;
/** Warps of a block and rows that it goes over at a time, the best first. */
const CUTS = [
  [4, 32],
  [4, 16],
  [2, 32],
  [2, 16],
  [1, 16],
] as const;

const programs = new Map<string, Program>();

/** The tiling for a head. @throws UnsupportedError where the card has not the shared memory for any. */
export function tilingOf(headDim: number, precision: keyof typeof MATHS, sharedBytes: number): Tiling {
  const dim = Math.max(16, Math.ceil(headDim / 16) * 16);
  for (const [warps, loop] of CUTS) {
    // `LD` and `SCRATCH` of cuda/attention.cu: two tiles of own rows and two of the others'; in float32 a weight for each pair.
    const row = (precision === "bf16" ? dim / 2 : dim) + 4;
    const scratch = precision === "fp32" ? 16 * warps * (loop + 4) : 0;
    const shared = 4 * ((32 * warps + 2 * loop) * row + scratch);
    if (shared > sharedBytes) continue;
    const defines = { DIM: dim, WARPS: warps, LOOP: loop, MATH: MATHS[precision] };
    const key = Object.values(defines).join();
    const program = programs.get(key) ?? programOf("attention", defines);
    programs.set(key, program);
    return { program, rows: 16 * warps, shared };
  }
  throw new UnsupportedError({
    what: `XlmAttention with heads of ${headDim}`,
    why: `a tile of them does not fit into the ${sharedBytes} bytes of shared memory of a block`,
    fix: "use more heads, or a backend that runs the composite",
  });
}

interface Sizes {
  batch: number;
  seqQ: number;
  seqK: number;
  nHeads: number;
  headDim: number;
}

function sizesOf({ q, k }: Tensors, nHeads: number): Sizes {
  const [batch, seqQ, dim] = (q as TensorInfo).shape as [number, number, number];
  return { batch, seqQ, seqK: (k as TensorInfo).shape[1] as number, nHeads, headDim: dim / nHeads };
}

const isEmpty = ({ batch, seqQ, seqK, headDim }: Sizes): boolean => batch * seqQ * seqK * headDim === 0;

function zerosLike(native: Native, x: TensorInfo): TensorInfo {
  const out = native.make(x.shape);
  native.device.fill(native.address(out), native.size(x), 0);
  return out;
}

/** Where tensors lie, and a bit for each that is stored as bf16. */
function placesOf(native: Native, tensors: readonly TensorInfo[]): { halves: number; at: number[] } {
  const stored = tensors.map((x) => native.stored(x));
  return { halves: stored.reduce((bits, [, half], i) => bits | (half << i), 0), at: stored.map(([at]) => at) };
}

type Inputs = Record<"q" | "k" | "v" | "lengths", TensorInfo>;
type GradInputs = Inputs & Record<"dy" | "aux0" | "aux1", TensorInfo> & { aux2?: TensorInfo };

/** `XlmAttention`. It hands on each query's log-sum-exp, the result again, and under dropout a bit a weight. */
export const attention: NativeKernel<AttentionAttrs> = (native, inputs, { nHeads, causal, dropout }) => {
  const { q, k, v, lengths } = inputs as Inputs;
  const sizes = sizesOf(inputs, nHeads);
  if (isEmpty(sizes)) return zerosLike(native, q);
  const { batch, seqQ, seqK, headDim } = sizes;
  const { program, rows, shared } = tilingOf(headDim, native.precision, native.device.facts.sharedBytes);
  const out = native.makeActivation(q.shape);
  const lse = native.make([batch, nHeads, seqQ]);
  const bits = dropout && makeBits(native, batch * nHeads * seqQ, seqK, dropout);
  const { halves, at } = placesOf(native, [q, k, v, out]);
  const hidden = [causal ? 0 : native.address(lengths), bits ? native.address(bits) : 0];
  const numbers = [nHeads, seqQ, seqK, headDim, 1 / Math.sqrt(headDim), dropoutArgs(dropout)[3]];
  native.launch(
    program,
    "attention",
    [batch * nHeads * Math.ceil(seqQ / rows)],
    [halves, ...at.slice(0, 3), ...hidden, at[3] as number, native.address(lse), ...numbers],
    shared,
  );
  return [out, lse, native.share(out), ...(bits ? [bits] : [])];
};

/** `XlmAttentionGrad` */
export const attentionGrad: NativeKernel<AttentionAttrs> = (native, inputs, { nHeads, causal, dropout }) => {
  const { q, k, v, lengths, dy, aux0: lse, aux1: out, aux2: bits } = inputs as GradInputs;
  const sizes = sizesOf(inputs, nHeads);
  if (isEmpty(sizes)) return [q, k, v].map((x) => zerosLike(native, x));
  const { batch, seqQ, seqK, headDim } = sizes;
  const { program, rows, shared } = tilingOf(headDim, native.precision, native.device.facts.sharedBytes);
  const heads = batch * nHeads;
  const grads = [q, k, v].map((x) => native.makeActivation(x.shape));
  const { halves, at } = placesOf(native, [q, k, v, dy, grads[0] as TensorInfo]);
  const [dq, dk, dv] = grads.map((x) => native.stored(x)[0]) as [number, number, number];
  const dots = native.temp(heads * seqQ);
  const n = heads * seqQ;
  native.launch(program, "attention_dots", native.blocks(32 * n), [
    ...[...native.stored(dy), ...native.stored(out), dots, n],
    ...[nHeads, seqQ, headDim],
  ]);
  const hidden = [causal ? 0 : native.address(lengths), bits ? native.address(bits) : 0];
  const common = [halves, ...at.slice(0, 3), ...hidden, at[3] as number, native.address(lse), dots];
  const numbers = [nHeads, seqQ, seqK, headDim, 1 / Math.sqrt(headDim), dropoutArgs(dropout)[3]];
  const grid = (seq: number): [number] => [heads * Math.ceil(seq / rows)];
  native.launch(program, "attention_grad_keys", grid(seqK), [...common, dk, dv, ...numbers], shared);
  native.launch(program, "attention_grad_queries", grid(seqQ), [...common, dq, ...numbers], shared);
  return grads;
};
