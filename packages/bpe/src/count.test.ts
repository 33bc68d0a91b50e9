import { describe, expect, it } from "vitest";
import { countWords, createWordCounter } from "./index.js";

const counted = (...args: Parameters<typeof countWords>): [string, number][] => [...countWords(...args)];

describe("countWords", () => {
  it("counts in the order of first sight", () => {
    expect(counted("low lower low\n")).toEqual([
      ["low", 2],
      ["lower", 1],
    ]);
  });

  it("separates at spaces and newlines only", () => {
    expect(counted("a\tb a\u00a0b\r\n\n  c")).toEqual([
      ["a\tb", 1],
      ["a\u00a0b\r", 1],
      ["c", 1],
    ]);
  });

  it("keeps a last word that nothing ends, unless told to drop it as fastBPE does", () => {
    expect(counted("a b")).toEqual([
      ["a", 1],
      ["b", 1],
    ]);
    expect(counted("a b", { lastWord: "drop" })).toEqual([["a", 1]]);
    expect(counted("a b\n", { lastWord: "drop" })).toEqual(counted("a b"));
  });

  it("shares one table among several texts, whose last words end with them", () => {
    expect(counted(["a b", "c a"])).toEqual([
      ["a", 2],
      ["b", 1],
      ["c", 1],
    ]);
  });

  it("takes bytes, valid UTF-8 or not", () => {
    expect(counted(Uint8Array.of(0x61, 0x20, 0xff))).toEqual([
      ["a", 1],
      ["\udcff", 1],
    ]);
  });

  it("finds no words where there are none", () => {
    expect(counted("")).toEqual([]);
    expect(counted(" \n\n ")).toEqual([]);
  });

  it("tells many words apart", () => {
    const words = Array.from({ length: 20_000 }, (_, i) => `w${i}`);
    const counts = countWords([...words, ...words].join(" "));
    expect([...counts.keys()]).toEqual(words);
    expect(new Set(counts.values())).toEqual(new Set([2]));
  });
});

describe("createWordCounter", () => {
  it("joins words that are cut between pieces", () => {
    const counter = createWordCounter();
    for (const piece of ["lo", "w lo", "", "we", "r"]) counter.push(piece);
    expect([...counter.counts()]).toEqual([["low", 1]]); // `lower` is still open
    counter.endText();
    expect([...counter.counts()]).toEqual([
      ["low", 1],
      ["lower", 1],
    ]);
  });

  it("is not disturbed by a buffer that is filled again", () => {
    const counter = createWordCounter();
    const buffer = Buffer.alloc(2); // whose own slice() would not copy
    for (const piece of ["ab", "cd"]) {
      buffer.set(new TextEncoder().encode(piece));
      counter.push(buffer);
    }
    counter.endText();
    expect([...counter.counts().keys()]).toEqual(["abcd"]);
  });
});
