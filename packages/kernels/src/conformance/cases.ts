import * as tf from "@tensorflow/tfjs-core";
import { createRng, fillNormal, sizeOf } from "@xlm/core";
import {
  attention,
  dropout,
  embeddingSum,
  gatherRows,
  layerNorm,
  linear,
  meanLoss,
  vocabLoss,
  type DropoutSpec,
} from "../index.js";
import {
  attention64,
  factors64,
  layerNorm64,
  linear64,
  rows64,
  vocabLoss64,
  type AttentionSizes,
} from "./reference.js";

/** One use of a kernel, with the same in float64. */
export interface Case {
  readonly kernel: string;
  readonly name: string;
  /** Shapes of the differentiable inputs. */
  readonly inputs: Readonly<Record<string, number[]>>;
  readonly call: (inputs: Record<string, tf.Tensor>) => tf.Tensor;
  readonly reference: (inputs: Record<string, ArrayLike<number>>) => ArrayLike<number>;
}

/** Small random values, the same for every backend. */
export function values(shape: readonly number[], seed: number): Float32Array {
  const out = new Float32Array(sizeOf(shape));
  fillNormal(createRng(seed), out);
  return out;
}

/** Whole numbers below `bound`, some of them repeated. */
export const indicesBelow = (n: number, bound: number): number[] =>
  Array.from({ length: n }, (_, i) => (i * i * 7 + 3 * i) % bound);

const int = (numbers: ArrayLike<number>, shape: number[] = [numbers.length]): tf.Tensor =>
  tf.tensor(Int32Array.from(numbers), shape, "int32");

type Activation = "none" | "gelu" | "relu";
const linearCase = (
  name: string,
  lead: number[],
  into: number,
  out: number,
  activation: Activation,
  biased = true,
): Case => ({
  kernel: "Linear",
  name,
  inputs: { x: [...lead, into], weight: [out, into], ...(biased && { bias: [out] }) },
  call: ({ x, weight, bias }) => linear(x!, weight!, bias ?? null, { activation }),
  reference: ({ x, weight, bias }) => linear64(x!, weight!, bias ?? null, [sizeOf(lead), into, out], activation),
});

interface NormExtras {
  residual?: boolean;
  rowMask?: number[];
  dropout?: DropoutSpec;
  eps?: number;
}
const normCase = (
  name: string,
  lead: number[],
  dim: number,
  { residual, rowMask, dropout, eps = 1e-12 }: NormExtras = {},
): Case => ({
  kernel: "LayerNorm",
  name,
  inputs: { x: [...lead, dim], gamma: [dim], beta: [dim], ...(residual && { residual: [...lead, dim] }) },
  call: ({ x, gamma, beta, residual }) =>
    layerNorm(x!, gamma!, beta!, {
      eps,
      ...(residual && { residual }),
      ...(rowMask && { rowMask: tf.tensor(rowMask, lead) }),
      ...(dropout && { dropout }),
    }),
  reference: ({ x, gamma, beta, residual }) =>
    layerNorm64(x!, gamma!, beta!, {
      eps,
      ...(residual && { residual }),
      ...(rowMask && { rowMask }),
      ...(dropout && { dropout }),
    }),
});

const attentionCase = (name: string, s: AttentionSizes): Case => {
  const dim = s.nHeads * s.headDim;
  return {
    kernel: "Attention",
    name,
    inputs: { q: [s.batch, s.seqQ, dim], k: [s.batch, s.seqK, dim], v: [s.batch, s.seqK, dim] },
    call: ({ q, k, v }) =>
      attention(q!, k!, v!, {
        nHeads: s.nHeads,
        lengths: int(s.lengths),
        causal: s.causal,
        ...(s.dropout && { dropout: s.dropout }),
      }),
    reference: ({ q, k, v }) => attention64(q!, k!, v!, s),
  };
};

function embeddingCase(
  name: string,
  [batch, seq]: [number, number],
  [vocab, maxLen, nLangs]: number[],
  dim: number,
): Case {
  const n = batch * seq;
  const ids = indicesBelow(n, vocab as number);
  const positions = ids.map((_, i) => (maxLen as number) - 1 - (i % seq));
  const langs = nLangs ? indicesBelow(n, nLangs) : null;
  return {
    kernel: "EmbeddingSum",
    name,
    inputs: {
      tokenTable: [vocab as number, dim],
      positionTable: [maxLen as number, dim],
      ...(nLangs && { langTable: [nLangs, dim] }),
    },
    call: ({ tokenTable, positionTable, langTable }) =>
      embeddingSum(
        int(ids, [batch, seq]),
        int(positions, [batch, seq]),
        langs && int(langs, [batch, seq]),
        tokenTable!,
        positionTable!,
        langTable ?? null,
      ),
    reference({ tokenTable, positionTable, langTable }) {
      const parts = [rows64(tokenTable!, ids, dim), rows64(positionTable!, positions, dim)];
      if (langs) parts.push(rows64(langTable!, langs, dim));
      return parts.reduce((a, b) => a.map((value, i) => value + (b[i] as number)));
    },
  };
}

