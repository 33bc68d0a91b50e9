import * as tf from "@tensorflow/tfjs-core";
import { checkDtype } from "./checks.js";
import { checkDropout, dropoutMask, type DropoutSpec } from "./dropout-mask.js";
import { runDifferentiable, type KernelPair } from "./kernel.js";

const kernel: KernelPair<{ x: tf.Tensor }, { dropout: DropoutSpec }> = {
  name: "XlmDropout",
  saves: [],
  forward({ x }, { dropout }) {
    const mask = dropoutMask(dropout, x.shape);
    return [tf.mul(x, mask), mask];
  },
  backward: (dy, _, [mask]) => [tf.mul(dy, mask as tf.Tensor)],
};

/**
 * Sets a share of the elements to zero and divides the others by `1 - rate` (kernel `XlmDropout`), the same elements for
 * the same key on every backend.
 * @param x any shape.
 * @returns the shape of `x`; a new tensor even for rate 0.
 * @throws OptionError (`XLM_OPTION`).
 */
export function dropout(x: tf.Tensor, spec: DropoutSpec): tf.Tensor {
  checkDtype("float32", { x });
  const checked = checkDropout(spec) ?? { ...spec, rate: 0 };
  return runDifferentiable(kernel, { x }, {}, { dropout: checked });
}
