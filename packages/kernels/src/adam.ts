import * as tf from "@tensorflow/tfjs-core";
import { checkInt, ShapeError } from "@xlm/core";
import { checkDtype, checkShape } from "./checks.js";
import { runKernel } from "./kernel.js";

export interface AdamOptions {
  /** Learning rate of this step. */
  lr: number;
  /** @default 0.9 */
  beta1?: number;
  /** @default 0.999 */
  beta2?: number;
  /** Added to the root of the second moment. @default 1e-8 */
  eps?: number;
  /** Share of a parameter taken off before its step, times `lr`. @default 0 */
  weightDecay?: number;
  /** Number of this step, counted from 1. */
  step: number;
}

export interface AdamResult {
  params: tf.Tensor[];
  m: tf.Tensor[];
  v: tf.Tensor[];
}

function updateOne(
  p: tf.Tensor,
  grad: tf.Tensor,
  m: tf.Tensor,
  v: tf.Tensor,
  { lr, beta1, beta2, eps, weightDecay, step }: Required<AdamOptions>,
  gradScale: tf.Tensor | undefined,
): tf.Tensor[] {
  const g = gradScale ? tf.mul(grad, gradScale) : grad;
  const newM = tf.add(tf.mul(m, beta1), tf.mul(g, 1 - beta1));
  const newV = tf.add(tf.mul(v, beta2), tf.mul(tf.square(g), 1 - beta2));
  const stepSize = (lr * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step);
  const moved = tf.div(tf.mul(newM, stepSize), tf.add(tf.sqrt(newV), eps));
  return [tf.sub(weightDecay ? tf.sub(p, tf.mul(p, lr * weightDecay)) : p, moved), newM, newV];
}

/**
 * One step of XLM's Adam over all parameters (kernel `XlmAdam`; optim.py of facebookresearch/XLM). Two things set it apart
 * from the usual one: `eps` joins the root of the second moment before the correction of its bias, and weight decay is
 * decoupled, `p -= lr * weightDecay * p` before the step. Not differentiable.
 * @param params tensors or variables, left as they are.
 * @param grads of the same shapes.
 * @param m first moments, zeros at the start; `v` second moments likewise.
 * @param gradScale scalar that multiplies every gradient (from clipping), so that clipped gradients are never written.
 * @returns new tensors in the order of `params`, to be assigned or disposed by the caller.
 * @throws ShapeError (`XLM_SHAPE`), OptionError (`XLM_OPTION`).
 */
export function adamUpdate(
  params: readonly tf.Tensor[],
  grads: readonly tf.Tensor[],
  m: readonly tf.Tensor[],
  v: readonly tf.Tensor[],
  options: AdamOptions,
  gradScale?: tf.Tensor,
): AdamResult {
  const { lr, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weightDecay = 0, step } = options;
  const n = params.length;
  checkInt("step", step, 1);
  const inputs: Record<string, tf.Tensor> = {};
  for (const [name, list] of Object.entries({ params, grads, m, v })) {
    if (list.length !== n) {
      throw new ShapeError({
        what: `params holds ${n} tensors and ${name} holds ${list.length}`,
        why: "each parameter has one gradient and two moments",
        fix: "pass lists of the same length, in the same order",
      });
    }
    list.forEach((tensor, i) => {
      checkShape(`${name}[${i}]`, tensor, (params[i] as tf.Tensor).shape, `it belongs to parameter ${i}`);
      checkDtype("float32", { [`${name}[${i}]`]: tensor });
      inputs[`${name[0]}${i}`] = tensor;
    });
  }
  if (gradScale) {
    checkShape("gradScale", gradScale, [], "it multiplies every gradient");
    checkDtype("float32", { gradScale });
    inputs["gradScale"] = gradScale;
  }
  const attrs = { lr, beta1, beta2, eps, weightDecay, step, n };
  const out = runKernel("XlmAdam", inputs, attrs, (given, same) => {
    const results: tf.Tensor[][] = [];
    for (let i = 0; i < same.n; i++) {
      const [p, g, mi, vi] = ["p", "g", "m", "v"].map((letter) => given[`${letter}${i}`] as tf.Tensor);
      results.push(tf.tidy(() => updateOne(p!, g!, mi!, vi!, same, given["gradScale"])));
    }
    return [0, 1, 2].flatMap((which) => results.map((result) => result[which] as tf.Tensor));
  });
  return { params: out.slice(0, n), m: out.slice(n, 2 * n), v: out.slice(2 * n) };
}
