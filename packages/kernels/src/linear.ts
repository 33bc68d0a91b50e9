import * as tf from "@tensorflow/tfjs-core";
import { OptionError } from "@xlm/core";
import { checkDtype, checkRank, checkShape } from "./checks.js";
import { runDifferentiable, type KernelPair } from "./kernel.js";
import { asRows, columnSums, product, transpose, transposedProduct } from "./products.js";

const activations = ["none", "gelu", "relu"] as const;

export interface LinearOptions {
  /** What follows the affine map: nothing, the exact (erf) GELU, or ReLU. @default "none" */
  activation?: "none" | "gelu" | "relu";
}

interface LinearInputs {
  x: tf.Tensor;
  weight: tf.Tensor;
  bias?: tf.Tensor;
}

interface LinearAttrs {
  activation: "none" | "gelu" | "relu";
  hasBias: boolean;
}

/**
 * GELU and its derivative, `cdf(x)` and `cdf(x) + x pdf(x)`, from one erf. `exp(-x^2/2)` is taken as `s / (1 - s)` with
 * `s = sigmoid(-x^2/2)`: stock wasm has a vectorised sigmoid, and an exp four times slower than it.
 */
function gelu(x: tf.Tensor): [value: tf.Tensor, slope: tf.Tensor] {
  const cdf = tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
  const s = tf.sigmoid(tf.mul(tf.square(x), -0.5));
  const pdf = tf.div(s, tf.sub(Math.sqrt(2 * Math.PI), tf.mul(s, Math.sqrt(2 * Math.PI))));
  return [tf.mul(x, cdf), tf.add(cdf, tf.mul(x, pdf))];
}

const kernel: KernelPair<LinearInputs, LinearAttrs> = {
  name: "XlmLinear",
  saves: ["x", "weight"],
  forward({ x, weight, bias }, { activation }) {
    const shape = [...x.shape.slice(0, -1), weight.shape[0]];
    const affine = product(asRows(x), transpose(weight), bias);
    if (activation === "none") return [tf.reshape(affine, shape)];
    const [value, slope] = activation === "gelu" ? gelu(affine) : [tf.relu(affine), tf.step(affine)];
    return [tf.reshape(value, shape), slope];
  },
  backward(dy, { x, weight }, [slope], { hasBias }) {
    const rows = asRows(x);
    const before = slope ? tf.mul(asRows(dy), slope) : asRows(dy);
    const grads = [tf.reshape(product(before, weight), x.shape), transposedProduct(before, rows)];
    return hasBias ? [...grads, columnSums(before)] : grads;
  },
};

/**
 * `activation(x @ weight^T + bias)` (kernel `XlmLinear`; torch's `nn.Linear`, and with GELU the first half of the
 * feed-forward block, `TransformerFFN` of XLM's transformer.py).
 * @param x `[..., in]`.
 * @param weight `[out, in]`, as the reference stores it.
 * @param bias `[out]`, or null for none.
 * @returns `[..., out]`.
 * @throws ShapeError (`XLM_SHAPE`), OptionError (`XLM_OPTION`).
 */
export function linear(
  x: tf.Tensor,
  weight: tf.Tensor,
  bias: tf.Tensor | null,
  options: LinearOptions = {},
): tf.Tensor {
  const { activation = "none" } = options;
  if (!activations.includes(activation)) {
    throw new OptionError({
      what: `activation is ${String(activation)}`,
      why: "the kernel has its own code for each",
      fix: `choose one of ${activations.join(", ")}`,
    });
  }
  checkDtype("float32", { x, weight, bias });
  checkRank("x", x, 1, "[..., in]", 6);
  checkRank("weight", weight, 2, "[out, in]");
  const out = weight.shape[0];
  checkShape("weight", weight, [out, x.shape.at(-1) as number], `x has rows of ${x.shape.at(-1)}`);
  if (bias) checkShape("bias", bias, [out], `weight has ${out} rows`);
  return runDifferentiable(kernel, bias ? { x, weight, bias } : { x, weight }, {}, { activation, hasBias: !!bias });
}
