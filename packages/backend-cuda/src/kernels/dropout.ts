import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { DropoutSpec } from "@xlm/kernels";
import { dropoutArgs } from "../dropout.js";
import type { Native } from "../native.js";
import { programOf } from "../program.js";
import type { NativeKernel } from "./registry.js";

const DROPOUT = programOf("dropout");

interface DropoutAttrs {
  dropout: DropoutSpec;
}

function drop(native: Native, x: TensorInfo, { dropout }: DropoutAttrs): TensorInfo {
  if (dropout.rate === 0) return native.share(x);
  const n = native.size(x);
  const out = native.make(x.shape);
  const args = [native.address(x), native.address(out), n, ...dropoutArgs(dropout)];
  native.launch(DROPOUT, "dropout", native.blocks(Math.ceil(n / 4)), args);
  return out;
}

/** `XlmDropout`: nothing is handed on, since the words are drawn again. */
export const dropout: NativeKernel<DropoutAttrs> = (native, inputs, attrs) =>
  drop(native, inputs["x"] as TensorInfo, attrs);

/** `XlmDropoutGrad` */
export const dropoutGrad: NativeKernel<DropoutAttrs> = (native, inputs, attrs) =>
  drop(native, inputs["dy"] as TensorInfo, attrs);

/** A bit for each of `rows * dim` elements, set where it stays; rows of whole words of 32 bits. */
export function makeBits(native: Native, rows: number, dim: number, spec: DropoutSpec): TensorInfo {
  const words = Math.ceil(dim / 32);
  const bits = native.make([rows, words], "int32");
  const args = [native.address(bits), rows, dim, words, ...dropoutArgs(spec)];
  native.launch(DROPOUT, "dropout_bits", native.blocks(rows * words), args);
  return bits;
}
