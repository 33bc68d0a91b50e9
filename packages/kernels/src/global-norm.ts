import * as tf from "@tensorflow/tfjs-core";
import { checkDtype } from "./checks.js";
import { runKernel } from "./kernel.js";
import { sumAll } from "./products.js";

/**
 * The square root of the sum of all squares (kernel `XlmGlobalNorm`; torch's `clip_grad_norm_`). Not differentiable.
 * @param tensors any shapes, float32; none at all give 0.
 * @returns a scalar.
 * @throws OptionError (`XLM_OPTION`).
 */
export function globalNorm(tensors: readonly tf.Tensor[]): tf.Scalar {
  const inputs = Object.fromEntries(tensors.map((tensor, i) => [`t${i}`, tensor]));
  checkDtype("float32", inputs);
  const [norm] = runKernel("XlmGlobalNorm", inputs, {}, (given) => [
    tf.sqrt(Object.values(given).reduce<tf.Tensor>((sum, x) => tf.add(sum, sumAll(tf.square(x))), tf.scalar(0))),
  ]);
  return norm as tf.Scalar;
}
