import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { fillPhilox } from "@xlm/core";
import { beforeAll, describe, expect, it } from "vitest";
import {
  adamUpdate,
  attention,
  dropout,
  embeddingSum,
  gatherRows,
  globalNorm,
  layerNorm,
  linear,
  meanLoss,
  topLogProbs,
  vocabLoss,
} from "./index.js";

beforeAll(() => tf.setBackend("cpu"));

const list = (tensor: tf.Tensor): number[] => Array.from(tensor.dataSync());
const near = (tensor: tf.Tensor, expected: number[], digits = 6): void => {
  expect(tensor.size).toBe(expected.length);
  list(tensor).forEach((value, i) => expect(value).toBeCloseTo(expected[i] as number, digits));
};
const ints = (values: number[], shape = [values.length]): tf.Tensor => tf.tensor(values, shape, "int32");

describe("linear", () => {
  it("multiplies by the transposed weight and adds the bias", () => {
    const weight = tf.tensor2d([
      [1, 2],
      [3, 4],
      [0, 1],
    ]);
    near(linear(tf.tensor2d([[10, 1]]), weight, tf.tensor1d([0.5, 0, -1])), [12.5, 34, 0]);
  });

  it("ends in the exact GELU or in ReLU", () => {
    const x = tf.tensor2d([[-1], [0], [1], [2]]);
    const one = tf.tensor2d([[1]]);
    // torch.nn.functional.gelu(torch.tensor([-1., 0., 1., 2.]))
    near(linear(x, one, null, { activation: "gelu" }), [-0.15865525, 0, 0.84134475, 1.95449974]);
    near(linear(x, one, null, { activation: "relu" }), [0, 0, 1, 2]);
  });

  it("has a gradient in input, weight and bias", () => {
    const f = (x: tf.Tensor, w: tf.Tensor, b: tf.Tensor): tf.Tensor => linear(x, w, b, { activation: "relu" });
    const grads = tf.grads(f)(
      [
        tf.tensor2d([[2, 3]]),
        tf.tensor2d([
          [1, 1],
          [-1, -1],
        ]),
        tf.tensor1d([0, 0]),
      ],
      tf.tensor2d([[1, 10]]),
    );
    near(grads[0] as tf.Tensor, [1, 1]); // the second output is cut off
    near(grads[1] as tf.Tensor, [2, 3, 0, 0]);
    near(grads[2] as tf.Tensor, [1, 0]);
  });

  it("refuses what does not fit", () => {
    const [x, w] = [tf.zeros([2, 3]), tf.zeros([5, 3])];
    expect(() => linear(tf.zeros([2, 4]), w, null)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: weight is [5, 3]: x has rows of 4. Fix: pass weight as [5, 4]]`,
    );
    expect(() => linear(x, w, tf.zeros([3]))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: bias is [3]: weight has 5 rows. Fix: pass bias as [5]]`,
    );
    expect(() => linear(x, tf.zeros([3]), null)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: weight is [3]: it is read as [out, in]. Fix: reshape it, or pass another tensor]`,
    );
    expect(() => linear(ints([1, 2, 3]), w, null)).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: x holds int32: the arithmetic is in float32. Fix: pass x as a tensor of float32]`,
    );
    expect(() => linear(x, w, null, { activation: "swish" as "gelu" })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: activation is swish: the kernel has its own code for each. Fix: choose one of none, gelu, relu]`,
    );
  });
});

describe("layerNorm", () => {
  it("takes the mean away and divides by the deviation", () => {
    near(
      layerNorm(
        tf.tensor2d([
          [1, 3],
          [10, 4],
        ]),
        tf.tensor1d([1, 2]),
        tf.tensor1d([0, 5]),
      ),
      [-1, 7, 1, 3],
    );
  });

  it("adds a residual before and clears masked rows after", () => {
    const residual = tf.tensor2d([
      [1, 0],
      [7, 7],
    ]);
    const options = { residual, rowMask: tf.tensor1d([1, 0]) };
    near(
      layerNorm(
        tf.tensor2d([
          [1, 4],
          [1, 2],
        ]),
        tf.ones([2]),
        tf.zeros([2]),
        options,
      ),
      [-1, 1, 0, 0],
    );
  });

  it("keeps the digits of rows far from zero", () => {
    // The mean square less the squared mean would be 0 here in float32.
    near(layerNorm(tf.tensor2d([[4096, 4098]]), tf.ones([2]), tf.zeros([2])), [-1, 1]);
  });

  it("refuses what does not fit", () => {
    const [x, one] = [tf.zeros([2, 3]), tf.ones([3])];
    expect(() => layerNorm(x, tf.ones([2]), one)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: gamma is [2]: x has rows of 3. Fix: pass gamma as [3]]`,
    );
    expect(() => layerNorm(x, one, one, { residual: tf.zeros([3, 2]) })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: residual is [3, 2]: it is added to x, [2, 3]. Fix: pass residual as [2, 3]]`,
    );
    expect(() => layerNorm(x, one, one, { rowMask: tf.ones([6]) })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: rowMask has 6 elements: x has 2 rows of 3. Fix: give one factor for each row]`,
    );
    expect(() => layerNorm(x, one, one, { eps: -1 })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: eps is -1: it joins a variance. Fix: use 0 or more]`,
    );
    expect(() => layerNorm(x, one, one, { dropout: { rate: 1, key: [0, 0] } })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: dropout rate is 1: what stays is divided by 1 - rate. Fix: use a rate from 0 up to but not including 1]`,
    );
  });
});

