import { createRng, drawPermutation } from "@xlm/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { corpora, dictionary, seeds } from "../test/helpers.js";
import {
  drawBatches,
  idsToText,
  keepSentences,
  planBatches,
  selectSentences,
  sentenceBatch,
  sentenceLengths,
  type Corpus,
  type PlanOptions,
} from "./index.js";

const sizes: fc.Arbitrary<PlanOptions> = fc.record(
  {
    batchSize: fc.integer({ min: 1, max: 9 }),
    tokensPerBatch: fc.integer({ min: 1, max: 40 }),
    groupBySize: fc.boolean(),
  },
  { requiredKeys: [] },
);

const read = (corpus: Corpus): string[] => {
  const all = Int32Array.from({ length: corpus.positions.length / 2 }, (_, i) => i);
  return idsToText(sentenceBatch(corpus, all, dictionary), dictionary);
};

it("every sentence is served exactly once an epoch, whatever the batches", () => {
  fc.assert(
    fc.property(corpora, sizes, seeds, (corpus, options, seed) => {
      const lengths = sentenceLengths([corpus]);
      const n = lengths.length;
      for (const batches of [
        planBatches(lengths, { ...options, order: drawPermutation(createRng(seed), n) }),
        drawBatches(lengths, createRng(seed), options),
      ]) {
        const served = batches.flatMap((batch) => [...batch]).sort((a, b) => a - b);
        expect(served).toEqual(Array.from({ length: n }, (_, i) => i));
        expect(batches.every((batch) => batch.length > 0)).toBe(true);
      }
    }),
  );
});

it("batches by number are as equal as can be, and none exceeds the number", () => {
  fc.assert(
    fc.property(corpora, fc.integer({ min: 1, max: 9 }), (corpus, batchSize) => {
      const lengths = sentenceLengths([corpus]);
      const sizesOf = planBatches(lengths, { batchSize }).map((batch) => batch.length);
      expect(sizesOf).toHaveLength(Math.ceil(lengths.length / batchSize));
      expect(Math.max(...sizesOf) - Math.min(...sizesOf)).toBeLessThanOrEqual(1);
      expect(Math.max(...sizesOf)).toBeLessThanOrEqual(batchSize);
    }),
  );
});

it("batches by tokens exceed their size by less than one sentence", () => {
  fc.assert(
    fc.property(corpora, fc.integer({ min: 1, max: 60 }), (corpus, tokensPerBatch) => {
      const lengths = sentenceLengths([corpus]);
      const longest = Math.max(...lengths);
      for (const batch of planBatches(lengths, { tokensPerBatch })) {
        const tokens = batch.reduce((sum, i) => sum + (lengths[i] as number), 0);
        expect(tokens).toBeLessThan(tokensPerBatch + longest);
      }
    }),
  );
});

it("grouping by size puts lengths in order and keeps the given order among equals", () => {
  fc.assert(
    fc.property(corpora, seeds, (corpus, seed) => {
      const lengths = sentenceLengths([corpus]);
      const order = drawPermutation(createRng(seed), lengths.length);
      const place = (i: number): number => order.indexOf(i);
      const grouped = planBatches(lengths, { order, groupBySize: true }).flatMap((batch) => [...batch]);
      for (let k = 1; k < grouped.length; k++) {
        const [a, b] = [grouped[k - 1] as number, grouped[k] as number];
        const byLength = (lengths[a] as number) - (lengths[b] as number);
        expect(byLength < 0 || (byLength === 0 && place(a) < place(b))).toBe(true);
      }
    }),
  );
});

it("capped and limited draws serve no sentence twice", () => {
  fc.assert(
    fc.property(corpora, seeds, fc.integer({ min: 1, max: 4 }), fc.nat(), (corpus, seed, maxBatchSize, some) => {
      const lengths = sentenceLengths([corpus]);
      const nSentences = 1 + (some % lengths.length);
      const batches = drawBatches(lengths, createRng(seed), { batchSize: 5, maxBatchSize, nSentences });
      const served = batches.flatMap((batch) => [...batch]);
      expect(new Set(served).size).toBe(served.length);
      expect(served.length).toBeLessThanOrEqual(nSentences);
      expect(batches.every((batch) => batch.length <= maxBatchSize)).toBe(true);
    }),
  );
});

it("selecting, then reading, equals reading, then slicing; and so for keeping and filtering", () => {
  fc.assert(
    fc.property(corpora, fc.nat(), fc.nat(), fc.nat({ max: 12 }), (corpus, x, y, maxLen) => {
      const lines = read(corpus);
      const from = x % lines.length;
      const to = from + 1 + (y % (lines.length - from));
      const [selected] = selectSentences([corpus], from, to);
      expect(read(selected)).toEqual(lines.slice(from, to));
      const size = (line: string): number => (line === "" ? 0 : line.split(" ").length);
      const [kept] = keepSentences([corpus], { minLen: 0, maxLen });
      expect(read(kept)).toEqual(lines.filter((line) => size(line) <= maxLen));
    }),
  );
});

it("pairs stay pairs", () => {
  fc.assert(
    fc.property(corpora, (corpus) => {
      const twin: Corpus = { ids: Int32Array.from(corpus.ids), positions: corpus.positions };
      const [first, second] = keepSentences([corpus, twin]);
      expect(read(second)).toEqual(read(first));
      expect(read(first)).not.toContain("");
      expect(sentenceLengths([first, second])).toEqual(sentenceLengths([first]).map((length) => 2 * length));
    }),
  );
});
