import type { TensorInfo } from "@tensorflow/tfjs-core";
import { adamGroups, spansOf, type AdamAttrs } from "@xlm/kernels/backend";
import type { Native } from "../native.js";
import { programOf } from "../program.js";
import { ROOM } from "./reduce.js";
import type { NativeKernel } from "./registry.js";

const ADAM = programOf("adam");

/** Elements of a span: every tensor is cut into spans, a block for each, so that one launch does them all. */
const SPAN = 65536;

/** A table of spans on the device, until the kernel ends. */
function tableOf(native: Native, groups: readonly TensorInfo[][]): { table: number; count: number } {
  const { words, count } = spansOf(native, groups, SPAN);
  return { table: count > 0 ? native.upload(BigUint64Array.from(words, BigInt)) : 0, count };
}

/** `XlmAdam`, in the composite's order of float32 operations. */
export const adam: NativeKernel<AdamAttrs> = (native, inputs, attrs) => {
  const { lr, beta1, beta2, eps, weightDecay, step, n } = attrs;
  const groups = adamGroups(native, inputs, n);
  const { gradScale } = inputs;
  const size = (lr * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step);
  const { table, count } = tableOf(native, groups);
  const numbers = [beta1, 1 - beta1, beta2, 1 - beta2, size, eps, lr * weightDecay];
  native.launch(ADAM, "adam", [count], [table, gradScale ? native.address(gradScale) : 0, ...numbers]);
  return [4, 5, 6].flatMap((which) => groups.map((group) => group[which] as TensorInfo));
};

/** `XlmGlobalNorm` */
export const globalNorm: NativeKernel = (native, inputs) => {
  const out = native.make([]);
  const groups = Object.values(inputs).map((x) => [x]);
  const { table, count } = tableOf(native, groups);
  const partial = native.temp(count);
  native.launch(ADAM, "squares", [count], [table, partial], ROOM);
  native.launch(ADAM, "root_of_sum", [1], [partial, native.address(out), count], ROOM);
  return out;
};
