import { describe, expect, it } from "vitest";
import { checkVocab, countVocab, countWords, createBpe, formatVocab, learnBpe, parseVocab } from "./index.js";

const utf8 = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe("countVocab and formatVocab", () => {
  it("put frequent words first and order ties by bytes", () => {
    const text = "b a c c B é\n";
    expect([...countVocab(text).keys()]).toEqual(["c", "B", "a", "b", "é"]);
    expect(utf8(formatVocab(countWords(text)))).toBe("c 2\nB 1\na 1\nb 1\né 1\n");
  });

  it("order by bytes where UTF-16 would not", () => {
    // U+FF5E is below U+1F600, and its UTF-16 unit FF5E is above the unit D83D that 😀 begins with.
    expect([...countVocab("😀 \uff5e").keys()]).toEqual(["\uff5e", "😀"]);
    expect("😀" < "\uff5e").toBe(true);
    // A stray byte 0x80 sorts before any other non-ASCII word.
    expect([...countVocab(Uint8Array.of(0xc3, 0xa9, 0x20, 0x80)).keys()]).toEqual(["\udc80", "é"]);
  });

  it("write bytes that are not UTF-8 as they were", () => {
    expect([...formatVocab(countWords(Uint8Array.of(0xff)))]).toEqual([0xff, 0x20, 0x31, 0x0a]);
  });
});

describe("parseVocab", () => {
  it("keeps the order of the file", () => {
    expect([...parseVocab("a@@ 1\nb 2")]).toEqual([
      ["a@@", 1],
      ["b", 2],
    ]);
  });

  it("reads Windows line ends and blanks that belong to a word", () => {
    expect([...parseVocab("a 1\r\n\u00a0 2\r\n")]).toEqual([
      ["a", 1],
      ["\u00a0", 2],
    ]);
  });

  it("names the file and line of what it cannot read", () => {
    expect(() => parseVocab("a 1\nb\n", { file: "v.txt" })).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: v.txt, line 2: the line is "b": a vocabulary line is a word, a space and a whole number. Fix: make the file with formatVocab or fastBPE getvocab]`,
    );
    expect(() => parseVocab("a 1 2\n")).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: vocabulary, line 1: the line is "a 1 2": a vocabulary line is a word, a space and a whole number. Fix: make the file with formatVocab or fastBPE getvocab]`,
    );
    expect(() => parseVocab("a 1\n\nb 1\n")).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: vocabulary, line 2: the line is "": a vocabulary line is a word, a space and a whole number. Fix: make the file with formatVocab or fastBPE getvocab]`,
    );
    expect(() => parseVocab("a one\n")).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: vocabulary, line 1: the line is "a one": a vocabulary line is a word, a space and a whole number. Fix: make the file with formatVocab or fastBPE getvocab]`,
    );
    expect(() => parseVocab("a 1\nb 2\na 3\n")).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: vocabulary, line 3: "a" stands on line 1 already: a word has one count. Fix: add the two counts up on one line, or count both texts together]`,
    );
    expect(() => parseVocab("", { file: "v.txt" })).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: v.txt: the file is empty: a vocabulary without words would mean no vocabulary at all. Fix: count it again from the coded text]`,
    );
  });
});

describe("checkVocab", () => {
  const text = "low low lower newest\n";
  const codes = learnBpe(countWords(text), 5);
  const vocab = countVocab(createBpe(codes).applyText(text));

  it("finds that a vocabulary counted on coded text belongs to the codes", () => {
    expect([...vocab.keys()]).toEqual(["low", "lo@@", "newe@@", "r", "s@@", "t", "we@@"]);
    expect(checkVocab(codes, vocab)).toBe(1);
    expect(checkVocab(codes, new Map())).toBe(1);
  });

  it("takes a word that ends in @@ for what it is", () => {
    const odd = learnBpe(countWords("a@@ a@@\n"), 2);
    expect(checkVocab(odd, countVocab("a@@ @@@\n"))).toBe(1);
  });

  it("refuses a vocabulary of other codes", () => {
    const other = learnBpe(countWords("wide wider widest\n"), 5);
    expect(checkVocab(other, vocab, { minShare: 0 })).toBeLessThan(0.5);
    expect(() => checkVocab(other, vocab)).toThrowErrorMatchingInlineSnapshot(
      `[MismatchError: the codes can produce 3 of the vocabulary's 7 subwords; not "low", "lo@@", "newe@@": a vocabulary counted on text coded with these codes holds nothing else. Fix: use the codes the vocabulary was made with, or count the vocabulary again on text coded with these]`,
    );
  });

  it("refuses a share that is none", () => {
    expect(() => checkVocab(codes, vocab, { minShare: 99 })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: minShare is 99: it is a probability. Fix: use a number from 0 to 1]`,
    );
  });
});
