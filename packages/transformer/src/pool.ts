import * as tf from "@tensorflow/tfjs-core";
import { checkSize, ShapeError } from "@xlm/core";

/**
 * One vector a sentence, for finding neighbours: the mean of its states, sentence marks included, padding left out.
 * @param hidden `[batch, seq, embDim]`, what `encode` returned. @param lengths `[batch]`, those of the batch.
 * @returns `[batch, embDim]`, the caller's to dispose. Differentiable with respect to `hidden`.
 * @throws ShapeError (`XLM_SHAPE`) for lengths outside 1 to seq.
 */
export function meanPool(hidden: tf.Tensor3D, lengths: Int32Array): tf.Tensor2D {
  const [batch, seq, dim] = hidden.shape;
  checkSize("lengths", lengths, [batch]);
  const bad = lengths.findIndex((length) => length < 1 || length > seq);
  if (bad >= 0) {
    throw new ShapeError({
      what: `row ${bad} has length ${lengths[bad]} and the states are [${hidden.shape.join(", ")}]`,
      why: "a mean is over at least one state, and over no padding",
      fix: "pass the lengths of the batch that was encoded",
    });
  }
  const shares = new Float32Array(batch * seq);
  lengths.forEach((length, row) => shares.fill(1 / length, row * seq, row * seq + length));
  return tf.tidy(
    () =>
      tf.customGrad((states) => ({
        value: tf.reshape(tf.matMul(tf.tensor3d(shares, [batch, 1, seq]), states as tf.Tensor3D), [batch, dim]),
        gradFunc: (dy: tf.Tensor) =>
          tf.matMul(tf.tensor3d(shares, [batch, seq, 1]), tf.reshape<tf.Rank.R3>(dy, [batch, 1, dim])),
      }))(hidden) as tf.Tensor2D,
  );
}
