import * as tf from "@tensorflow/tfjs-core";
import { OptionError } from "@xlm/core";
import { checkDtype, checkRank } from "./checks.js";
import { runDifferentiable, type KernelPair } from "./kernel.js";
import { sumAll } from "./products.js";

const kernel: KernelPair<{ losses: tf.Tensor }, { n: number; count: number }> = {
  name: "XlmMeanLoss",
  saves: [],
  forward: ({ losses }, { count }) => [tf.div(sumAll(losses), count)],
  backward: (dy, _, __, { n, count }) => [tf.mul(tf.ones([n]), tf.div(dy, count))],
};

/**
 * The sum of the losses divided by `count` (kernel `XlmMeanLoss`).
 * `Differs:` without losses it is 0, with no gradient; torch's mean is NaN there.
 * @param losses `[n]`.
 * @param count what to divide by: the losses of all micro-batches together when gradients are accumulated. @default n
 * @returns a scalar, to hand to `tf.variableGrads`.
 * @throws ShapeError (`XLM_SHAPE`), OptionError (`XLM_OPTION`).
 */
export function meanLoss(losses: tf.Tensor, count: number = Math.max(losses.size, 1)): tf.Scalar {
  checkDtype("float32", { losses });
  checkRank("losses", losses, 1, "[n]");
  if (!(count > 0)) {
    throw new OptionError({ what: `count is ${count}`, why: "the sum is divided by it", fix: "use a number above 0" });
  }
  return runDifferentiable(kernel, { losses }, {}, { n: losses.size, count }) as tf.Scalar;
}
