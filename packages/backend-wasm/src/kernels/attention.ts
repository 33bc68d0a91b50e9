import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { DropoutSpec } from "@xlm/kernels";
import type { Tensors } from "@xlm/kernels/backend";
import { dropoutArgs } from "../dropout.js";
import type { Native } from "../native.js";
import { Op } from "../ops.js";
import type { NativeKernel } from "./registry.js";

interface AttentionAttrs {
  nHeads: number;
  causal: boolean;
  dropout: DropoutSpec | null;
}

interface Sizes {
  batch: number;
  seqQ: number;
  seqK: number;
  nHeads: number;
  headDim: number;
  /** Queries that meet the keys at a time, whole tiles. */
  block: number;
}

/** Rows of a tile. */
const ROWS = 6;
/** The largest block of queries. Longer ones are no faster, and under causal compute more scores that nobody sees. */
const QUERIES = 48;
/** Chunks below which a head's queries are divided, so that several threads find work. */
const CHUNKS = 12;
/** A tile at an edge, and eight sums: what the scratch begins with. */
const HEAD_BYTES = 6 * 16 * 4 + 64;

const upTo = (n: number, multiple: number): number => Math.ceil(n / multiple) * multiple;
/** Bytes of scratch for `n` floats. */
const room = (n: number): number => 4 * upTo(n, 16);
/** Floats from one query's scores to the next. */
const strideOf = (keys: number): number => (((keys + 20) >> 4) | 1) << 4;

function sizesOf({ q, k }: Tensors, nHeads: number): Sizes {
  const [batch, seqQ, dim] = (q as TensorInfo).shape as [number, number, number];
  const block = Math.min(QUERIES, upTo(seqQ, ROWS));
  return { batch, seqQ, seqK: (k as TensorInfo).shape[1] as number, nHeads, headDim: dim / nHeads, block };
}

/** What `attention` of assembly/attention.ts lays out for all keys, in its order. */
function forwardBytes({ seqK, headDim, block }: Sizes, columns: number): number {
  const wide = upTo(headDim, columns);
  return (
    HEAD_BYTES +
    room(headDim * upTo(seqK, columns)) +
    room(seqK * wide) +
    room(block * headDim) +
    room(block * strideOf(seqK)) +
    room(block * seqK) +
    room(block * wide) +
    room(block) +
    room(3 + seqK + 31)
  );
}

/** The same of `attentionFew`, `per` heads a chunk. */
function fewBytes({ seqQ, seqK, headDim }: Sizes, per: number): number {
  return 128 + room(seqQ * per * headDim) + room(seqQ * per * strideOf(seqK)) + room(3 + seqK + 31);
}

/** The same of `attentionGrad`. */
function backwardBytes({ seqK, headDim, block }: Sizes, columns: number): number {
  const wide = upTo(headDim, columns);
  return (
    HEAD_BYTES +
    2 * room(headDim * upTo(seqK, columns)) +
    room(seqK * wide) +
    2 * room(upTo(seqK, ROWS) * wide) +
    room(block * headDim) +
    room(block * wide) +
    2 * room(block * strideOf(seqK)) +
    room(block * upTo(seqK, ROWS)) +
    room(block * wide)
  );
}

const isEmpty = (sizes: Sizes): boolean =>
  sizes.batch === 0 || sizes.seqQ === 0 || sizes.seqK === 0 || sizes.headDim === 0;

function zerosLike(native: Native, x: TensorInfo): TensorInfo {
  const out = native.make(x.shape);
  native.memory.f32(native.address(out), native.size(x)).fill(0);
  return out;
}

/** What both passes are told first. */
function commonArgs(
  native: Native,
  tensors: readonly TensorInfo[],
  lengths: TensorInfo | null,
  results: readonly TensorInfo[],
  bits: TensorInfo | null,
  { seqQ, seqK, nHeads, headDim, block }: Sizes,
): number[] {
  const address = (x: TensorInfo | null): number => (x ? native.address(x) : 0);
  const zeros = native.zeros(upTo(seqK, 16) + upTo(headDim, 16));
  const addresses = [...tensors.map(address), address(lengths), ...results.map(address), address(bits)];
  return [...addresses, nHeads, seqQ, seqK, headDim, native.columns, block, zeros];
}

/**
 * `XlmAttention`. For its gradient it hands on `[batch, heads, seqQ, 2]`, each query's largest score and one over the sum of
 * its exponents, then the result again, and under dropout a bit a weight.
 */
export const attention: NativeKernel<AttentionAttrs> = (native, inputs, { nHeads, causal, dropout }) => {
  const { q, k, v, lengths } = inputs as Record<"q" | "k" | "v" | "lengths", TensorInfo>;
  const sizes = sizesOf(inputs, nHeads);
  if (isEmpty(sizes)) return zerosLike(native, q);
  const { batch, seqQ, seqK, headDim, block } = sizes;
  const out = native.make(q.shape);
  const stats = native.make([batch, nHeads, seqQ, 2]);
  const bits = dropout && native.make([batch, nHeads, seqQ, Math.ceil(seqK / 32)], "int32");
  const { key, kept } = dropoutArgs(dropout);
  const common = commonArgs(native, [q, k, v], causal ? null : lengths, [out, stats], bits, sizes);
  const floats = [1 / Math.sqrt(headDim), kept];
  if (seqQ < ROWS) {
    const per = Math.ceil(nHeads / Math.min(nHeads, Math.ceil(CHUNKS / batch)));
    const chunks = batch * Math.ceil(nHeads / per);
    native.launch(Op.AttentionFew, chunks, [...common, per, ...key], floats, fewBytes(sizes, per));
  } else {
    const blocks = Math.ceil(seqQ / block);
    const per = block * Math.ceil(blocks / Math.min(blocks, Math.ceil(CHUNKS / (batch * nHeads))));
    const chunks = batch * nHeads * Math.ceil(seqQ / per);
    native.launch(Op.Attention, chunks, [...common, per, ...key], floats, forwardBytes(sizes, native.columns));
  }
  return [out, stats, native.share(out), ...(bits ? [bits] : [])];
};

/** `XlmAttentionGrad` */
export const attentionGrad: NativeKernel<AttentionAttrs> = (native, inputs, { nHeads, causal, dropout }) => {
  const { q, k, v, lengths } = inputs as Record<"q" | "k" | "v" | "lengths", TensorInfo>;
  const sizes = sizesOf(inputs, nHeads);
  if (isEmpty(sizes)) return [q, k, v].map((x) => zerosLike(native, x));
  const {
    dy,
    aux0: stats,
    aux1: out,
    aux2: bits = null,
  } = inputs as Record<"dy" | "aux0" | "aux1", TensorInfo> & {
    aux2?: TensorInfo;
  };
  const grads = [q, k, v].map((x) => native.make(x.shape));
  native.launch(
    Op.AttentionGrad,
    sizes.batch * nHeads,
    [
      ...commonArgs(native, [q, k, v], causal ? null : lengths, [out, stats], bits, sizes),
      ...[dy, ...grads].map((x) => native.address(x)),
      sizes.seqQ < ROWS ? 1 : 0,
    ],
    [1 / Math.sqrt(sizes.headDim), dropoutArgs(dropout).kept],
    backwardBytes(sizes, native.columns),
  );
  return grads;
};
