import * as tf from "@tensorflow/tfjs-core";
import { checkDtype, checkRank } from "./checks.js";
import { runDifferentiable, type KernelPair } from "./kernel.js";
import { asRows } from "./products.js";

/** Rows of a matrix by index. `tf.gather` is 80 times slower on stock wasm. */
export const takeRows = (x: tf.Tensor, indices: tf.Tensor): tf.Tensor =>
  tf.gatherND(x, tf.reshape(indices, [indices.size, 1]));

/** A matrix of zeros to whose rows others are added, in order, repeated indices included. */
export const scatterRows = (rows: tf.Tensor, indices: tf.Tensor, shape: [number, number]): tf.Tensor =>
  tf.scatterND(tf.reshape(indices, [indices.size, 1]), rows, shape);

interface GatherInputs {
  x: tf.Tensor;
  indices: tf.Tensor;
}

const kernel: KernelPair<GatherInputs, { shape: number[] }> = {
  name: "XlmGatherRows",
  saves: ["indices"],
  forward: ({ x, indices }) => [takeRows(asRows(x), indices)],
  backward(dy, { indices }, _, { shape }) {
    const dim = shape.at(-1) as number;
    const rows = shape.slice(0, -1).reduce((a, b) => a * b, 1);
    return [tf.reshape(scatterRows(dy, indices, [rows, dim]), shape)];
  },
};

/**
 * The rows of `x` at `indices` (kernel `XlmGatherRows`): the hidden states to predict from. An index may come twice; the
 * gradient then adds up. Indices outside `x` are not looked for.
 * @param x `[n, dim]`, or `[batch, seq, dim]` read as `n = batch * seq` rows.
 * @param indices `[m]` int32.
 * @returns `[m, dim]`.
 * @throws ShapeError (`XLM_SHAPE`), OptionError (`XLM_OPTION`).
 */
export function gatherRows(x: tf.Tensor, indices: tf.Tensor): tf.Tensor2D {
  checkDtype("float32", { x });
  checkDtype("int32", { indices });
  checkRank("x", x, 2, "[n, dim]", 6);
  checkRank("indices", indices, 1, "[m]");
  return runDifferentiable(kernel, { x }, { indices }, { shape: x.shape }) as tf.Tensor2D;
}
