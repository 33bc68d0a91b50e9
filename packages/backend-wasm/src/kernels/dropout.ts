import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { DropoutSpec } from "@xlm/kernels";
import { dropoutArgs, makeBits } from "../dropout.js";
import { Op } from "../ops.js";
import type { NativeKernel } from "./registry.js";

interface DropoutAttrs {
  dropout: DropoutSpec;
}

/** Elements of a chunk. */
const ELEMENTS = 16384;
/** `DRAWN` of assembly/dropout.ts. */
const DRAWN = 1024;

/** `XlmDropout`: it hands on a bit for each element that stays. */
export const dropout: NativeKernel<DropoutAttrs> = (native, inputs, attrs) => {
  const { x } = inputs as { x: TensorInfo };
  if (attrs.dropout.rate === 0) return native.share(x);
  const n = native.size(x);
  const out = native.make(x.shape);
  const bits = makeBits(native, 1, n);
  const { key, kept } = dropoutArgs(attrs.dropout);
  const places = [native.address(x), native.address(out), native.address(bits)];
  native.launch(Op.Dropout, Math.ceil(n / ELEMENTS), [...places, n, ELEMENTS, ...key], [kept], 4 * DRAWN);
  return [out, bits];
};

/** `XlmDropoutGrad` */
export const dropoutGrad: NativeKernel<DropoutAttrs> = (native, inputs, attrs) => {
  const { dy, aux0: bits } = inputs as { dy: TensorInfo; aux0?: TensorInfo };
  if (!bits) return native.share(dy);
  const n = native.size(dy);
  const dx = native.make(dy.shape);
  const places = [native.address(dy), native.address(dx), native.address(bits)];
  native.launch(Op.DropoutGrad, Math.ceil(n / ELEMENTS), [...places, n, ELEMENTS], [dropoutArgs(attrs.dropout).kept]);
  return dx;
};
