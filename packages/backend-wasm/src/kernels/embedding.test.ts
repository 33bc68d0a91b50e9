import * as tf from "@tensorflow/tfjs-core";
import { embeddingSum, gatherRows } from "@xlm/kernels";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BACKEND_NAME, registerWasmBackend } from "../index.js";

const list = (x: tf.Tensor): number[] => Array.from(x.dataSync());
const int = (...values: number[]): tf.Tensor => tf.tensor2d(values, [1, values.length], "int32");

let [tokens, positions, langs] = [] as unknown as [tf.Tensor, tf.Tensor, tf.Tensor];

beforeAll(async () => {
  await registerWasmBackend({ threads: 1 });
  await tf.setBackend(BACKEND_NAME);
  tokens = tf.tensor2d([1, 2, 3], [3, 1]);
  positions = tf.tensor2d([10, 20], [2, 1]);
  langs = tf.tensor2d([100, 200], [2, 1]);
});
afterAll(() => tf.removeBackend(BACKEND_NAME));

describe("embedding sum", () => {
  it("adds a row of each table", () => {
    expect(list(embeddingSum(int(2, 0), int(0, 1), int(1, 1), tokens, positions, langs))).toEqual([213, 221]);
    expect(list(embeddingSum(int(2, 0), int(0, 1), null, tokens, positions, null))).toEqual([13, 21]);
  });

  it("adds gradients up where a row was used, the padding row aside", () => {
    const sum = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
      embeddingSum(int(2, 0, 2, 1), int(0, 1, 1, 1), null, a, b, null, {
        padId: 1,
      });
    const grads = tf.grads(sum)([tokens, positions], tf.tensor3d([1, 2, 4, 8], [1, 4, 1]));
    expect(grads.map(list)).toEqual([
      [2, 0, 5],
      [1, 14],
    ]);
  });

  it("refuses an index outside its table, which would read other memory", () => {
    const sum = (ids: tf.Tensor, at: tf.Tensor, langIds: tf.Tensor) => () =>
      embeddingSum(ids, at, langIds, tokens, positions, langs);
    expect(sum(int(0, 3), int(0, 0), int(0, 0))).toThrowErrorMatchingInlineSnapshot(
      `[DataError: ids[1] is 3: it names one of 3 rows. Fix: build the indices with the vocabulary and sizes that the tables were made for]`,
    );
    expect(sum(int(0, 0), int(-1, 0), int(0, 0))).toThrow("positions[0] is -1: it names one of 2 rows");
    expect(sum(int(0, 0), int(0, 0), int(0, 2))).toThrow("langs[1] is 2: it names one of 2 rows");
  });
});

describe("gather rows", () => {
  it("takes rows, and gives their gradients back", () => {
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
    const indices = tf.tensor1d([2, 0, 2], "int32");
    expect(list(gatherRows(x, indices))).toEqual([5, 6, 1, 2, 5, 6]);
    const dy = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
    expect(list(tf.grad((given: tf.Tensor) => gatherRows(given, indices))(x, dy))).toEqual([3, 4, 0, 0, 6, 8]);
  });

  it("refuses an index outside, of which an empty matrix has no other", () => {
    expect(() => gatherRows(tf.ones([2, 3]), tf.tensor1d([1, 2], "int32"))).toThrow("indices[1] is 2");
    expect(() => gatherRows(tf.ones([0, 3]), tf.tensor1d([0], "int32"))).toThrow("it names one of 0 rows");
  });

  it("has a gradient of no rows or no columns", () => {
    const none = tf.tensor1d([], "int32");
    for (const shape of [
      [0, 3],
      [2, 0],
    ]) {
      const grad = tf.grad((x: tf.Tensor) => gatherRows(x, none))(tf.ones(shape));
      expect(grad.shape).toEqual(shape);
    }
  });
});
