import type { TensorInfo } from "@tensorflow/tfjs-core";
import { Op } from "../ops.js";
import type { NativeKernel } from "./registry.js";

/** Scores of a chunk, unless one row has more. */
const CHUNK = 16384;
/** Eight sums. */
const SCRATCH_BYTES = 32;

/** `XlmTopLogProbs` */
export const topLogProbs: NativeKernel<{ k: number }> = (native, inputs, { k }) => {
  const { scores } = inputs as { scores: TensorInfo };
  const [n, vocab] = scores.shape as [number, number];
  const values = native.make([n, k]);
  const indices = native.make([n, k], "int32");
  const per = Math.max(1, Math.floor(CHUNK / vocab));
  const places = [scores, values, indices].map((x) => native.address(x));
  native.launch(Op.TopLogProbs, Math.ceil(n / per), [...places, n, vocab, k, per], [], SCRATCH_BYTES);
  return [values, indices];
};
