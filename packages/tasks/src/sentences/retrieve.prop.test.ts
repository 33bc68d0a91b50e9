import { createRng, drawInt, drawPermutation, fillNormal } from "@xlm/core";
import { retrievalAccuracy, type Vectors } from "@xlm/trainer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Margin } from "./margin.js";
import { mineBitext } from "./mine.js";
import { retrieveSentences, scoreRetrieval } from "./retrieve.js";

const drawn = (n: number, dim: number, seed: number): Vectors => {
  const data = new Float32Array(n * dim);
  fillNormal(createRng(seed), data, 1); // about (1, ..., 1), as the vectors of a model are: cosines are mostly positive
  return { data, shape: [n, dim] };
};
const rowOf = ({ data, shape: [, dim] }: Vectors, row: number): Float32Array =>
  data.subarray(row * dim, (row + 1) * dim);
const permuted = (x: Vectors, order: Int32Array): Vectors => {
  const data = new Float32Array(x.data.length);
  order.forEach((from, to) => data.set(rowOf(x, from), to * x.shape[1]));
  return { data, shape: x.shape };
};
const cosine = (a: Float32Array, b: Float32Array): number => {
  const dot = (u: Float32Array, v: Float32Array): number => u.reduce((sum, value, c) => sum + value * v[c]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
};
/** Row numbers by falling cosine, and the mean of the `k` highest. */
const nearest = (x: Vectors, row: number, other: Vectors, k: number): { order: number[]; mean: number } => {
  const cosines = Array.from({ length: other.shape[0] }, (_, j) => cosine(rowOf(x, row), rowOf(other, j)));
  const order = [...cosines.keys()].sort((i, j) => cosines[j]! - cosines[i]!).slice(0, k);
  return { order, mean: order.reduce((sum, j) => sum + cosines[j]!, 0) / order.length };
};

const seeds = fc.integer({ min: 0, max: 1_000_000 });
const sizes = fc.integer({ min: 1, max: 150 }); // one tile and several, full and not
const dims = fc.integer({ min: 3, max: 12 });
const scores = fc.constantFrom("cosine" as const, "margin" as const);
const runs = { numRuns: 60 };

describe("laws of retrieval", () => {
  it("is perfect when both sides are equal", () => {
    fc.assert(
      fc.property(seeds, sizes, dims, scores, (seed, n, dim, score) => {
        const x = drawn(n, dim, seed);
        expect(scoreRetrieval(x, x, { score, k: 1 })).toEqual({ forward: 1, backward: 1, chance: 1 / n, error: 0 });
        expect(retrieveSentences(x, x, { k: 1 }).indices).toEqual(Int32Array.from({ length: n }, (_, i) => i));
      }),
      runs,
    );
  });

  it("finds what comparing all pairs one by one finds", () => {
    fc.assert(
      fc.property(seeds, sizes, sizes, dims, fc.integer({ min: 1, max: 6 }), (seed, n, m, dim, k) => {
        const [x, y] = [drawn(n, dim, seed), drawn(m, dim, seed + 1)];
        const found = retrieveSentences(x, y, { k });
        const width = Math.min(k, m);
        for (let row = 0; row < n; row++) {
          const { order } = nearest(x, row, y, k);
          expect([...found.indices.subarray(row * width, (row + 1) * width)]).toEqual(order);
          order.forEach((j, i) =>
            expect(found.scores[row * width + i]).toBeCloseTo(cosine(rowOf(x, row), rowOf(y, j)), 12),
          );
        }
      }),
      { numRuns: 20 },
    );
  });

  it("moves with the rows of either side, to the bit", () => {
    fc.assert(
      fc.property(seeds, sizes, sizes, dims, scores, (seed, n, m, dim, score) => {
        const [x, y] = [drawn(n, dim, seed), drawn(m, dim, seed + 1)];
        const plain = retrieveSentences(x, y, { score });
        const k = plain.shape[1];
        const sources = drawPermutation(createRng(seed), n);
        const moved = retrieveSentences(permuted(x, sources), y, { score });
        // By margin the means are those of the target rows' nearest, which are the same rows in another order.
        sources.forEach((from, to) => {
          expect(moved.indices.subarray(to * k, (to + 1) * k)).toEqual(
            plain.indices.subarray(from * k, (from + 1) * k),
          );
          expect(moved.scores.subarray(to * k, (to + 1) * k)).toEqual(plain.scores.subarray(from * k, (from + 1) * k));
        });
        const targets = drawPermutation(createRng(seed + 1), m);
        const other = retrieveSentences(x, permuted(y, targets), { score });
        expect(other.indices.map((index) => targets[index]!)).toEqual(plain.indices);
        expect(other.scores).toEqual(plain.scores);
      }),
      runs,
    );
  });

  it("does not look at the lengths of rows", () => {
    fc.assert(
      fc.property(seeds, sizes, dims, scores, (seed, n, dim, score) => {
        const [x, y] = [drawn(n, dim, seed), drawn(n, dim, seed + 1)];
        const rng = createRng(seed);
        const factors = Array.from({ length: n }, () => 2 ** (drawInt(rng, 41) - 20)); // powers of 2: no rounding
        const scaled = { data: x.data.map((value, at) => value * factors[Math.floor(at / dim)]!), shape: x.shape };
        const [plain, other] = [retrieveSentences(x, y, { score }), retrieveSentences(scaled, y, { score })];
        expect(other.indices).toEqual(plain.indices);
        plain.scores.forEach((value, at) => expect(other.scores[at]).toBeCloseTo(value, 12));
      }),
      runs,
    );
  });

  it("agrees with the trainer's accuracy", () => {
    fc.assert(
      fc.property(seeds, sizes, dims, fc.boolean(), (seed, n, dim, center) => {
        const [x, y] = [drawn(n, dim, seed), drawn(n, dim, seed + 1)];
        const { indices } = retrieveSentences(x, y, { k: 1, center });
        const hits = indices.reduce((count, index, row) => count + (index === row ? 1 : 0), 0);
        expect(hits / n).toBe(retrievalAccuracy(x, y, { center }).forward);
      }),
      runs,
    );
  });
});

describe("laws of mining", () => {
  it("finds the identity in equal sides", () => {
    fc.assert(
      fc.property(
        seeds,
        sizes,
        dims,
        fc.constantFrom<Margin>("ratio", "distance", "absolute"),
        (seed, n, dim, margin) => {
          const x = drawn(n, dim, seed);
          const pairs = mineBitext(x, x, { retrieval: "intersect", margin: "absolute" });
          expect(pairs.map(({ source }) => source).sort((a, b) => a - b)).toEqual(
            Array.from({ length: n }, (_, i) => i),
          );
          expect(pairs.every(({ source, target }) => source === target)).toBe(true);
          // By margin too, where every row has the same surroundings: k = 1 leaves each row to itself.
          expect(mineBitext(x, x, { retrieval: "intersect", margin, k: 1 })).toHaveLength(n);
        },
      ),
      runs,
    );
  });

  it("scores a pair as the formula says, by the cosines of all pairs", () => {
    fc.assert(
      fc.property(seeds, sizes, sizes, fc.integer({ min: 1, max: 5 }), (seed, n, m, k) => {
        const [x, y] = [drawn(n, 6, seed), drawn(m, 6, seed + 1)];
        const of = (margin: Margin): ReturnType<typeof mineBitext> =>
          mineBitext(x, y, { margin, k, retrieval: "forward" });
        const surroundings = (source: number, target: number): number =>
          (nearest(x, source, y, k).mean + nearest(y, target, x, k).mean) / 2;
        for (const { source, target, score } of of("ratio").slice(0, 20)) {
          const mean = surroundings(source, target);
          fc.pre(mean > 0.01);
          expect(score).toBeCloseTo(cosine(rowOf(x, source), rowOf(y, target)) / mean, 8);
          // The best of the k nearest
          for (const j of nearest(x, source, y, k).order) {
            const other = cosine(rowOf(x, source), rowOf(y, j)) / Math.max(1e-6, surroundings(source, j));
            expect(other).toBeLessThanOrEqual(score + 1e-9);
          }
        }
        for (const { source, target, score } of of("distance").slice(0, 20)) {
          const expected = cosine(rowOf(x, source), rowOf(y, target)) - surroundings(source, target);
          expect(score).toBeCloseTo(expected, 10);
        }
      }),
      { numRuns: 20 },
    );
  });

  it("uses a sentence once, of both ways the best, and sorts", () => {
    fc.assert(
      fc.property(seeds, sizes, sizes, dims, (seed, n, m, dim) => {
        const [x, y] = [drawn(n, dim, seed), drawn(m, dim, seed + 1)];
        const key = ({ source, target }: { source: number; target: number }): string => `${source} ${target}`;
        const [most, both, forward, backward] = (["max", "intersect", "forward", "backward"] as const).map(
          (retrieval) => mineBitext(x, y, { retrieval }),
        );
        expect(new Set(most!.map(({ source }) => source)).size).toBe(most!.length);
        expect(new Set(most!.map(({ target }) => target)).size).toBe(most!.length);
        expect([forward!.length, backward!.length]).toEqual([n, m]);
        const ways = [new Set(forward!.map(key)), new Set(backward!.map(key))] as const;
        expect(both!.map(key)).toEqual(forward!.map(key).filter((pair) => ways[1].has(pair)));
        expect(most!.every((pair) => ways[0].has(key(pair)) || ways[1].has(key(pair)))).toBe(true);
        for (const pairs of [most, both, forward, backward]) {
          pairs!.forEach(({ score }, i) => i > 0 && expect(score).toBeLessThanOrEqual(pairs![i - 1]!.score));
        }
      }),
      runs,
    );
  });

  it("does not mind which side is the source", () => {
    fc.assert(
      fc.property(seeds, sizes, sizes, dims, (seed, n, m, dim) => {
        const [x, y] = [drawn(n, dim, seed), drawn(m, dim, seed + 1)];
        const there = mineBitext(x, y);
        const back = mineBitext(y, x).map(({ source, target, score }) => ({ source: target, target: source, score }));
        expect(back).toEqual(there);
      }),
      runs,
    );
  });

  it("leaves out what is below the threshold, and nothing else", () => {
    fc.assert(
      fc.property(seeds, sizes, fc.double({ min: 0.5, max: 1.5, noNaN: true }), (seed, n, threshold) => {
        const [x, y] = [drawn(n, 4, seed), drawn(n, 4, seed + 1)];
        expect(mineBitext(x, y, { threshold })).toEqual(mineBitext(x, y).filter(({ score }) => score >= threshold));
      }),
      runs,
    );
  });
});
