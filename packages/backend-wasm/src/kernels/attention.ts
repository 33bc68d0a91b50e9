import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { DropoutSpec } from "@xlm/kernels";
import type { Native } from "../native.js";
import { Op } from "../ops.js";
import type { NativeKernel, Tensors } from "./registry.js";

interface AttentionAttrs {
  nHeads: number;
  causal: boolean;
  dropout: DropoutSpec | null;
}

interface Sizes {
  batch: number;
  seqQ: number;
  seqK: number;
  dim: number;
  /** Of one head. */
  size: number;
}

/** Queries that meet the keys at a time, a multiple of a tile's 6 rows. */
const QUERIES = 48;
/** Chunks below which the queries of a head are divided among several, so that several threads find work. */
const CHUNKS = 12;

const upTo = (n: number, multiple: number): number => Math.ceil(n / multiple) * multiple;
/** Bytes of scratch for `n` floats, as in assembly/attention.ts. */
const room = (n: number): number => 4 * upTo(n, 16);

function sizesOf({ q, k }: Tensors, nHeads: number): Sizes {
  const [batch, seqQ, dim] = (q as TensorInfo).shape as [number, number, number];
  return { batch, seqQ, seqK: (k as TensorInfo).shape[1] as number, dim, size: dim / nHeads };
}

/** A bound of what one thread needs, of either pass. */
function scratchBytes({ seqK, size }: Sizes, columns: number): number {
  const keys = upTo(seqK, 96);
  const wide = upTo(size, 16);
  const perKey = 5 * wide + 3 * QUERIES;
  return room(128) + 12 * room(16) + room(keys * perKey) + room(QUERIES * (2 * wide + 3 * 48)) + 4 * columns;
}

function zerosLike(native: Native, x: TensorInfo): TensorInfo {
  const out = native.make(x.shape);
  native.memory.f32(native.address(out), native.size(x)).fill(0);
  return out;
}

/**
 * `XlmAttention`. Beside the result it returns, for its gradient: `[batch, heads, seqQ, 2]`, each query's largest score and one
 * over the sum of its exponents; the result once more; under dropout `[batch, heads, seqQ, words]`, one bit a weight.
 */
export const attention: NativeKernel<AttentionAttrs> = (native, inputs, { nHeads, causal, dropout }) => {
  const { q, k, v, lengths } = inputs as Record<"q" | "k" | "v" | "lengths", TensorInfo>;
  const sizes = sizesOf(inputs, nHeads);
  const { batch, seqQ, seqK, size } = sizes;
  if (native.size(q) === 0 || native.size(k) === 0) return zerosLike(native, q);
  const out = native.make(q.shape);
  const stats = native.make([batch, nHeads, seqQ, 2]);
  const bits = dropout ? native.make([batch, nHeads, seqQ, Math.ceil(seqK / 32)], "int32") : null;
  const blocks = Math.ceil(seqQ / QUERIES);
  const parts = Math.min(blocks, Math.ceil(CHUNKS / (batch * nHeads)));
  const per = QUERIES * Math.ceil(blocks / parts);
  const [key0, key1] = dropout?.key ?? [0, 0];
  const least = Math.round((dropout?.rate ?? 0) * 2 ** 32);
  native.launch(
    Op.Attention,
    batch * nHeads * Math.ceil(seqQ / per),
    [
      ...[q, k, v].map((x) => native.address(x)),
      causal ? 0 : native.address(lengths),
      ...[out, stats].map((x) => native.address(x)),
      bits ? native.address(bits) : 0,
      ...[nHeads, seqQ, seqK, size, native.columns, QUERIES],
      native.zeros(Math.max(seqK, size) + 16),
      ...[per, key0, key1, Math.min(least, 2 ** 32 - 1)],
    ],
    [1 / Math.sqrt(size), keptFactor(dropout)],
    scratchBytes(sizes, native.columns),
  );
  return [out, stats, native.share(out), ...(bits ? [bits] : [])];
};

/** What stays is multiplied by this. Nothing stays where the rate rounds to 1. */
function keptFactor(dropout: DropoutSpec | null): number {
  if (!dropout) return 1;
  return Math.round(dropout.rate * 2 ** 32) < 2 ** 32 ? 1 / (1 - dropout.rate) : 0;
}

/** `XlmAttentionGrad`: the gradients of q, k and v. */
export const attentionGrad: NativeKernel<AttentionAttrs> = (native, inputs, { nHeads, causal, dropout }) => {
  const { q, k, v } = inputs as Record<"q" | "k" | "v", TensorInfo>;
  const sizes = sizesOf(inputs, nHeads);
  const { batch, seqQ, seqK, size } = sizes;
  if (native.size(q) === 0 || native.size(k) === 0) return [q, k, v].map((x) => zerosLike(native, x));
  const { dy, lengths, aux0: stats, aux1: out, aux2: bits } = inputs as Record<string, TensorInfo>;
  const grads = [q, k, v].map((x) => native.make(x.shape));
  const address = (x: TensorInfo | undefined): number => native.address(x as TensorInfo);
  native.launch(
    Op.AttentionGrad,
    batch * nHeads,
    [
      ...[q, k, v].map(address),
      causal ? 0 : address(lengths),
      ...[out, stats].map(address),
      bits ? address(bits) : 0,
      ...[nHeads, seqQ, seqK, size, native.columns, QUERIES],
      native.zeros(Math.max(seqK, size) + 16),
      ...[dy, ...grads].map(address),
    ],
    [1 / Math.sqrt(size), keptFactor(dropout)],
    scratchBytes(sizes, native.columns),
  );
  return grads;
};
