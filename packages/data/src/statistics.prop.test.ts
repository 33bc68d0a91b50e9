import fc from "fast-check";
import { expect, it } from "vitest";
import { dictionary } from "../test/helpers.js";
import {
  corpusStatistics,
  createShardWriter,
  createStatistics,
  indexText,
  lengthHistogram,
  mergeStatistics,
  type TextStatistics,
} from "./index.js";

const word = fc.constantFrom("w0", "w1", "w2", "<unk>", "dog", "bird", "<pad>");
const texts = fc.array(
  fc.array(word, { maxLength: 8 }).map((words) => words.join(" ")),
  { minLength: 1, maxLength: 30 },
);

const written = (lines: readonly string[], maxIds: number): { whole: TextStatistics; parts: TextStatistics[] } => {
  const parts: TextStatistics[] = [];
  const writer = createShardWriter(dictionary, ({ statistics }) => parts.push(statistics), {
    ...{ name: "x", lang: "en", maxIds },
  });
  for (const line of lines) writer.addLine(line);
  return { whole: writer.end().statistics, parts };
};

it("parts of a text, however it was cut and through JSON, add up to the whole", () => {
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 60 }), (lines, maxIds) => {
      const { whole, parts } = written(lines, maxIds);
      expect(whole).toEqual(written(lines, 1e6).whole);
      expect(mergeStatistics("en", JSON.parse(JSON.stringify(parts)) as TextStatistics[])).toEqual(whole);
    }),
  );
});

it("agree with the corpus they were counted with", () => {
  fc.assert(
    fc.property(texts, (lines) => {
      const corpus = indexText(lines, dictionary);
      const { unkWords, ...counted } = written(lines, 1e6).whole;
      expect(new Map(unkWords)).toEqual(corpus.unkWords);
      const { unkWords: _, ...fromIds } = corpusStatistics("en", corpus, dictionary);
      expect({ ...counted, unlisted: counted.unknown }).toEqual(fromIds);
      expect(counted.lengths.reduce((sum, n) => sum + n, 0)).toBe(lines.length);
    }),
  );
});

it("a histogram loses no sentence and puts each in its bin", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 5000 })), (lengths) => {
      const counter = createStatistics("en");
      for (const length of lengths) counter.addSentence(length);
      for (const { from, to, sentences } of lengthHistogram(counter.result())) {
        expect(sentences).toBe(lengths.filter((length) => length >= from && length <= to).length);
      }
      const bins = lengthHistogram(counter.result());
      expect(bins.reduce((sum, { sentences }) => sum + sentences, 0)).toBe(lengths.length);
    }),
  );
});
