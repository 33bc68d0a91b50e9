import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { DropoutSpec } from "@xlm/kernels";
import { dropoutArgs } from "../dropout.js";
import type { Native } from "../native.js";
import { programOf } from "../program.js";
import { ROOM, sumColumns } from "./reduce.js";
import type { NativeKernel } from "./registry.js";

const LAYER_NORM = programOf("layer-norm");

interface LayerNormAttrs {
  eps: number;
  dropout: DropoutSpec | null;
  hasResidual: boolean;
}

type Inputs = Record<"x" | "gamma" | "beta", TensorInfo> & { residual?: TensorInfo; rowMask?: TensorInfo };
type GradInputs = Record<"dy" | "gamma" | "aux0" | "aux1", TensorInfo> & { rowMask?: TensorInfo };

/** Rows over which gamma's and beta's gradients are added up first. */
const GROUP = 64;
const THREADS = 256;

const place = (native: Native, x: TensorInfo | undefined): number => (x ? native.address(x) : 0);

/**
 * `XlmLayerNorm`. It hands on what was normed, `[rows, dim]` (the very input where nothing is joined to it), and each row's mean
 * and 1 / deviation. What dropout keeps is drawn again for the gradient.
 */
export const layerNorm: NativeKernel<LayerNormAttrs> = (native, inputs, { eps, dropout }) => {
  const { x, residual, gamma, beta, rowMask } = inputs as Inputs;
  const dim = gamma.shape[0] as number;
  const rows = dim === 0 ? 0 : native.size(x) / dim;
  const out = native.make(x.shape);
  const sums = residual || dropout ? native.make(x.shape) : native.share(x);
  const stats = native.make([rows, 2]);
  const saved = [sums, stats].map((result) => native.address(result));
  const given = [...native.stored(x), ...(residual ? native.stored(residual) : [0, 0])];
  const scale = [native.address(gamma), native.address(beta), place(native, rowMask)];
  const made = [native.address(out), native.precision === "bf16" ? native.roomForHalf(out) : 0, ...saved];
  native.launch(
    LAYER_NORM,
    "layer_norm",
    [rows],
    [...given, ...scale, ...made, dim, eps, dropout ? 1 : 0, ...dropoutArgs(dropout)],
    ROOM,
  );
  return [out, sums, stats];
};

/** `XlmLayerNormGrad`: gradients of x, the residual if there is one, gamma and beta. */
export const layerNormGrad: NativeKernel<LayerNormAttrs> = (native, inputs, { dropout, hasResidual }) => {
  const { dy, gamma, aux0: sums, aux1: stats, rowMask } = inputs as GradInputs;
  const dim = gamma.shape[0] as number;
  const rows = dim === 0 ? 0 : native.size(dy) / dim;
  // Behind a residual x came from a product, and its gradient goes to one; what is added to other gradients keeps its digits.
  const dx = dropout && hasResidual ? native.makeActivation(dy.shape) : native.make(dy.shape);
  const toResidual = !hasResidual ? [] : [dropout ? native.make(dy.shape) : native.share(dx)];
  const [dGamma, dBeta] = [native.make([dim]), native.make([dim])];
  const [slope, mask] = [native.stored(dy), place(native, rowMask)];
  const saved = [native.address(sums), native.address(stats)];
  const joined = dropout ? place(native, toResidual[0]) : 0;
  native.launch(
    LAYER_NORM,
    "layer_norm_grad",
    [rows],
    [
      ...[...slope, native.address(gamma), mask, ...saved, ...native.stored(dx), joined, dim],
      ...[dropout ? 1 : 0, ...dropoutArgs(dropout)],
    ],
    ROOM,
  );
  const groups = Math.ceil(rows / GROUP);
  const partial = native.temp(2 * groups * dim);
  const grid = [Math.ceil(dim / THREADS), groups] as const;
  native.launch(LAYER_NORM, "layer_norm_columns", grid, [...slope, mask, ...saved, partial, rows, dim, GROUP]);
  sumColumns(native, groups, dim, partial, native.address(dGamma));
  sumColumns(native, groups, dim, partial + 4 * groups * dim, native.address(dBeta));
  return [dx, ...toResidual, dGamma, dBeta];
};
