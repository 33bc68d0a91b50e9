import type { TensorInfo } from "@tensorflow/tfjs-core";
import { adamGroups, spansOf, type AdamAttrs } from "@xlm/kernels/backend";
import type { Native } from "../native.js";
import { Op } from "../ops.js";
import type { NativeKernel } from "./registry.js";

/** Elements of a span: every tensor is cut into spans, each of them a chunk, so that one launch does them all. */
const SPAN = 16384;

/** A table of spans in the linear memory, until the kernel ends. */
function tableOf(native: Native, groups: readonly TensorInfo[][]): { table: number; count: number } {
  const { words, count } = spansOf(native, groups, SPAN);
  const table = native.temp(words.length);
  native.memory.i32(table, words.length).set(words);
  return { table, count };
}

/** `XlmAdam`, in the composite's order of float32 operations. */
export const adam: NativeKernel<AdamAttrs> = (native, inputs, attrs) => {
  const { lr, beta1, beta2, eps, weightDecay, step, n } = attrs;
  const groups = adamGroups(native, inputs, n);
  const { gradScale } = inputs;
  const scale = gradScale ? (native.memory.f32(native.address(gradScale), 1)[0] as number) : 1;
  const size = (lr * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step);
  const { table, count } = tableOf(native, groups);
  const floats = [beta1, 1 - beta1, beta2, 1 - beta2, size, eps, lr * weightDecay, scale];
  native.launch(Op.Adam, count, [table, weightDecay ? 1 : 0], floats);
  return [4, 5, 6].flatMap((which) => groups.map((group) => group[which] as TensorInfo));
};

/** `XlmGlobalNorm`: squares in float32, their sums over short stretches in float64. */
export const globalNorm: NativeKernel = (native, inputs) => {
  const out = native.make([]);
  const { table, count } = tableOf(
    native,
    Object.values(inputs).map((x) => [x]),
  );
  const partial = native.temp(2 * count);
  native.launch(Op.Squares, count, [table, partial]);
  const sums = new Float64Array(native.memory.memory.buffer, partial, count);
  native.memory.f32(native.address(out), 1)[0] = Math.sqrt(sums.reduce((total, sum) => total + sum, 0));
  return out;
};
