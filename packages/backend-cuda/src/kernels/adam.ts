import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { Native } from "../native.js";
import { programOf } from "../program.js";
import { ROOM } from "./reduce.js";
import type { NativeKernel } from "./registry.js";

const ADAM = programOf("adam");

interface AdamAttrs {
  lr: number;
  beta1: number;
  beta2: number;
  eps: number;
  weightDecay: number;
  step: number;
  n: number;
}

/** Elements of a span: every tensor is cut into spans, a block for each, so that one launch does them all. */
const SPAN = 65536;

/** A table of spans on the device: the addresses of the arrays of each group, which are equally long, and the number of elements. */
function spansOf(native: Native, groups: readonly TensorInfo[][]): { table: number; count: number } {
  const words: number[] = [];
  let count = 0;
  for (const group of groups) {
    const size = native.size(group[0] as TensorInfo);
    const places = group.map((x) => native.address(x));
    for (let start = 0; start < size; start += SPAN, count++) {
      for (const place of places) words.push(place + 4 * start);
      words.push(Math.min(SPAN, size - start));
    }
  }
  return { table: count > 0 ? native.upload(BigUint64Array.from(words, BigInt)) : 0, count };
}

/** `XlmAdam`, in the composite's order of float32 operations. */
export const adam: NativeKernel<AdamAttrs> = (native, inputs, attrs) => {
  const { lr, beta1, beta2, eps, weightDecay, step, n } = attrs;
  const groups = Array.from({ length: n }, (_, i) => {
    const old = ["p", "g", "m", "v"].map((letter) => inputs[`${letter}${i}`] as TensorInfo);
    const { shape } = old[0] as TensorInfo;
    return [...old, native.make(shape), native.make(shape), native.make(shape)];
  });
  const { gradScale } = inputs;
  const size = (lr * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step);
  const { table, count } = spansOf(native, groups);
  const numbers = [beta1, 1 - beta1, beta2, 1 - beta2, size, eps, lr * weightDecay];
  native.launch(ADAM, "adam", [count], [table, gradScale ? native.address(gradScale) : 0, ...numbers]);
  return [4, 5, 6].flatMap((which) => groups.map((group) => group[which] as TensorInfo));
};

/** `XlmGlobalNorm` */
export const globalNorm: NativeKernel = (native, inputs) => {
  const out = native.make([]);
  const groups = Object.values(inputs).map((x) => [x]);
  const { table, count } = spansOf(native, groups);
  const partial = native.temp(count);
  native.launch(ADAM, "squares", [count], [table, partial], ROOM);
  native.launch(ADAM, "root_of_sum", [1], [partial, native.address(out), count], ROOM);
  return out;
};
