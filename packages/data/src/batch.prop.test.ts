import { checkBatch, createRng, drawPermutation, type TokenBatch } from "@xlm/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { corpora, dictionary, seeds } from "../test/helpers.js";
import { drawBatches, idsToText, roundBatch, sentenceBatch, sentenceLengths, truncateBatch } from "./index.js";

const batches: fc.Arbitrary<TokenBatch> = fc
  .tuple(corpora, seeds)
  .map(([corpus, seed]) =>
    sentenceBatch(corpus, drawBatches(sentenceLengths([corpus]), createRng(seed))[0] as Int32Array, dictionary),
  );

/** Real ids before the length of a row, padding behind it. */
function expectSound(batch: TokenBatch): void {
  checkBatch(batch);
  const { ids, lengths, shape } = batch;
  for (let i = 0; i < ids.length; i++) {
    const real = i % shape[1] < (lengths[Math.floor(i / shape[1])] as number);
    expect(real ? ids[i] !== 2 && (ids[i] as number) < dictionary.size : ids[i] === 2).toBe(true);
  }
}

it("batches contain only real ids and padding, cut, rounded or not", () => {
  fc.assert(
    fc.property(batches, seeds, fc.integer({ min: 2, max: 14 }), (batch, seed, maxLen) => {
      expectSound(batch);
      expectSound(truncateBatch(batch, dictionary, maxLen));
      expectSound(roundBatch(batch, dictionary, drawPermutation(createRng(seed), batch.shape[0])).batch);
    }),
  );
});

it("a truncated row is the start of its sentence", () => {
  fc.assert(
    fc.property(batches, fc.integer({ min: 2, max: 14 }), (batch, maxLen) => {
      const cut = truncateBatch(batch, dictionary, maxLen);
      const words = (text: string): string[] => text.split(" ").filter((word) => word !== "");
      const expected = idsToText(batch, dictionary).map((text) => words(text).slice(0, maxLen - 2));
      expect(idsToText(cut, dictionary).map(words)).toEqual(expected);
    }),
  );
});

it("rounding keeps the chosen rows' text, and both sides divide", () => {
  fc.assert(
    fc.property(batches, seeds, fc.integer({ min: 1, max: 9 }), (batch, seed, multiple) => {
      const order = drawPermutation(createRng(seed), batch.shape[0]);
      const { batch: rounded, rows } = roundBatch(batch, dictionary, order, { multiple });
      const texts = idsToText(batch, dictionary);
      expect(idsToText(rounded, dictionary)).toEqual(rows ? Array.from(rows, (row) => texts[row]) : texts);
      const enough = batch.shape[0] >= multiple;
      if (enough) expect(rounded.shape.map((side) => side % multiple)).toEqual([0, 0]);
      else expect(rounded).toBe(batch);
    }),
  );
});
