import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addHypothesis, bestFirst, isDone, worstScore, type Hypothesis } from "./hypotheses.js";

const options = { beamSize: 2, lengthPenalty: 1, earlyStopping: false };
const sentence = (length: number, sumLogProbs: number): Omit<Hypothesis, "score"> => ({
  tokens: new Int32Array(length).fill(1),
  sumLogProbs,
});
const fill = (sums: readonly number[], length = 2): readonly Hypothesis[] =>
  sums.reduce<readonly Hypothesis[]>((list, sum) => addHypothesis(list, sentence(length, sum), options), []);
const scores = (list: readonly Hypothesis[]): number[] => list.map(({ score }) => score);

describe("addHypothesis", () => {
  it("scores by the sum of log-probabilities over a power of the length", () => {
    expect(scores(fill([-3]))).toEqual([-1.5]); // -3 / 2
    expect(scores(addHypothesis([], sentence(4, -3), { ...options, lengthPenalty: 0.5 }))).toEqual([-1.5]); // -3 / sqrt(4)
    expect(scores(addHypothesis([], sentence(4, -3), { ...options, lengthPenalty: 0 }))).toEqual([-3]);
  });

  it("keeps the best, in order of arrival", () => {
    expect(scores(fill([-2, -6, -4]))).toEqual([-1, -2]);
    expect(scores(fill([-6, -4, -2]))).toEqual([-2, -1]);
  });

  it("does not take one that is as good as the worst; of two worst ones the first leaves", () => {
    expect(fill([-4, -4, -4])).toEqual(fill([-4, -4]));
    const [, second] = fill([-4, -4]);
    expect(fill([-4, -4, -2])[0]).toEqual(second);
  });

  it("leaves the list it is given as it was", () => {
    const list = fill([-4, -6]);
    addHypothesis(list, sentence(2, -2), options);
    expect(scores(list)).toEqual([-2, -3]);
  });

  it("keeps the greatest scores, whatever the order", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: -1 }), { minLength: 1 }), (sums) => {
        const best = [...sums].sort((a, b) => b - a).slice(0, 2);
        const list = fill(sums);
        expect(scores(bestFirst(list))).toEqual(best.map((sum) => sum / 2));
        expect(worstScore(list)).toBe((best.at(-1) as number) / 2);
      }),
    );
  });
});

describe("isDone", () => {
  it("waits until the list is full", () => {
    expect(isDone(fill([-1]), -100, 5, options)).toBe(false);
    expect(isDone(fill([-1]), -100, 5, { ...options, earlyStopping: true })).toBe(false);
  });

  it("is done when the best that is open cannot be better than the worst, or at once with early stopping", () => {
    const list = fill([-2, -4]); // the worst is -2
    expect(isDone(list, -9.9, 5, options)).toBe(false); // -1.98
    expect(isDone(list, -10, 5, options)).toBe(true); // -2: no better
    expect(isDone(list, -1, 5, { ...options, earlyStopping: true })).toBe(true);
  });
});
