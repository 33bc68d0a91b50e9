import type { TensorInfo } from "@tensorflow/tfjs-core";
import { programOf } from "../program.js";
import { ROOM } from "./reduce.js";
import type { NativeKernel } from "./registry.js";

const TOP = programOf("top-log-probs");

/** `XlmTopLogProbs` */
export const topLogProbs: NativeKernel<{ k: number }> = (native, inputs, { k }) => {
  const { scores } = inputs as { scores: TensorInfo };
  const [n, vocab] = scores.shape as [number, number];
  const values = native.make([n, k]);
  const indices = native.make([n, k], "int32");
  const places = [scores, values, indices].map((x) => native.address(x));
  native.launch(TOP, "top_log_probs", [n], [...places, vocab, k], 2 * ROOM);
  return [values, indices];
};
