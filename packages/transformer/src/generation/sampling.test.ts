import { createRng } from "@xlm/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { logProb, sampleWord } from "./sampling.js";

/** Scores of words with these probabilities; any constant may be added. */
const scoresOf = (...probs: number[]): Float32Array => Float32Array.from(probs, (p) => Math.log(p) + 3);

// Far from the borders between the words, so that float32 scores do not matter.
const scores = scoresOf(0.1, 0.4, 0.2, 0.3);

describe("sampleWord", () => {
  it("finds the word into whose share of the running sum u falls", () => {
    expect([0, 0.09, 0.11, 0.49, 0.51, 0.69, 0.71, 0.999].map((u) => sampleWord(scores, u, {}))).toEqual([
      0, 0, 1, 1, 2, 2, 3, 3,
    ]);
  });

  it("draws from the topK likeliest words alone", () => {
    // 0.4 and 0.3 are left: words 1 and 3, with 4/7 and 3/7.
    expect([0, 0.57, 0.58, 0.999].map((u) => sampleWord(scores, u, { topK: 2 }))).toEqual([1, 1, 3, 3]);
    expect([0, 0.999].map((u) => sampleWord(scores, u, { topK: 1 }))).toEqual([1, 1]);
  });

  it("draws from the fewest words that reach topP", () => {
    // 0.4 does not reach 0.5, with 0.3 they do.
    expect([0, 0.57, 0.58, 0.999].map((u) => sampleWord(scores, u, { topP: 0.5 }))).toEqual([1, 1, 3, 3]);
    expect([0, 0.999].map((u) => sampleWord(scores, u, { topP: 0.3 }))).toEqual([1, 1]);
    expect([0, 0.999].map((u) => sampleWord(scores, u, { topP: 1e-9 }))).toEqual([1, 1]); // at least one
  });

  it("takes topP of what topK left", () => {
    // Of 4/7 and 3/7 the first reaches 0.55; of all words it would not.
    expect([0, 0.999].map((u) => sampleWord(scores, u, { topK: 2, topP: 0.55 }))).toEqual([1, 1]);
    expect([0, 0.999].map((u) => sampleWord(scores, u, { topP: 0.55 }))).toEqual([1, 3]);
  });

  it("divides the scores by the temperature first", () => {
    // Temperature 1/2 squares the probabilities: 0.01, 0.16, 0.04, 0.09 of 0.3.
    expect([0.03, 0.04, 0.56, 0.57].map((u) => sampleWord(scores, u, { temperature: 0.5 }))).toEqual([0, 1, 1, 2]);
    // 0.16 reaches half of 0.3, 0.4 would not reach half of 1.
    expect([0, 0.999].map((u) => sampleWord(scores, u, { temperature: 0.5, topP: 0.5 }))).toEqual([1, 1]);
  });

  it("of equally likely words at the edge takes the first", () => {
    const equal = scoresOf(0.25, 0.25, 0.25, 0.25);
    expect([0, 0.49, 0.51, 0.999].map((u) => sampleWord(equal, u, { topK: 2 }))).toEqual([0, 0, 1, 1]);
    expect([0, 0.999].map((u) => sampleWord(equal, u, { topP: 0.4 }))).toEqual([0, 1]);
    const likelier = scoresOf(0.2, 0.2, 0.4, 0.2);
    expect([0, 0.999].map((u) => sampleWord(likelier, u, { topK: 2 }))).toEqual([0, 2]);
    expect([0.3, 0.4].map((u) => sampleWord(likelier, u, { topK: 2 }))).toEqual([0, 2]); // 1/3 and 2/3
  });

  it("never takes a word without probability, not even at the ends", () => {
    const some = Float32Array.of(-Infinity, 0, -Infinity, 0, -Infinity);
    expect([0, 0.49, 0.51, 1 - 2 ** -53].map((u) => sampleWord(some, u, {}))).toEqual([1, 1, 3, 3]);
  });

  it("takes the likeliest word as the temperature goes to 0", () => {
    expect([0, 0.999].map((u) => sampleWord(scores, u, { temperature: 1e-300 }))).toEqual([1, 1]);
  });

  it("follows the softmax", () => {
    fc.assert(
      fc.property(
        fc.nat(0xffff),
        fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 2, maxLength: 8 }),
        (seed, logits) => {
          const row = Float32Array.from(logits);
          const rng = createRng(seed);
          const n = 4000;
          const counts = new Float64Array(row.length);
          for (let i = 0; i < n; i++) counts[sampleWord(row, rng.next(), {})]!++;
          // Chi-square with k - 1 degrees of freedom: its tail is that of a normal and an exponential together (Laurent & Massart 2000),
          // P(X > d + 2 sqrt(d x) + 2 x) <= e^-x.
          const chiSquare = counts.reduce((sum, count, word) => {
            const expected = n * Math.exp(logProb(row, word));
            return sum + (count - expected) ** 2 / expected;
          }, 0);
          const [d, x] = [row.length - 1, 18]; // fails once in e^18, some 10^7 times
          expect(chiSquare).toBeLessThan(d + 2 * Math.sqrt(d * x) + 2 * x);
        },
      ),
      { numRuns: 30 },
    );
  });
});

it("logProb is the log-softmax", () => {
  expect([0, 1, 2, 3].map((word) => Math.exp(logProb(scores, word)).toFixed(6))).toEqual([
    "0.100000",
    "0.400000",
    "0.200000",
    "0.300000",
  ]);
});
