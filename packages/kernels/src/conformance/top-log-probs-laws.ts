import * as tf from "@tensorflow/tfjs-core";
import { sizeOf } from "@xlm/core";
import { topLogProbs } from "../index.js";
import { indicesBelow, values } from "./cases.js";
import { expectClose, fail } from "./compare.js";
import { topLogProbs64 } from "./reference.js";
import { exactly, read, type SpecialLaw } from "./special-laws.js";

type Shape = [n: number, vocab: number];

async function top(scores: ArrayLike<number>, shape: Shape, k: number): Promise<ArrayLike<number>[]> {
  const out = await read(() => {
    const { values: best, indices } = topLogProbs(tf.tensor2d(Float32Array.from(scores), shape), k);
    for (const [name, x, dtype] of [["values", best, "float32"] as const, ["indices", indices, "int32"] as const]) {
      if (x.dtype !== dtype || x.shape[0] !== shape[0] || x.shape[1] !== k)
        fail(`${name} are ${x.dtype} [${x.shape.join(", ")}] and not ${dtype} [${shape[0]}, ${k}]`);
    }
    return [best, indices];
  });
  return out;
}

/** Rows that begin with these numbers and go on with what is smaller, so that wide loops meet them too. */
const widened = (rows: number[][], vocab: number): number[] =>
  rows.flatMap((row) => [...row, ...values([vocab - row.length], 7).map((x) => -20 - Math.abs(x))]);

export const topLogProbsLaws: readonly SpecialLaw[] = [
  {
    kernel: "TopLogProbs",
    name: "agrees with float64, indices exactly",
    async check(tolerance) {
      const uses: [...Shape, number][] = [
        [1, 1, 1],
        [3, 7, 2],
        [70, 33, 5],
        [4, 160, 20],
        [2, 5003, 4],
        [5, 19, 19],
        [2, 300, 300],
      ];
      for (const [n, vocab, k] of uses) {
        for (const shift of [0, 1000]) {
          const scores = values([n, vocab], vocab).map((x) => 8 * x + shift);
          const [got, indices] = await top(scores, [n, vocab], k);
          const expected = topLogProbs64(scores, vocab, k);
          expectClose(`the values of [${n}, ${vocab}], k = ${k},`, got!, expected.values, tolerance);
          expectClose(`the indices of [${n}, ${vocab}], k = ${k},`, indices!, expected.indices, exactly);
        }
      }
    },
  },
  {
    kernel: "TopLogProbs",
    name: "of equal scores the lower index comes first",
    async check(tolerance) {
      for (const [n, vocab, k] of [
        [3, 50, 7],
        [2, 50, 50],
        [1, 1000, 20],
      ] as const) {
        // 0 and -0 are equal, and the greatest.
        const scores = indicesBelow(n * vocab, 3).map((x) => (x === 0 ? -0 : x === 1 ? 0 : -x));
        const [got, indices] = await top(scores, [n, vocab], k);
        const expected = topLogProbs64(scores, vocab, k);
        expectClose("the values", got!, expected.values, tolerance);
        expectClose("the indices", indices!, expected.indices, exactly);
      }
      const [, ordered] = await top(new Float32Array(37).fill(-3), [1, 37], 37);
      expectClose(
        "the indices of one score",
        ordered!,
        Array.from({ length: 37 }, (_, i) => i),
        exactly,
      );
    },
  },
  {
    kernel: "TopLogProbs",
    name: "takes scores of -Infinity last",
    async check(tolerance) {
      const vocab = 40;
      const scores = widened([[-Infinity, 2, -Infinity, 1]], vocab);
      const [got, indices] = await top(scores, [1, vocab], vocab);
      const expected = topLogProbs64(scores, vocab, vocab);
      expectClose("the values", got!, expected.values, tolerance);
      expectClose("the indices", indices!, expected.indices, exactly);
    },
  },
  {
    kernel: "TopLogProbs",
    name: "a row without a log-softmax gives NaN at the first indices, the others what they would",
    async check(tolerance) {
      for (const vocab of [4, 43]) {
        const good = widened([[1, 3, 2, 3]], vocab);
        const none = new Array<number>(vocab).fill(-Infinity);
        const bad = [[NaN, 1, 2, 9], [1, Infinity, 2, 3], [5, 1, 2, NaN], none];
        const rows = bad.flatMap((row) => [...widened([row], vocab), ...good]);
        const shape: Shape = [2 * bad.length, vocab];
        const [got, indices] = await top(rows, shape, 3);
        const expected = topLogProbs64(good, vocab, 3);
        bad.forEach((_, i) => {
          expectClose("the values", Array.from(got!).slice(6 * i, 6 * i + 3), [NaN, NaN, NaN], exactly);
          expectClose("the indices", Array.from(indices!).slice(6 * i, 6 * i + 3), [0, 1, 2], exactly);
          expectClose("the values beside", Array.from(got!).slice(6 * i + 3, 6 * i + 6), expected.values, tolerance);
          expectClose(
            "the indices beside",
            Array.from(indices!).slice(6 * i + 3, 6 * i + 6),
            expected.indices,
            exactly,
          );
        });
      }
    },
  },
  {
    kernel: "TopLogProbs",
    name: "gives the same bits again, whatever rows stand beside",
    async check() {
      const shape: Shape = [9, 1003];
      const scores = values(shape, 3);
      const [first, again, last] = [
        await top(scores, shape, 6),
        await top(scores, shape, 6),
        await top(scores.slice(8 * 1003), [1, 1003], 6),
      ];
      [0, 1].forEach((part) => {
        expectClose("the second call", again[part]!, first[part]!, exactly);
        expectClose("the last row alone", last[part]!, Array.from(first[part]!).slice(8 * 6), exactly);
      });
    },
  },
  {
    kernel: "TopLogProbs",
    name: "works on no rows",
    async check() {
      for (const shape of [
        [0, 1],
        [0, 50],
      ] as Shape[]) {
        const out = await top(new Float32Array(sizeOf(shape)), shape, 1);
        out.forEach((part) => expectClose("the result", part, [], exactly));
      }
    },
  },
];
