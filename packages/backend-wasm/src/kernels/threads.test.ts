import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { floats, whole } from "../../test/plain.js";
import { threadsUp } from "../../test/threads.js";
import { bitsOf, valuesOn } from "../../test/values.js";
import { BACKEND_NAME, registerWasmBackend } from "../index.js";

/** Each kernel that is cut into chunks, on arrays of many and with something left over. */
function everything(): tf.Tensor[] {
  const x = floats([301, 203], 1);
  const y = floats([301, 203], 2);
  const long = floats([100_003], 3);
  const cube = floats([9, 41, 187], 4);
  const ids = whole([500], 5, 0, 301) as tf.Tensor1D;
  return [
    ...[
      tf.add(x, y),
      tf.mul(x, tf.slice(y, [0, 0], [1, 203])),
      tf.sub(tf.slice(x, [0, 0], [301, 1]), y),
      tf.div(long, 3),
    ],
    ...[
      tf.exp(long),
      tf.tanh(x),
      tf.erf(x),
      tf.softplus(x),
      tf.clipByValue(long, -1, 1),
      tf.where(tf.greater(x, y), x, y),
    ],
    ...[tf.sum(long), tf.mean(x, 0), tf.sum(x, 1), tf.max(cube, 1), tf.min(long), tf.sum(cube, [0, 1]), tf.sum(x)],
    ...[tf.softmax(x), tf.softmax(long), tf.logSoftmax(cube)],
    ...[tf.transpose(x), tf.transpose(cube, [2, 0, 1]), tf.concat([x, y], 1), tf.slice(cube, [1, 2, 3], [7, 30, 150])],
    ...[
      tf.gather(x, ids),
      tf.unsortedSegmentSum(tf.gather(y, ids), ids, 301),
      tf.fill([70_000], 2),
      tf.tile(x, [2, 3]),
    ],
    tf.fused.matMul({ a: x, b: y, transposeB: true, activation: "relu" }),
  ];
}

it("plain kernels give the same bits on 1, 2 and 3 threads", async () => {
  const bits: number[][][] = [];
  for (const threads of [1, 2, 3]) {
    await registerWasmBackend({ threads });
    expect(await threadsUp()).toBe(threads);
    bits.push(bitsOf(await valuesOn(BACKEND_NAME, everything)));
    for (let i = 0; i < 3; i++) expect(bitsOf(await valuesOn(BACKEND_NAME, everything))).toEqual(bits[0]);
  }
});
