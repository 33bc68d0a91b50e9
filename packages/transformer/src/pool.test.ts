import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { ShapeError } from "@xlm/core";
import { beforeAll, describe, expect, it } from "vitest";
import { meanPool } from "./index.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

/** [batch 2, seq 2, dim 2]; the last state is padding. */
const hidden = (): tf.Tensor3D =>
  tf.tensor3d([
    [
      [1, 2],
      [3, 6],
    ],
    [
      [5, 7],
      [100, 100],
    ],
  ]);

describe("meanPool", () => {
  it("averages the states of tokens and leaves nothing behind", () => {
    expect(tf.tidy(() => meanPool(hidden(), Int32Array.of(2, 1)).arraySync())).toEqual([
      [2, 4],
      [5, 7],
    ]);
    expect(tf.memory().numTensors).toBe(0);
  });

  it("shares its gradient among the states it read", () => {
    const grad = tf.tidy(() => {
      const states = tf.variable(hidden());
      const loss = (): tf.Scalar =>
        tf.customGrad((pooled) => ({
          value: tf.sum(pooled as tf.Tensor),
          gradFunc: (dy: tf.Tensor) => tf.mul(dy, tf.ones([2, 2])),
        }))(meanPool(states as tf.Tensor as tf.Tensor3D, Int32Array.of(2, 1))) as tf.Scalar;
      const found = tf.variableGrads(loss, [states]).grads[states.name]?.arraySync();
      states.dispose();
      return found;
    });
    expect(grad).toEqual([
      [
        [0.5, 0.5],
        [0.5, 0.5],
      ],
      [
        [1, 1],
        [0, 0],
      ],
    ]);
  });

  it("refuses lengths that do not fit", () => {
    const states = hidden();
    expect(() => meanPool(states, Int32Array.of(1))).toThrow(ShapeError);
    expect(() => meanPool(states, Int32Array.of(1, 0))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: row 1 has length 0 and the states are [2, 2, 2]: a mean is over at least one state, and over no padding. Fix: pass the lengths of the batch that was encoded]`,
    );
    expect(() => meanPool(states, Int32Array.of(3, 1))).toThrow(/row 0 has length 3/);
    states.dispose();
  });
});
