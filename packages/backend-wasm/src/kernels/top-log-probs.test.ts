import * as tf from "@tensorflow/tfjs-core";
import { topLogProbs } from "@xlm/kernels";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectAgreement, floats, launches, whole } from "../../test/plain.js";
import { BACKEND_NAME, registerWasmBackend } from "../index.js";

beforeAll(() => registerWasmBackend({ threads: 1 }));
afterAll(() => tf.removeBackend(BACKEND_NAME));

const top = (scores: tf.Tensor, k: number): tf.Tensor[] => {
  const { values, indices } = topLogProbs(scores, k);
  return [values, indices];
};
/** Indices exactly; values to the rounding of a sum, of its logarithm and of a difference. */
const expectTheComposite = (scores: () => tf.Tensor, k: number): Promise<void> =>
  expectAgreement(
    () => top(scores(), k),
    (value, { tensor }) => (tensor === 0 ? 2e-6 + 2 ** -23 * Math.abs(value) : 0),
  );

describe("the greatest log-probabilities", () => {
  const sizes = fc
    .record({
      n: fc.integer({ min: 1, max: 40 }),
      vocab: fc.integer({ min: 1, max: 1500 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    .map(({ n, vocab, share }) => ({
      n: Math.min(n, Math.ceil(8000 / vocab)),
      vocab,
      k: Math.max(1, Math.round(share ** 4 * vocab)),
    }));

  it("are those of the composite, whatever the size", () =>
    fc.assert(
      fc.asyncProperty(sizes, fc.nat(), ({ n, vocab, k }, seed) =>
        expectTheComposite(() => floats([n, vocab], seed, { scale: 1 + (seed % 20) }), k),
      ),
      { numRuns: 60 },
    ));

  it("are those of the composite where many scores are equal", () =>
    fc.assert(
      fc.asyncProperty(sizes, fc.nat(), ({ n, vocab, k }, seed) =>
        expectTheComposite(() => tf.cast(whole([n, vocab], seed, -3, 3), "float32"), k),
      ),
      { numRuns: 60 },
    ));

  it("are found where each score is greater than all before, and where each is less", async () => {
    const rising = (): tf.Tensor => tf.reshape(tf.div(tf.range(0, 3000), 100), [1, 3000]);
    for (const k of [1, 2, 600, 3000]) {
      await expectTheComposite(rising, k);
      await expectTheComposite(() => tf.neg(rising()), k);
    }
  });

  it("take one launch", async () => {
    expect(await launches(() => top(floats([50, 1000], 1), 5))).toBe(1);
  });
});
