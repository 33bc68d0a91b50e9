import { createRng, langId, type TokenBatch, type Vocab } from "@xlm/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyPairs, concatPairs, drawPairs, pcBatch } from "./index.js";

const vocab: Vocab = { size: 100, bosId: 0, eosId: 1, padId: 2, unkId: 3, maskId: 5 };
const english: TokenBatch = {
  ids: Int32Array.of(1, 20, 1, /**/ 1, 21, 1),
  shape: [2, 3],
  lengths: Int32Array.of(3, 3),
};
const spanish: TokenBatch = {
  ids: Int32Array.of(1, 30, 31, 1, /**/ 1, 32, 1, 2),
  shape: [2, 4],
  lengths: Int32Array.of(4, 3),
};

describe("applyPairs", () => {
  it("puts each sentence before its partner, joined on one mark", () => {
    const draws = { labels: Int32Array.of(1, 0), partners: Int32Array.of(0, 0) };
    const { ids, lengths, labels, positions, langs } = applyPairs(english, spanish, vocab, draws, {
      langs: [langId(0, 2), langId(1, 2)],
    });
    expect([...ids]).toEqual([1, 20, 1, 30, 31, 1, /**/ 1, 21, 1, 30, 31, 1]);
    expect([...lengths]).toEqual([6, 6]);
    expect([...labels]).toEqual([1, 0]);
    expect([...(positions ?? [])]).toEqual([0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5]);
    expect([...(langs ?? [])]).toEqual([0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1]);
  });

  it("leaves pairs as they are under labels of 1", () => {
    const { labels: _, ...joined } = applyPairs(english, spanish, vocab, {
      labels: Int32Array.of(1, 1),
      partners: Int32Array.of(0, 1),
    });
    expect(joined).toEqual(concatPairs(english, spanish, vocab, { resetPositions: false }));
  });

  it("refuses draws of another batch", () => {
    const run = (partners: number[]) => () =>
      applyPairs(english, spanish, vocab, { labels: Int32Array.of(1, 1), partners: Int32Array.from(partners) });
    expect(run([0])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: partners has 1 elements and its shape is [2]: that shape holds 2 elements. Fix: pass an array of 2 elements, or correct the shape]`,
    );
    expect(run([0, 2])).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: the partner of row 1 is 2 and there are 2 rows: a partner is a row of the second batch. Fix: use 0 to 1]`,
    );
  });
});

describe("drawPairs", () => {
  it("gives every wrong pair another row, and every right pair its own", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 2, max: 9 }), (seed, rows) => {
        const { labels, partners } = drawPairs(rows, createRng(seed));
        partners.forEach((partner, row) => {
          expect(partner).toBeGreaterThanOrEqual(0);
          expect(partner).toBeLessThan(rows);
          expect(partner === row).toBe(labels[row] === 1);
        });
      }),
    );
  });

  it("has fair labels and fair partners", () => {
    const n = 9000;
    const { labels, partners } = drawPairs(n, createRng(1));
    const right = labels.reduce((a, b) => a + b, 0);
    expect(Math.abs(right - n / 2)).toBeLessThan(6 * Math.sqrt(n / 4)); // binomial
    const wrong = n - right;
    const near = partners.filter((partner, row) => labels[row] === 0 && (partner - row + n) % n <= n / 3).length;
    expect(Math.abs(near - wrong / 3)).toBeLessThan(6 * Math.sqrt((wrong * 2) / 9)); // binomial
  });

  it("needs two pairs", () => {
    expect(() => drawPairs(1, createRng(1))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: the batch has 1 sentence pairs: a wrong partner comes from another row. Fix: skip batches of fewer than two pairs]`,
    );
  });
});

describe("pcBatch", () => {
  it("draws and applies", () => {
    const expected = applyPairs(english, spanish, vocab, drawPairs(2, createRng(8)));
    expect(pcBatch(english, spanish, vocab, createRng(8))).toEqual(expected);
  });
});
