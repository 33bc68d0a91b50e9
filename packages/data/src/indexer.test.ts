import { expect, it } from "vitest";
import { createIndexer, parseDictionary } from "./index.js";

const dictionary = parseDictionary("the 9\ncat 5\n"); // 14, 15

it("turns lines into ids, one after another", () => {
  const unknown: string[] = [];
  const indexer = createIndexer(dictionary, { onUnknown: (word) => unknown.push(word) });
  expect([...indexer.indexLine("the\u3000cat <s> dog")]).toEqual([14, 15, 3]);
  expect([...indexer.indexBytes(new TextEncoder().encode("cat <unk>"))]).toEqual([15, 3]);
  expect(unknown).toEqual(["dog", "<unk>"]);
});

it("reuses what it returned", () => {
  const indexer = createIndexer(dictionary);
  const first = indexer.indexLine("the");
  indexer.indexLine("cat");
  expect([...first]).toEqual([15]);
});

it("takes lines longer than its first guess", () => {
  const indexer = createIndexer(dictionary);
  const line = "the ".repeat(5000);
  expect(indexer.indexLine(line)).toHaveLength(5000);
  expect(indexer.indexBytes(new TextEncoder().encode(line))).toHaveLength(5000);
});

it("tells words with lone surrogates apart, which have no UTF-8", () => {
  const unknown: string[] = [];
  const indexer = createIndexer(dictionary, { onUnknown: (word) => unknown.push(word) });
  expect([...indexer.indexLine("\ud800 the \udc00")]).toEqual([3, 14, 3]);
  expect(unknown).toEqual(["\ud800", "\udc00"]);
});

it("turns many lines into ids, with numbers beyond the dictionary for words that have none", () => {
  const indexer = createIndexer(dictionary);
  const indexed = (text: string): unknown => {
    const { ids, ends, unknown } = indexer.indexLines(new TextEncoder().encode(text));
    return { ids: [...ids], ends: [...ends], unknown };
  };
  const { size } = dictionary; // 16
  expect(indexed("the dog\n\n dog bird cat \n</s>the")).toEqual({
    ids: [14, size, size, size + 1, 15, size + 2],
    ends: [2, 2, 5, 6],
    unknown: ["dog", "bird", "</s>the"],
  });
  expect(indexed("bird\n")).toEqual({ ids: [size + 1], ends: [1], unknown: ["dog", "bird", "</s>the"] });
  expect(indexed("")).toMatchObject({ ids: [], ends: [] });
});

it("forgets words without an id when there are very many, and goes on", () => {
  const indexer = createIndexer(dictionary);
  const many = Array.from({ length: 2 ** 18 }, (_, i) => `w${i}`);
  expect(indexer.indexLines(new TextEncoder().encode(many.join(" "))).unknown).toEqual(many);
  const { ids, unknown } = indexer.indexLines(new TextEncoder().encode("w7 the w7"));
  expect({ ids: [...ids], unknown }).toEqual({ ids: [16, 14, 16], unknown: ["w7"] });
});
