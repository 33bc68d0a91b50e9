import { describe, expect, it } from "vitest";
import { errorOf } from "../test/helpers.js";
import {
  corpusStatistics,
  createStatistics,
  formatStatistics,
  indexText,
  lengthHistogram,
  lengthQuantile,
  mergeStatistics,
  parseDictionary,
} from "./index.js";

const dictionary = parseDictionary("the 9\ncat 5\n");

/** Statistics of sentences of such lengths. */
const ofLengths = (...lengths: number[]) => {
  const counter = createStatistics("en");
  for (const length of lengths) counter.addSentence(length);
  return counter.result();
};

describe("createStatistics", () => {
  it("counts sentences, words and those without an id", () => {
    const counter = createStatistics("en");
    for (const length of [3, 0, 1]) counter.addSentence(length);
    counter.addSentence(3, 2);
    counter.addUnknown("dog");
    counter.addUnknown("bird", 2);
    counter.addUnknown("ape");
    expect(counter.result()).toEqual({
      ...{ lang: "en", sentences: 4, empty: 1, words: 6, tokens: 7, longest: 3, unknown: 4 },
      unkWords: [
        ["bird", 2],
        ["ape", 1],
        ["dog", 1],
      ],
      ...{ unlisted: 0, lengths: [1, 1, 0, 2] },
    });
  });

  it("lists so many unknown words and counts the others together", () => {
    const counter = createStatistics("en", { maxUnkWords: 1 });
    for (const word of ["dog", "bird", "dog", "ape"]) counter.addUnknown(word);
    expect(counter.result()).toMatchObject({ unknown: 4, unkWords: [["dog", 2]], unlisted: 2 });
  });

  it("counts lengths up to 256 one by one, then by doublings", () => {
    const { lengths } = ofLengths(256, 257, 512, 513, 1024);
    expect(lengths).toHaveLength(259);
    expect(lengths.slice(256)).toEqual([1, 2, 2]);
  });
});

describe("mergeStatistics", () => {
  it("adds up", () => {
    const one = createStatistics("en");
    one.addSentence(2);
    one.addUnknown("dog");
    const other = createStatistics("fr");
    other.addSentence(5);
    other.addUnknown("dog");
    other.addUnknown("chat", 3);
    const merged = mergeStatistics("all", [one.result(), other.result()]);
    expect(merged).toMatchObject({ lang: "all", sentences: 2, tokens: 7, longest: 5, unknown: 5, unlisted: 0 });
    expect(merged.unkWords).toEqual([
      ["chat", 3],
      ["dog", 2],
    ]);
    const short = mergeStatistics("all", [one.result(), other.result()], { maxUnkWords: 1 });
    expect(short).toMatchObject({ unkWords: [["chat", 3]], unlisted: 2 });
  });

  it("needs a part", () => {
    expect(errorOf(() => mergeStatistics("en", []))).toMatchInlineSnapshot(
      `"XLM_OPTION there is no part of "en": the statistics of nothing say nothing. Fix: give at least one"`,
    );
  });
});

it("corpusStatistics counts what a corpus holds", () => {
  const corpus = indexText(["the cat", "", "dog the dog"], dictionary);
  expect(corpusStatistics("en", corpus, dictionary)).toEqual({
    ...{ lang: "en", sentences: 3, empty: 1, words: 5, tokens: 5, longest: 3, unknown: 2, unkWords: [], unlisted: 2 },
    lengths: [1, 0, 1, 1],
  });
});

describe("formatStatistics", () => {
  it("is a table, and the most frequent unknown words", () => {
    const english = createStatistics("en");
    for (let i = 0; i < 1500; i++) english.addSentence(i % 41);
    for (const [word, times] of Object.entries({ dog: 1200, bird: 3, ape: 1 })) english.addUnknown(word, times);
    const odd = createStatistics("日本", { maxUnkWords: 0 });
    odd.addSentence(0);
    odd.addSentence(300);
    odd.addUnknown("犬");
    expect(formatStatistics([english.result(), odd.result()], { nWords: 2 })).toMatchInlineSnapshot(`
      "text  sentences  empty   words  tokens  a word   mean  median  95 %  longest  unknown          types
      en        1,500     37  29,796  29,796    1.00   19.9      20    38       40    1,204  4.04 %      3
      日本            2      1     300     300    1.00  150.0       0   300      300        1  0.33 %     0+
      unknown in en: "dog" 1,200, "bird" 3, ...
      "
    `);
  });

  it("can be of nothing", () => {
    expect(formatStatistics([ofLengths()])).toMatchInlineSnapshot(`
      "text  sentences  empty  words  tokens  a word  mean  median  95 %  longest  unknown          types
      en            0      0      0       0    0.00   0.0       0     0        0        0  0.00 %      0
      "
    `);
  });
});

it("lengthQuantile finds the length that a share of the sentences keeps to", () => {
  const text = ofLengths(1, 2, 3, 4, 300);
  expect([0, 0.2, 0.21, 0.5, 0.8, 0.81, 1].map((share) => lengthQuantile(text, share))).toEqual([
    0, 1, 2, 3, 4, 300, 300,
  ]);
});

it("lengthHistogram puts lengths in bins for a picture", () => {
  expect(lengthHistogram(ofLengths(0, 1, 2, 3, 4, 4, 5, 400))).toEqual([
    { from: 0, to: 0, sentences: 1 },
    { from: 1, to: 1, sentences: 1 },
    { from: 2, to: 2, sentences: 1 },
    { from: 3, to: 4, sentences: 3 },
    { from: 5, to: 8, sentences: 1 },
    ...[16, 32, 64, 128, 256].map((to) => ({ from: to / 2 + 1, to, sentences: 0 })),
    { from: 257, to: 512, sentences: 1 },
  ]);
});
