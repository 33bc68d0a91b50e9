import fc from "fast-check";
import { checkBatch } from "@xlm/core";
import { describe, expect, it } from "vitest";
import { arbitraryBatch, arbitraryCorpus, arbitrarySentence, arbitraryVocab, arbitraryVocabAndBatch } from "./index.js";

describe("arbitraryVocab", () => {
  it("has five different special ids that never occur, and words that do", () => {
    fc.assert(
      fc.property(arbitraryVocab({ minSize: 8, maxSize: 20 }), (vocab) => {
        const specials = [vocab.bosId, vocab.eosId, vocab.padId, vocab.unkId, vocab.maskId];
        expect(new Set(specials).size).toBe(5);
        for (const id of specials) expect(vocab.counts[id]).toBe(0);
        expect(Math.max(...Array.from(vocab.counts))).toBeGreaterThan(0);
        expect(vocab.counts.length).toBe(vocab.size);
      }),
    );
  });
});

describe("arbitraryBatch", () => {
  it("belongs together, with padding after the length of a row and nowhere else", () => {
    fc.assert(
      fc.property(arbitraryVocabAndBatch(), ({ vocab, batch }) => {
        checkBatch(batch);
        const seq = batch.shape[1];
        batch.ids.forEach((id, i) =>
          expect(id === vocab.padId).toBe(i % seq >= (batch.lengths[Math.floor(i / seq)] as number)),
        );
        for (const id of batch.ids) expect(id >= 0 && id < vocab.size).toBe(true);
      }),
    );
  });

  it("frames sentences when asked to", () => {
    const framed = arbitraryVocab().chain((vocab) =>
      fc.record({ vocab: fc.constant(vocab), batch: arbitraryBatch(vocab, { framed: true, minRows: 2 }) }),
    );
    fc.assert(
      fc.property(framed, ({ vocab, batch }) => {
        expect(batch.shape[0]).toBeGreaterThanOrEqual(2);
        batch.lengths.forEach((length, row) => {
          const at = row * batch.shape[1];
          expect(length).toBeGreaterThanOrEqual(2);
          expect([batch.ids[at], batch.ids[at + length - 1]]).toEqual([vocab.eosId, vocab.eosId]);
        });
      }),
    );
  });

  it("comes with and without positions and languages", () => {
    const batches = fc
      .sample(arbitraryVocabAndBatch({ nLangs: 3 }), { numRuns: 200, seed: 1 })
      .map(({ batch }) => batch);
    expect(new Set(batches.map(({ positions }) => positions === undefined))).toEqual(new Set([true, false]));
    expect(new Set(batches.map(({ langs }) => langs?.[0]))).toEqual(new Set([undefined, 0, 1, 2]));
  });
});

describe("text", () => {
  it("is words with single spaces between them", () => {
    fc.assert(
      fc.property(arbitrarySentence({ maxWords: 3 }), (line) => {
        const words = line.split(/\s/u);
        expect(words.length).toBeLessThanOrEqual(3);
        for (const word of words) expect(word).toMatch(/^[^\s@]+$/u);
      }),
    );
  });

  it("keeps to the scripts asked for", () => {
    fc.assert(
      fc.property(arbitraryCorpus({ scripts: ["cyrillic", "gothic"] }), (lines) => {
        for (const line of lines) expect(line).toMatch(/^[\p{Script=Cyrillic}\p{Script=Gothic} ]+$/u);
      }),
    );
  });
});
