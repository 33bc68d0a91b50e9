import { describe, expect, it } from "vitest";
import {
  corpusFromIds,
  indexText,
  limitCorpus,
  limitDictionary,
  parseDictionary,
  dictionaryFromCounts,
} from "./index.js";

const dictionary = parseDictionary("the 9\ncat 5\nsat 5\n"); // 14, 15, 16

describe("indexText", () => {
  it("puts one end mark after every sentence", () => {
    const corpus = indexText(["the cat", "", "sat"], dictionary);
    expect([...corpus.ids]).toEqual([14, 15, 1, 1, 16, 1]);
    expect([...corpus.positions]).toEqual([0, 2, 3, 3, 4, 5]);
  });

  it("counts unknown words", () => {
    const corpus = indexText(["the dog", "dog <unk>"], dictionary);
    expect([...corpus.ids]).toEqual([14, 3, 1, 3, 3, 1]);
    expect([...corpus.unkWords]).toEqual([
      ["dog", 2],
      ["<unk>", 1],
    ]);
  });

  it("drops special tokens written in the text", () => {
    expect([...indexText(["<s> the <pad> </s> <special1> cat"], dictionary).ids]).toEqual([14, 15, 1]);
  });

  it("stores ids in 16 bits below 65,536 of them, else in 32", () => {
    const words = (n: number) => dictionaryFromCounts(Array.from({ length: n - 14 }, (_, i) => [`w${i}`, 1] as const));
    const [narrow, wide] = [words(65535), words(65536)];
    expect(indexText(["w0"], narrow).ids).toBeInstanceOf(Uint16Array);
    expect(indexText(["w0"], wide).ids).toBeInstanceOf(Int32Array);
    const limited = limitCorpus(indexText(["w0 w65000"], wide), limitDictionary(wide, { maxVocab: 15 }));
    expect(limited.ids).toEqual(Uint16Array.of(14, 3, 1));
  });

  it("takes texts longer than its first guess", () => {
    const corpus = indexText(
      Array.from({ length: 2000 }, () => "the cat sat"),
      dictionary,
    );
    expect(corpus.ids).toHaveLength(8000);
    expect([...corpus.positions.subarray(3998)]).toEqual([7996, 7999]);
  });
});

it("limitCorpus makes words beyond the dictionary unknown", () => {
  const corpus = indexText(["the cat sat"], dictionary);
  const limited = limitCorpus(corpus, limitDictionary(dictionary, { maxVocab: 15 }));
  expect([...limited.ids]).toEqual([14, 3, 3, 1]);
  expect([...corpus.ids]).toEqual([14, 15, 16, 1]);
});

it("corpusFromIds is what indexing the words of the ids gives", () => {
  const { ids, positions } = indexText(["the cat", "", "sat"], dictionary);
  expect(corpusFromIds([[14, 15], [], Int32Array.of(16)], dictionary)).toEqual({ ids, positions });
  expect([...corpusFromIds([[14, 99]], dictionary).ids]).toEqual([14, 3, 1]);
});
