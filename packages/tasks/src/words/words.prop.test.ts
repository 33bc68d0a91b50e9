import { createRng, drawPermutation, fillNormal } from "@xlm/core";
import fc from "fast-check";
import { Matrix, QrDecomposition } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { alignWords, translateWords, translationPrecision, type WordPair, type WordVectors } from "./index.js";

const seeds = fc.nat();

/** Words with normal vectors. */
function drawn(seed: number, n: number, dim: number): WordVectors {
  const data = new Float32Array(n * dim);
  fillNormal(createRng(seed), data);
  return { words: Array.from({ length: n }, (_, i) => `w${i}`), vectors: { data, shape: [n, dim] } };
}

const matrixOf = ({ data, shape: [n, dim] }: WordVectors["vectors"]): Matrix =>
  Matrix.from1DArray(n, dim, Array.from(data));

const rotation = (seed: number, dim: number): Matrix =>
  new QrDecomposition(matrixOf(drawn(seed, dim, dim).vectors)).orthogonalMatrix;

/** Each row `x` turned: `rotation x`. */
const turned = ({ words, vectors }: WordVectors, by: Matrix): WordVectors => ({
  words,
  vectors: { ...vectors, data: Float32Array.from(matrixOf(vectors).mmul(by.transpose()).to1DArray()) },
});

const samePairs = ({ words }: WordVectors): WordPair[] => words.map((word) => [word, word]);

describe("alignWords", () => {
  it("finds a rotation again", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 8 }), fc.boolean(), (seed, dim, normalize) => {
        const source = drawn(seed, 5 * dim, dim);
        const by = rotation(seed + 1, dim);
        const target = turned(source, by);
        const { map, apply } = alignWords(source, target, samePairs(source), { normalize });
        by.to1DArray().forEach((value, i) => expect(map.data[i]).toBeCloseTo(value, 4)); // float32 rows
        apply(source.vectors).data.forEach((value, i) => expect(value).toBeCloseTo(target.vectors.data[i]!, 3));
      }),
    );
  });

  it("gives an orthogonal map, whatever the pairs and however few", () => {
    fc.assert(
      fc.property(
        seeds,
        fc.record({ n: fc.integer({ min: 1, max: 12 }), dim: fc.integer({ min: 1, max: 8 }) }),
        fc.record({ normalize: fc.boolean(), center: fc.boolean() }),
        (seed, { n, dim }, options) => {
          const source = drawn(seed, n, dim);
          const map = matrixOf(alignWords(source, drawn(seed + 1, n, dim), samePairs(source), options).map);
          const product = map.mmul(map.transpose());
          for (let i = 0; i < dim; i++) {
            for (let j = 0; j < dim; j++) expect(product.get(i, j)).toBeCloseTo(i === j ? 1 : 0, 5);
          }
        },
      ),
    );
  });

  it("brings words no farther from their translations than they were", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 6 }), (seed, dim) => {
        const [source, target] = [drawn(seed, 9, dim), drawn(seed + 1, 9, dim)];
        const { apply } = alignWords(source, target, samePairs(source), { normalize: false });
        const distance = (rows: Float32Array): number =>
          rows.reduce((sum, value, i) => sum + (value - target.vectors.data[i]!) ** 2, 0);
        const before = distance(source.vectors.data);
        expect(distance(apply(source.vectors).data)).toBeLessThanOrEqual(before * (1 + 1e-5));
      }),
    );
  });
});

describe("translateWords", () => {
  const options = fc.record({
    method: fc.constantFrom("cosine" as const, "csls" as const),
    k: fc.integer({ min: 1, max: 12 }),
    top: fc.integer({ min: 1, max: 9 }),
  });

  it("agrees with sorting all scores by hand", () => {
    fc.assert(
      fc.property(seeds, options, (seed, { method, k, top }) => {
        const [a, b] = [drawn(seed, 6, 4).vectors, drawn(seed + 1, 8, 4).vectors];
        const unit = (m: Matrix): Matrix => m.mulColumnVector(m.to2DArray().map((row) => 1 / Math.hypot(...row)));
        const cosines = unit(matrixOf(a))
          .mmul(unit(matrixOf(b)).transpose())
          .to2DArray();
        const nearest = (values: number[]): number => {
          const best = values.toSorted((x, y) => y - x).slice(0, k);
          return best.reduce((sum, value) => sum + value, 0) / best.length;
        };
        const nearTarget = cosines[0]!.map((_, j) => nearest(cosines.map((row) => row[j]!)));
        const expected = cosines.map((row) =>
          row.map((value, j) => (method === "cosine" ? value : 2 * value - nearest(row) - nearTarget[j]!)),
        );
        const { rows, scores, shape } = translateWords(a, b, { method, k, top });
        expect(shape).toEqual([6, Math.min(top, 8)]);
        expected.forEach((row, i) => {
          const order = [...row.keys()].sort((x, y) => row[y]! - row[x]!).slice(0, shape[1]);
          expect([...rows.subarray(i * shape[1], (i + 1) * shape[1])]).toEqual(order);
          order.forEach((j, at) => expect(scores[i * shape[1] + at]).toBeCloseTo(row[j]!, 9));
        });
      }),
    );
  });

  it("another order of rows gives the same answers in that order", () => {
    fc.assert(
      fc.property(seeds, options, (seed, chosen) => {
        const [a, b] = [drawn(seed, 7, 4).vectors, drawn(seed + 1, 9, 4).vectors];
        const [p, q] = [drawPermutation(createRng(seed), 7), drawPermutation(createRng(seed + 1), 9)];
        const reordered = (of: typeof a, by: ArrayLike<number>): typeof a => ({
          ...of,
          data: Float32Array.from(Array.from(by).flatMap((row) => [...of.data.subarray(row * 4, (row + 1) * 4)])),
        });
        const { rows, shape } = translateWords(a, b, chosen);
        const other = translateWords(reordered(a, p), reordered(b, q), chosen);
        for (let i = 0; i < 7; i++) {
          for (let at = 0; at < shape[1]; at++) {
            expect(q[other.rows[i * shape[1] + at]!]).toBe(rows[p[i]! * shape[1] + at]);
          }
        }
      }),
    );
  });
});

describe("translationPrecision", () => {
  it("is 1 when both sides are the same, and stays so when both are turned", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const words = drawn(seed, 12, 5);
        const by = rotation(seed, 5);
        const { at1, at5 } = translationPrecision(words, words, samePairs(words), { method: "cosine" });
        expect([at1, at5]).toEqual([1, 1]);
        const both = [turned(words, by), turned(words, by)] as const;
        expect(translationPrecision(...both, samePairs(words), { method: "cosine" }).at1).toBe(1);
      }),
    );
  });

  it("lies between 0 and 1, and five answers hold the first", () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom("cosine" as const, "csls" as const), (seed, method) => {
        const [source, target] = [drawn(seed, 9, 3), drawn(seed + 1, 9, 3)];
        const { at1, at5, words, coverage } = translationPrecision(source, target, samePairs(source), { method });
        expect(at1).toBeGreaterThanOrEqual(0);
        expect(at5).toBeGreaterThanOrEqual(at1);
        expect(at5).toBeLessThanOrEqual(1);
        expect([words, coverage]).toEqual([9, 1]);
      }),
    );
  });
});
