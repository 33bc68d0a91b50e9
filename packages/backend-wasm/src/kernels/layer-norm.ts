import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { DropoutSpec } from "@xlm/kernels";
import { dropoutArgs, makeBits } from "../dropout.js";
import type { Native } from "../native.js";
import { Op } from "../ops.js";
import type { NativeKernel } from "./registry.js";

interface LayerNormAttrs {
  eps: number;
  dropout: DropoutSpec | null;
  hasResidual: boolean;
}

type Inputs = Record<"x" | "gamma" | "beta", TensorInfo> & {
  residual?: TensorInfo;
  rowMask?: TensorInfo;
};
type GradInputs = Record<"dy" | "gamma" | "aux0" | "aux1", TensorInfo> & {
  rowMask?: TensorInfo;
  aux2?: TensorInfo;
};

/** Rows of a chunk; in the gradient, those over which gamma's and beta's gradients are added up first. */
const ROWS = 64;
/** Columns of those sums that a chunk adds up. */
const COLUMNS = 512;

const place = (native: Native, x: TensorInfo | undefined): number => (x ? native.address(x) : 0);

/**
 * `XlmLayerNorm`. It hands on what was normed, `[rows, dim]` (the very input where nothing is joined to it), each row's
 * mean and 1 / deviation, and a bit for each element that dropout keeps.
 */
export const layerNorm: NativeKernel<LayerNormAttrs> = (native, inputs, { eps, dropout }) => {
  const { x, residual, gamma, beta, rowMask } = inputs as Inputs;
  const dim = gamma.shape[0] as number;
  const rows = dim === 0 ? 0 : native.size(x) / dim;
  const out = native.make(x.shape);
  const sums = residual || dropout ? native.make(x.shape) : native.share(x);
  const stats = native.make([rows, 2]);
  const bits = dropout ? [makeBits(native, rows, dim)] : [];
  const { key, kept } = dropoutArgs(dropout);
  const [from, to] = [native.address(x), native.address(out)];
  const scale = [native.address(gamma), native.address(beta), place(native, rowMask)];
  const saved = [native.address(sums), native.address(stats)];
  native.launch(
    Op.LayerNorm,
    Math.ceil(rows / ROWS),
    [from, place(native, residual), ...scale, to, ...saved, rows, dim, ROWS, place(native, bits[0]), ...key],
    [eps, kept],
    8 * dim,
  );
  return [out, sums, stats, ...bits];
};

/** `XlmLayerNormGrad`: gradients of x, the residual if there is one, gamma and beta. */
export const layerNormGrad: NativeKernel<LayerNormAttrs> = (native, inputs, { dropout, hasResidual }) => {
  const { dy, gamma, aux0: sums, aux1: stats, aux2: bits, rowMask } = inputs as GradInputs;
  const dim = gamma.shape[0] as number;
  const rows = dim === 0 ? 0 : native.size(dy) / dim;
  const chunks = Math.ceil(rows / ROWS);
  const dx = native.make(dy.shape);
  const toResidual = !hasResidual ? [] : [dropout ? native.make(dy.shape) : native.share(dx)];
  const dGamma = native.make([dim]);
  const dBeta = native.make([dim]);
  const partial = native.temp(2 * chunks * dim);
  const given = [native.address(dy), native.address(gamma), place(native, rowMask)];
  const saved = [native.address(sums), native.address(stats)];
  const joined = dropout ? place(native, toResidual[0]) : 0;
  native.launch(
    Op.LayerNormGrad,
    chunks,
    [...given, ...saved, native.address(dx), joined, partial, rows, dim, ROWS, chunks, place(native, bits)],
    [dropoutArgs(dropout).kept],
  );
  [dGamma, dBeta].forEach((total, i) => {
    const from = partial + 4 * i * chunks * dim;
    native.launch(Op.SumGroups, Math.ceil(dim / COLUMNS), [chunks, dim, COLUMNS, from, native.address(total)]);
  });
  return [dx, ...toResidual, dGamma, dBeta];
};
