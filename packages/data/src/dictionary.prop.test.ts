import fc from "fast-check";
import { expect, it } from "vitest";
import { dictionaryFromCounts, formatDictionary, limitDictionary, parseDictionary, type Dictionary } from "./index.js";

const counted = fc.array(fc.tuple(fc.string({ unit: "grapheme", minLength: 1 }), fc.nat({ max: 50 })), {
  maxLength: 40,
});
const dictionaries = counted.map((pairs) => dictionaryFromCounts(new Map(pairs)));

const plain = ({ size, tokens, counts }: Dictionary) => ({ size, tokens, counts: [...counts] });

it("every token has its own id, and counts fall", () => {
  fc.assert(
    fc.property(dictionaries, ({ size, tokens, counts, idOf }) => {
      expect(tokens).toHaveLength(size);
      expect(counts).toHaveLength(size);
      expect(tokens.map(idOf)).toEqual([...tokens.keys()]);
      for (let id = 15; id < size; id++) expect(counts[id]).toBeLessThanOrEqual(counts[id - 1] as number);
    }),
  );
});

it("reading what was written gives the same dictionary, from text or bytes", () => {
  fc.assert(
    fc.property(dictionaries, (dictionary) => {
      const text = formatDictionary(dictionary);
      expect(plain(parseDictionary(text))).toEqual(plain(dictionary));
      expect(plain(parseDictionary(new TextEncoder().encode(text)))).toEqual(plain(dictionary));
    }),
  );
});

it("lines read and lines skipped add up, whatever the file", () => {
  const lines = fc.array(
    fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.string().map((word) => `${word} 7`),
    ),
  );
  fc.assert(
    fc.property(lines, (texts) => {
      const clean = texts.map((text) => text.replace(/[\n\r]|\p{Nd}(?<!7)/gu, ""));
      let skipped = 0;
      let dictionary: Dictionary;
      try {
        dictionary = parseDictionary(clean.map((line) => `${line}\n`).join(""), { onSkip: () => skipped++ });
      } catch (error) {
        expect(error).toMatchObject({ code: "XLM_DATA" }); // two fields of which the second is no count
        return;
      }
      expect(dictionary.size - 14 + skipped).toBe(clean.length);
    }),
  );
});

it("limits keep a prefix: exactly maxVocab ids, exactly the words of minCount, in any order", () => {
  fc.assert(
    fc.property(
      dictionaries,
      fc.integer({ min: 14, max: 60 }),
      fc.nat({ max: 50 }),
      (dictionary, maxVocab, minCount) => {
        const byVocab = limitDictionary(dictionary, { maxVocab });
        expect(byVocab.tokens).toEqual(dictionary.tokens.slice(0, maxVocab));
        const byCount = limitDictionary(dictionary, { minCount });
        expect(byCount.tokens).toEqual(
          dictionary.tokens.filter((_, id) => id < 14 || (dictionary.counts[id] as number) >= minCount),
        );
        const both = plain(limitDictionary(dictionary, { maxVocab, minCount }));
        expect(both).toEqual(plain(limitDictionary(byVocab, { minCount })));
        expect(both).toEqual(plain(limitDictionary(byCount, { maxVocab })));
        expect(both).toEqual(
          plain(limitDictionary(parseDictionary(formatDictionary(dictionary)), { maxVocab, minCount })),
        );
      },
    ),
  );
});
