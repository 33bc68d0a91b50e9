import * as tf from "@tensorflow/tfjs-core";
import { OptionError, ShapeError } from "@xlm/core";
import { checkDtype, checkRank, checkShape } from "./checks.js";
import { checkDropout, dropoutMask, type DropoutSpec } from "./dropout-mask.js";
import { runDifferentiable, type KernelPair } from "./kernel.js";
import { asRows, columnSums } from "./products.js";

export interface LayerNormOptions {
  /** Added to the variance. @default 1e-12 */
  eps?: number;
  /** Same shape as `x`, added to it before the norm. */
  residual?: tf.Tensor;
  /** Applied to `x` before the residual is added. */
  dropout?: DropoutSpec;
  /** A factor for each row of the result, in any shape of `rows` elements: 0 for padding, 1 for a token. */
  rowMask?: tf.Tensor;
}

interface LayerNormInputs {
  x: tf.Tensor;
  residual?: tf.Tensor;
  gamma: tf.Tensor;
  beta: tf.Tensor;
  rowMask?: tf.Tensor;
}

interface LayerNormAttrs {
  eps: number;
  dropout: DropoutSpec | null;
  hasResidual: boolean;
}

const kernel: KernelPair<LayerNormInputs, LayerNormAttrs> = {
  name: "XlmLayerNorm",
  saves: ["gamma", "rowMask"],
  forward({ x, residual, gamma, beta, rowMask }, { eps, dropout }) {
    const mask = dropout ? dropoutMask(dropout, x.shape) : null;
    const dropped = mask ? tf.mul(x, mask) : x;
    const sum = asRows(residual ? tf.add(dropped, residual) : dropped);
    const centred = tf.sub(sum, tf.mean(sum, -1, true));
    const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), eps));
    const normed = tf.mul(centred, scale);
    const whole = tf.add(tf.mul(normed, gamma), beta);
    const out = rowMask ? tf.mul(whole, tf.reshape(rowMask, [-1, 1])) : whole;
    return [tf.reshape(out, x.shape), normed, scale, ...(mask ? [mask] : [])];
  },
  backward(dy, { gamma, rowMask }, [normed, scale, mask], { hasResidual }) {
    const rows = rowMask ? tf.mul(asRows(dy), tf.reshape(rowMask, [-1, 1])) : asRows(dy);
    const toNormed = tf.mul(rows, gamma);
    const along = tf.mul(normed as tf.Tensor, tf.mean(tf.mul(toNormed, normed as tf.Tensor), -1, true));
    const rest = tf.sub(tf.sub(toNormed, tf.mean(toNormed, -1, true)), along);
    const toSum = tf.reshape(tf.mul(rest, scale as tf.Tensor), dy.shape);
    const toX = mask ? tf.mul(toSum, mask) : toSum;
    return [
      toX,
      // A tensor of its own in either case: the tape disposes each gradient once it has been added to another.
      ...(hasResidual ? [mask ? toSum : tf.clone(toSum)] : []),
      columnSums(tf.mul(rows, normed as tf.Tensor)),
      columnSums(rows),
    ];
  },
};

/**
 * `(norm(residual + dropout(x)) * gamma + beta) * rowMask`: the end of every sub-layer (kernel `XlmLayerNorm`; post-norm,
 * eps 1e-12 as in XLM's transformer.py). The variance is the mean square of what is left when the mean is taken away.
 * @param x `[..., dim]`.
 * @param gamma `[dim]`.
 * @param beta `[dim]`.
 * @returns the shape of `x`.
 * @throws ShapeError (`XLM_SHAPE`), OptionError (`XLM_OPTION`).
 */
export function layerNorm(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, options: LayerNormOptions = {}): tf.Tensor {
  const { eps = 1e-12, residual, rowMask } = options;
  const dropout = checkDropout(options.dropout);
  if (!(eps >= 0)) throw new OptionError({ what: `eps is ${eps}`, why: "it joins a variance", fix: "use 0 or more" });
  checkRank("x", x, 1, "[..., dim]", 6);
  const dim = x.shape.at(-1) as number;
  checkDtype("float32", { x, gamma, beta, residual: residual ?? null, rowMask: rowMask ?? null });
  checkShape("gamma", gamma, [dim], `x has rows of ${dim}`);
  checkShape("beta", beta, [dim], `x has rows of ${dim}`);
  if (residual) checkShape("residual", residual, x.shape, `it is added to x, [${x.shape.join(", ")}]`);
  const rows = dim === 0 ? 0 : x.size / dim;
  if (rowMask && rowMask.size !== rows) {
    throw new ShapeError({
      what: `rowMask has ${rowMask.size} elements`,
      why: `x has ${rows} rows of ${dim}`,
      fix: "give one factor for each row",
    });
  }
  return runDifferentiable(
    kernel,
    { x, ...(residual && { residual }), gamma, beta },
    { ...(rowMask && { rowMask }) },
    { eps, dropout, hasResidual: !!residual },
  );
}