const gatherCase = (name: string, lead: number[], dim: number, indices: number[]): Case => ({
  kernel: "GatherRows",
  name,
  inputs: { x: [...lead, dim] },
  call: ({ x }) => gatherRows(x!, int(indices)),
  reference: ({ x }) => rows64(x!, indices, dim),
});

const lossCase = (name: string, n: number, dim: number, vocab: number): Case => ({
  kernel: "VocabLoss",
  name,
  inputs: { hidden: [n, dim], weight: [vocab, dim], bias: [vocab] },
  call: ({ hidden, weight, bias }) => vocabLoss(hidden!, weight!, bias!, int(indicesBelow(n, vocab))),
  reference: ({ hidden, weight, bias }) => vocabLoss64(hidden!, weight!, bias!, indicesBelow(n, vocab), dim),
});

const dropoutCase = (name: string, shape: number[], spec: DropoutSpec): Case => ({
  kernel: "Dropout",
  name,
  inputs: { x: shape },
  call: ({ x }) => dropout(x!, spec),
  reference: ({ x }) => factors64(spec, x!.length).map((factor, i) => factor * (x![i] as number)),
});

const meanCase = (name: string, n: number, count?: number): Case => ({
  kernel: "MeanLoss",
  name,
  inputs: { losses: [n] },
  call: ({ losses }) => meanLoss(losses!, count),
  reference: ({ losses }) => [Array.from(losses!).reduce((a, b) => a + b, 0) / (count ?? Math.max(n, 1))],
});

const spec: DropoutSpec = { rate: 0.3, key: [11, 4294967295] };
const heads = { batch: 3, seqQ: 5, seqK: 5, nHeads: 2, headDim: 3, lengths: [5, 2, 4], causal: false };

/** Uses of every differentiable kernel, sizes without a common factor and sizes in round blocks. */
export const cases: readonly Case[] = [
  linearCase("plain", [2, 3], 5, 7, "none"),
  linearCase("without bias", [4], 5, 3, "none", false),
  linearCase("gelu", [2, 3], 5, 7, "gelu"),
  linearCase("relu", [2, 3], 5, 7, "relu"),
  linearCase("one row", [], 4, 6, "gelu"),
  linearCase("blocks, widening", [2, 32], 96, 160, "gelu"),
  linearCase("blocks, narrowing", [64], 160, 96, "none"),
  normCase("plain", [2, 3], 7),
  normCase("residual", [2, 3], 8, { residual: true }),
  normCase("residual, dropout, row mask", [2, 4], 16, {
    residual: true,
    dropout: spec,
    rowMask: [1, 1, 1, 0, 1, 1, 0, 0],
  }),
  normCase("dropout", [5], 12, { dropout: spec }),
  normCase("large eps", [3], 4, { eps: 0.5 }),
  attentionCase("padding", heads),
  attentionCase("no padding, one head", { ...heads, nHeads: 1, lengths: [5, 5, 5] }),
  attentionCase("a row without keys", { ...heads, lengths: [5, 0, 1] }),
  attentionCase("causal", { ...heads, causal: true }),
  attentionCase("dropout", { ...heads, dropout: spec }),
  attentionCase("causal with dropout", { ...heads, causal: true, dropout: spec }),
  attentionCase("more keys than queries", { ...heads, seqQ: 2 }),
  attentionCase("more keys than queries, causal", { ...heads, seqQ: 2, causal: true }),
  attentionCase("more queries than keys", { ...heads, seqQ: 7 }),
  attentionCase("blocks", { ...heads, batch: 2, seqQ: 32, seqK: 32, headDim: 16, lengths: [32, 17] }),
  embeddingCase("three tables", [2, 5], [11, 9, 2], 6),
  embeddingCase("two tables", [3, 4], [7, 4, 0], 5),
  gatherCase("repeated rows", [6], 5, [3, 0, 3, 5]),
  gatherCase("of a batch", [2, 4], 3, [1, 7]),
  lossCase("small", 5, 4, 7),
  lossCase("blocks", 32, 24, 160),
  dropoutCase("three dimensions", [2, 5, 7], spec),
  dropoutCase("nothing dropped", [9], { ...spec, rate: 0 }),
  meanCase("of all", 6),
  meanCase("of a share", 6, 24),
];

const none = { ...heads, lengths: [] as number[] };

/** Uses in which some size is 0. */
export const emptyCases: readonly Case[] = [
  linearCase("no rows", [0, 3], 5, 7, "gelu"),
  linearCase("no columns in", [2], 0, 3, "none"),
  linearCase("no columns out", [2], 3, 0, "relu"),
  normCase("no rows", [0], 7, { residual: true, rowMask: [], dropout: spec }),
  attentionCase("no rows", { ...none, batch: 0, dropout: spec }),
  attentionCase("no queries", { ...heads, seqQ: 0 }),
  attentionCase("no keys", { ...heads, seqK: 0, lengths: [0, 0, 0] }),
  embeddingCase("no rows", [0, 5], [11, 9, 2], 6),
  embeddingCase("no tokens", [2, 0], [11, 9, 2], 6),
  gatherCase("no indices", [4], 5, []),
  lossCase("no targets", 0, 4, 7),
  dropoutCase("nothing", [0, 3], spec),
  meanCase("of nothing", 0),
];