describe("attention", () => {
  const row = (values: number[]): tf.Tensor => tf.tensor(values, [1, values.length, 1]);

  it("mixes values by the softmax of scaled scores", () => {
    // one query of 0 scores both keys alike; a query of 1 weighs them e^0 : e^ln3 = 1 : 3
    const out = attention(row([0, 1]), row([0, Math.log(3)]), row([4, 8]), { nHeads: 1, lengths: ints([2]) });
    near(out, [6, 7]);
  });

  it("does not see padding, and gives 0 for a row without keys", () => {
    near(attention(row([0]), row([0, 5]), row([4, 8]), { nHeads: 1, lengths: ints([1]) }), [4]);
    near(attention(row([0]), row([0, 5]), row([4, 8]), { nHeads: 1, lengths: ints([0]) }), [0]);
  });

  it("sees the past alone under causal", () => {
    const out = attention(row([0, 0, 0]), row([1, 2, 3]), row([3, 6, 9]), {
      nHeads: 1,
      lengths: ints([3]),
      causal: true,
    });
    near(out, [3, 4.5, 6]);
  });

  it("lays the heads side by side", () => {
    const q = tf.zeros([1, 1, 4]);
    const v = tf.tensor3d([
      [
        [1, 2, 3, 4],
        [3, 4, 5, 6],
      ],
    ]);
    near(attention(q, tf.zeros([1, 2, 4]), v, { nHeads: 2, lengths: ints([2]) }), [2, 3, 4, 5]);
  });

  it("refuses what does not fit", () => {
    const x = tf.zeros([2, 3, 4]);
    const lengths = ints([3, 3]);
    expect(() => attention(x, x, x, { nHeads: 3, lengths })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: nHeads is 3 and the dimension is 4: heads share the dimension evenly. Fix: choose a divisor of the dimension]`,
    );
    expect(() => attention(x, x, tf.zeros([2, 2, 4]), { nHeads: 2, lengths })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: v is [2, 2, 4]: k is [2, 3, 4]. Fix: pass v as [2, 3, 4]]`,
    );
    expect(() => attention(x, x, x, { nHeads: 2, lengths: ints([3]) })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: lengths is [1]: there are 2 rows. Fix: pass lengths as [2]]`,
    );
    expect(() => attention(x, x, x, { nHeads: 2, lengths: tf.ones([2]) })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: lengths holds float32: counts and indices are int32. Fix: pass lengths as a tensor of int32]`,
    );
    const short = tf.zeros([2, 1, 4]);
    expect(() => attention(x, short, short, { nHeads: 2, lengths, causal: true })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: there are 3 queries and 1 keys: under causal each query has a key at its own place. Fix: pass at least as many keys as queries]`,
    );
  });
});

describe("embeddingSum", () => {
  it("adds the rows of three tables", () => {
    const tokens = tf.tensor2d([[1], [2], [3]]);
    const places = tf.tensor2d([[10], [20]]);
    const langs = tf.tensor2d([[100], [200]]);
    const out = embeddingSum(ints([2, 0], [1, 2]), ints([0, 1], [1, 2]), ints([1, 1], [1, 2]), tokens, places, langs);
    expect(out.shape).toEqual([1, 2, 1]);
    expect(list(out)).toEqual([213, 221]);
  });

  it("gives a row read twice both gradients, and the padding row none", () => {
    const ids = ints([1, 2, 1], [1, 3]);
    const f = (table: tf.Tensor): tf.Tensor =>
      embeddingSum(ids, ids, null, table, tf.zeros([3, 1]), null, { padId: 2 });
    expect(list(tf.grad(f)(tf.zeros([3, 1]), tf.tensor3d([[[1], [5], [10]]])))).toEqual([0, 11, 0]);
  });

  it("refuses what does not fit", () => {
    const ids = ints([0, 1], [1, 2]);
    const table = tf.zeros([3, 4]);
    expect(() => embeddingSum(ids, ids, ids, table, table, null)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: langs are given and langTable is null: language ids index the language table. Fix: give both or neither]`,
    );
    expect(() => embeddingSum(ids, ids, null, table, table, table)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: langTable is given and langs are null: language ids index the language table. Fix: give both or neither]`,
    );
    expect(() => embeddingSum(ids, ids, null, table, tf.zeros([3, 5]), null)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: positionTable is [3, 5]: the token table has rows of 4. Fix: pass positionTable as [3, 4]]`,
    );
    expect(() => embeddingSum(ids, ints([0]), null, table, table, null)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: positions is [1]: ids are [1, 2]. Fix: pass positions as [1, 2]]`,
    );
  });
});

describe("gatherRows", () => {
  it("takes rows, and adds gradients where a row is taken twice", () => {
    const x = tf.tensor3d([
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
    ]);
    const f = (given: tf.Tensor): tf.Tensor => gatherRows(given, ints([3, 0, 3]));
    expect(list(f(x))).toEqual([7, 8, 1, 2, 7, 8]);
    expect(list(tf.grad(f)(x, tf.ones([3, 2])))).toEqual([1, 1, 0, 0, 0, 0, 2, 2]);
  });
});

describe("dropout", () => {
  it("keeps element i iff word i of the key's stream reaches the threshold", () => {
    const words = new Uint32Array(8);
    fillPhilox(words, [1, 2]);
    const expected = Array.from(words, (word) => (word >= 2 ** 31 ? 2 : 0));
    expect(list(dropout(tf.ones([2, 4]), { rate: 0.5, key: [1, 2] }))).toEqual(expected);
  });
});

describe("vocabLoss and meanLoss", () => {
  it("costs ln(vocab) when all words are alike", () => {
    const losses = vocabLoss(tf.zeros([2, 3]), tf.ones([8, 3]), tf.zeros([8]), ints([0, 7]));
    near(losses, [Math.log(8), Math.log(8)]);
    near(meanLoss(losses), [Math.log(8)]);
    near(meanLoss(losses, 4), [Math.log(8) / 2]);
  });

  it("has the gradient softmax minus one-hot", () => {
    const f = (bias: tf.Tensor): tf.Tensor =>
      meanLoss(vocabLoss(tf.zeros([2, 1]), tf.zeros([4, 1]), bias, ints([0, 1])));
    near(tf.grad(f)(tf.zeros([4])), [-0.25, -0.25, 0.25, 0.25]);
  });

  it("is 0 for no targets, without a gradient", () => {
    const f = (bias: tf.Tensor): tf.Tensor => meanLoss(vocabLoss(tf.zeros([0, 1]), tf.zeros([2, 1]), bias, ints([])));
    const { value, grad } = tf.valueAndGrad(f)(tf.zeros([2]));
    expect([list(value), list(grad)]).toEqual([[0], [0, 0]]);
  });

  it("refuses what does not fit", () => {
    const [x, w, b] = [tf.zeros([2, 3]), tf.zeros([8, 3]), tf.zeros([8])];
    expect(() => vocabLoss(x, tf.zeros([8, 2]), b, ints([0, 1]))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: weight is [8, 2]: hidden has rows of 3. Fix: pass weight as [8, 3]]`,
    );
    expect(() => vocabLoss(x, w, tf.zeros([2]), ints([0, 1]))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: bias is [2]: weight has 8 rows. Fix: pass bias as [8]]`,
    );
    expect(() => vocabLoss(x, w, b, ints([0]))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: targets is [1]: hidden has 2 rows. Fix: pass targets as [2]]`,
    );
    expect(() => meanLoss(tf.zeros([2]), 0)).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: count is 0: the sum is divided by it. Fix: use a number above 0]`,
    );
  });
});

describe("topLogProbs", () => {
  it("gives the greatest log-probabilities and where they are, of equal ones the first", () => {
    const odds = tf.log(
      tf.tensor2d([
        [1, 5, 2, 2],
        [4, 4, 1, 1],
      ]),
    );
    const { values, indices } = topLogProbs(odds, 3);
    near(values, [0.5, 0.2, 0.2, 0.4, 0.4, 0.1].map(Math.log));
    expect(list(indices)).toEqual([1, 2, 3, 0, 1, 2]);
    expect([values.shape, indices.shape, indices.dtype]).toEqual([[2, 3], [2, 3], "int32"]);
  });

  it("keeps the digits of scores far from zero", () => {
    // log(exp(20000)) would be infinite, and 20001 less a log-sum-exp in float32 is good to 1/1000.
    const rest = Math.log(1 + Math.exp(-1));
    near(topLogProbs(tf.tensor2d([[20000, 20001, -20000]]), 2).values, [-rest, -1 - rest]);
  });

  it("shows a row that has none", () => {
    const { values, indices } = topLogProbs(tf.tensor2d([[1, 2, NaN]]), 2);
    expect([list(values), list(indices)]).toEqual([
      [NaN, NaN],
      [0, 1],
    ]);
  });

  it("refuses what does not fit", () => {
    const scores = tf.zeros([2, 3]);
    expect(() => topLogProbs(scores, 0)).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: k is 0: it must be a whole number from 1 to 3. Fix: give k such a value]`,
    );
    expect(() => topLogProbs(scores, 4)).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: k is 4: it must be a whole number from 1 to 3. Fix: give k such a value]`,
    );
    expect(() => topLogProbs(tf.zeros([3]), 1)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: scores is [3]: it is read as [n, vocab]. Fix: reshape it, or pass another tensor]`,
    );
    expect(() => topLogProbs(ints([1, 2], [1, 2]), 1)).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: scores holds int32: the arithmetic is in float32. Fix: pass scores as a tensor of float32]`,
    );
  });
});

describe("globalNorm", () => {
  it("is the length of all tensors as one vector", () => {
    near(globalNorm([tf.tensor1d([3]), tf.tensor2d([[0, 4]])]), [5]);
    near(globalNorm([]), [0]);
  });
});

describe("adamUpdate", () => {
  const zero = (): tf.Tensor[] => [tf.zeros([1])];

  it("moves by the learning rate in its first step, whatever the gradient", () => {
    const { params, m, v } = adamUpdate([tf.tensor1d([1])], [tf.tensor1d([-8])], zero(), zero(), { lr: 0.25, step: 1 });
    near(params[0] as tf.Tensor, [1.25]);
    near(m[0] as tf.Tensor, [-0.8]);
    near(v[0] as tf.Tensor, [0.064]);
  });

  it("adds eps before the correction, decays apart and scales gradients", () => {
    const options = { lr: 0.1, eps: 1, weightDecay: 0.5, step: 1 };
    const { params } = adamUpdate([tf.tensor1d([2])], [tf.tensor1d([4])], zero(), zero(), options, tf.scalar(0.5));
    // 2 - 0.1 * 0.5 * 2, less 0.1 * sqrt(0.001) / 0.1 * 0.2 / (sqrt(0.004) + 1)
    near(params[0] as tf.Tensor, [1.9 - (Math.sqrt(0.001) * 0.2) / (Math.sqrt(0.004) + 1)]);
  });

  it("refuses what does not fit", () => {
    const one = [tf.zeros([2])];
    expect(() => adamUpdate(one, [], one, one, { lr: 1, step: 1 })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: params holds 1 tensors and grads holds 0: each parameter has one gradient and two moments. Fix: pass lists of the same length, in the same order]`,
    );
    expect(() => adamUpdate(one, zero(), one, one, { lr: 1, step: 1 })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: grads[0] is [1]: it belongs to parameter 0. Fix: pass grads[0] as [2]]`,
    );
    expect(() => adamUpdate(one, one, one, one, { lr: 1, step: 0 })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: step is 0: it must be a whole number of at least 1. Fix: give step such a value]`,
    );
    expect(() => adamUpdate(one, one, one, one, { lr: 1, step: 1 }, tf.zeros([2]))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: gradScale is [2]: it multiplies every gradient. Fix: pass gradScale as []]`,
    );
  });
});
