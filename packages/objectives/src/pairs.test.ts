import { createRng, langId, type TokenBatch, type Vocab } from "@xlm/core";
import { arbitraryBatch, arbitraryVocab } from "@xlm/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatPairs, maskTokens, tlmBatch } from "./index.js";

const vocab: Vocab = { size: 100, bosId: 0, eosId: 1, padId: 2, unkId: 3, maskId: 5 };
const langs = [langId(0, 2), langId(1, 2)] as const;
const english: TokenBatch = {
  ids: Int32Array.of(1, 20, 21, 1, /**/ 1, 22, 1, 2),
  shape: [2, 4],
  lengths: Int32Array.of(4, 3),
};
const spanish: TokenBatch = {
  ids: Int32Array.of(1, 30, 1, /**/ 1, 31, 1),
  shape: [2, 3],
  lengths: Int32Array.of(3, 3),
};

describe("concatPairs", () => {
  it("starts the positions again for translation language modelling", () => {
    const { ids, shape, lengths, positions, langs: langIds } = concatPairs(english, spanish, vocab, { langs });
    expect(shape).toEqual([2, 7]);
    expect([...lengths]).toEqual([7, 6]);
    expect([...ids]).toEqual([1, 20, 21, 1, 1, 30, 1, /**/ 1, 22, 1, 1, 31, 1, 2]);
    expect([...positions]).toEqual([0, 1, 2, 3, 0, 1, 2, /**/ 0, 1, 2, 0, 1, 2, 3]);
    expect([...(langIds ?? [])]).toEqual([0, 0, 0, 0, 1, 1, 1, /**/ 0, 0, 0, 1, 1, 1, 1]);
  });

  it("joins on one mark for parallel classification", () => {
    const joined = concatPairs(english, spanish, vocab, { langs, resetPositions: false });
    expect([...joined.lengths]).toEqual([6, 5]);
    expect([...joined.ids]).toEqual([1, 20, 21, 1, 30, 1, /**/ 1, 22, 1, 31, 1, 2]);
    expect([...joined.positions]).toEqual([0, 1, 2, 3, 4, 5, /**/ 0, 1, 2, 3, 4, 5]);
    expect([...(joined.langs ?? [])]).toEqual([0, 0, 0, 1, 1, 1, /**/ 0, 0, 1, 1, 1, 1]);
  });

  it("has no languages unless told", () => {
    expect(concatPairs(english, spanish, vocab)).not.toHaveProperty("langs");
  });

  it("refuses tokens without a position, not padding", () => {
    expect(Math.max(...concatPairs(english, spanish, vocab, { maxLen: 4 }).positions)).toBe(3);
    const tight = concatPairs(english, spanish, vocab, { maxLen: 6, resetPositions: false });
    expect(Math.max(...tight.positions)).toBe(5);
    expect(() => concatPairs(english, spanish, vocab, { maxLen: 3 })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: row 0 joins sentences of 4 and 3 tokens, which takes 4 positions of 3: a position past the model's table has no embedding. Fix: cut each side to 3 tokens, or train with a larger maxLen]`,
    );
    expect(() =>
      concatPairs(english, spanish, vocab, { maxLen: 5, resetPositions: false }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: row 0 joins sentences of 4 and 3 tokens, which takes 6 positions of 5: a position past the model's table has no embedding. Fix: cut each side to 3 tokens, or train with a larger maxLen]`,
    );
  });

  it("keeps padding within maxLen", () => {
    const long: TokenBatch = {
      ids: Int32Array.of(1, 9, 9, 1, /**/ 1, 1, 2, 2),
      shape: [2, 4],
      lengths: Int32Array.of(4, 2),
    };
    // Row 1 has two sentences of 2 tokens in a batch 8 wide: its padding would reach position 5.
    expect([...concatPairs(long, long, vocab, { maxLen: 4 }).positions.slice(8)]).toEqual([0, 1, 0, 1, 2, 3, 3, 3]);
  });

  it("refuses batches that are no pairs", () => {
    const one = { ids: Int32Array.of(1, 1), shape: [1, 2] as const, lengths: Int32Array.of(2) };
    expect(() => concatPairs(english, one, vocab)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: the first batch has 2 rows and the second 1: row i of the one goes with row i of the other. Fix: pass the two sides of the same sentence pairs]`,
    );
    const markless = { ...english, lengths: Int32Array.of(4, 0) };
    expect(() => concatPairs(markless, spanish, vocab, { resetPositions: false })).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: row 1 of the first batch has length 0: without resetPositions the second sentence begins on the last mark of the first. Fix: frame sentences with their marks; an empty one has length 2]`,
    );
    expect(() => concatPairs(english, spanish, vocab, { maxLen: 0 })).toThrow("maxLen is 0");
  });

  it("gives both sentences back from between", () => {
    const pairs = arbitraryVocab().chain((any) =>
      fc.integer({ min: 1, max: 5 }).chain((rows) => {
        const side = arbitraryBatch(any, { framed: true, minRows: rows, maxRows: rows });
        return fc.record({ any: fc.constant(any), first: side, second: side, resetPositions: fc.boolean() });
      }),
    );
    fc.assert(
      fc.property(pairs, ({ any, first, second, resetPositions }) => {
        const joined = concatPairs(first, second, any, { resetPositions, langs });
        const row = ({ ids, shape }: TokenBatch, b: number): Int32Array => ids.slice(b * shape[1], (b + 1) * shape[1]);
        first.lengths.forEach((length1, b) => {
          const length2 = second.lengths[b] as number;
          const length = joined.lengths[b] as number;
          const ids = row(joined, b);
          expect(length).toBe(length1 + length2 - (resetPositions ? 0 : 1));
          expect(ids.slice(0, length1)).toEqual(row(first, b).slice(0, length1));
          expect(ids.slice(length - length2, length)).toEqual(row(second, b).slice(0, length2));
          expect([...ids.slice(length)].every((id) => id === any.padId)).toBe(true);
          const lang = row({ ...joined, ids: joined.langs as Int32Array }, b);
          expect([...lang]).toEqual(Array.from(lang, (_, t) => (t < length - length2 ? 0 : 1)));
        });
        expect(joined.shape[1]).toBe(Math.max(...joined.lengths));
      }),
    );
  });
});

describe("tlmBatch", () => {
  it("is a masked concatenation", () => {
    const options = { langs, predictProb: 0.5 };
    const batch = tlmBatch(english, spanish, vocab, createRng(1), options);
    expect(batch).toEqual(maskTokens(concatPairs(english, spanish, vocab, options), vocab, createRng(1), options));
    expect(batch.positions).toBeDefined();
  });
});
