import fc from "fast-check";
import { expect, it } from "vitest";
import { dictionary, sentences } from "../test/helpers.js";
import { idsToText, indexText, limitCorpus, limitDictionary, sentenceBatch } from "./index.js";

const all = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i);

it("indexing and reading back gives the words, when none is unknown", () => {
  fc.assert(
    fc.property(sentences, (lines) => {
      const corpus = indexText(lines, dictionary);
      expect(corpus.unkWords.size).toBe(0);
      expect(idsToText(sentenceBatch(corpus, all(lines.length), dictionary), dictionary)).toEqual(lines);
    }),
  );
});

it("has a sentence for each line and an id for each word, whatever the text", () => {
  const texts = fc.array(fc.string({ unit: "binary" }), { maxLength: 8 });
  fc.assert(
    fc.property(texts, (lines) => {
      const { ids, positions, unkWords } = indexText(lines, dictionary);
      expect(positions).toHaveLength(2 * lines.length);
      for (let i = 0; i < lines.length; i++) {
        expect(ids[positions[2 * i + 1] as number]).toBe(1);
        expect(positions[2 * i]).toBe(i === 0 ? 0 : (positions[2 * i - 1] as number) + 1);
      }
      const unknown = [...unkWords.values()].reduce((a, b) => a + b, 0);
      expect(ids.filter((id) => id === 3)).toHaveLength(unknown);
    }),
  );
});

it("limiting the corpus equals indexing with the limited dictionary", () => {
  fc.assert(
    fc.property(sentences, fc.integer({ min: 14, max: 40 }), fc.nat({ max: 25 }), (lines, maxVocab, minCount) => {
      const limited = limitDictionary(dictionary, { maxVocab, minCount });
      const { ids, positions } = indexText(lines, limited);
      expect(limitCorpus(indexText(lines, dictionary), limited)).toEqual({ ids, positions });
      expect(ids.every((id) => id < limited.size)).toBe(true);
    }),
  );
});
