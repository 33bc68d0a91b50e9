import { describe, expect, it } from "vitest";
import { errorOf } from "../test/helpers.js";
import { checkParallel, createLineReader, createLineSplitter, readLines } from "./index.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const file = "corpus.en";

describe("readLines", () => {
  it("gives one string a line", () => {
    expect(readLines(bytes("a b\nc\n"))).toEqual(["a b", "c"]);
  });

  it("does not need a newline at the end, and keeps empty lines", () => {
    expect(readLines(bytes("\na\n\nb"))).toEqual(["", "a", "", "b"]);
  });

  it("takes the line ends of any system", () => {
    expect(readLines(bytes("a\r\nb\rc\r\n\r\nd\n\re"))).toEqual(["a", "b", "c", "", "d", "", "e"]);
  });

  it("leaves carriage returns in the lines, for a tokenizer that takes them out", () => {
    expect(readLines(bytes("a\r\nb\rc\n\r"), { cr: "stays" })).toEqual(["a\r", "b\rc", "\r"]);
    const wrong = Uint8Array.of(0x61, 13, 0x62, 10, 0xff);
    expect(errorOf(() => readLines(wrong, { file, cr: "stays" }))).toContain("corpus.en, line 2: ");
  });

  it("splits nowhere else", () => {
    expect(readLines(bytes("a\u2028b\u0085c\fd"))).toEqual(["a\u2028b\u0085c\fd"]);
  });

  it("drops a byte order mark, at the start alone", () => {
    expect(readLines(bytes("\ufeffa\n\ufeffb"))).toEqual(["a", "\ufeffb"]);
  });

  it("reads files larger than one piece, character by character", () => {
    const lines = Array.from({ length: 90_000 }, (_, i) => `sentence ${i} \u00e9\u4e2d\u{1f600}`); // 2.2 MB
    expect(readLines(bytes(lines.join("\r\n")))).toEqual(lines);
  });

  it("refuses empty files", () => {
    expect(errorOf(() => readLines(bytes(""), { file }))).toMatchInlineSnapshot(
      `"XLM_DATA corpus.en: the file is empty: there is nothing to learn from. Fix: give a text file with one sentence on each line"`,
    );
    expect(errorOf(() => readLines(bytes("\ufeff"), { file }))).toMatchInlineSnapshot(
      `"XLM_DATA corpus.en: the file is empty: there is nothing to learn from. Fix: give a text file with one sentence on each line"`,
    );
    expect(errorOf(() => readLines(bytes("\n \n\u3000\n"), { file }))).toMatchInlineSnapshot(
      `"XLM_DATA corpus.en: none of its 3 lines has a word: there is nothing to learn from. Fix: give a text file with one sentence on each line"`,
    );
  });

  it("refuses what is not UTF-8, and shows where", () => {
    const latin1 = Uint8Array.of(...bytes("ok\r\nein sch\u00f6ner Tag im Caf"), 0xe9, 10, 0x61);
    expect(errorOf(() => readLines(latin1, { file }))).toMatchInlineSnapshot(
      `"XLM_DATA corpus.en, line 2: the line is not valid UTF-8 (it reads "n schöner Tag im Caf�"): text is read as UTF-8, and guessing would train on damaged words. Fix: convert the file, for example with: iconv -f WINDOWS-1252 -t UTF-8"`,
    );
    // Cut short inside a character; a surrogate; an overlong form.
    for (const wrong of [
      [0xe4, 0xb8],
      [0xed, 0xa0, 0x80],
      [0xc0, 0xaf],
    ]) {
      expect(errorOf(() => readLines(Uint8Array.of(0x61, 10, ...wrong), { file }))).toContain("corpus.en, line 2: ");
    }
  });

  it("counts lines right behind the first piece of a large file", () => {
    const wrong = bytes(`${"0123456789abcdef\r\n".repeat(70_000)}?`).fill(0xff, -1); // 1.26 MB
    expect(errorOf(() => readLines(wrong, { file }))).toContain("corpus.en, line 70001: ");
  });

  it("refuses UTF-16 and binary files", () => {
    expect(errorOf(() => readLines(Uint8Array.of(0xff, 0xfe, 0x61, 0), { file }))).toMatchInlineSnapshot(
      `"XLM_DATA corpus.en: the file begins with a UTF-16 byte order mark: text is read as UTF-8. Fix: convert it, for example with: iconv -f UTF-16 -t UTF-8"`,
    );
    expect(errorOf(() => readLines(Uint8Array.of(0xfe, 0xff, 0, 0x61), { file }))).toContain("UTF-16");
    expect(errorOf(() => readLines(bytes("a\nb\0c"), { file }))).toMatchInlineSnapshot(
      `"XLM_DATA corpus.en, line 2: byte 3 is NUL: a text has none; this may be a binary file, or UTF-16. Fix: convert the file to UTF-8 text"`,
    );
  });

  it("refuses a line of 10 MB", () => {
    const long = bytes(`short\n${"x ".repeat(5_000_000)}\nshort\n`);
    expect(errorOf(() => readLines(long, { file }))).toMatchInlineSnapshot(
      `"XLM_DATA corpus.en, line 2: the line has 10000000 bytes and the limit is 1000000: each line is one sentence, and no sentence is that long. Fix: put one sentence on each line, or raise maxLineBytes"`,
    );
    expect(readLines(long, { maxLineBytes: 10_000_000 })).toHaveLength(3);
  });

  it("counts the limit in bytes, line ends not included", () => {
    expect(readLines(bytes("\u00e9\u00e9\r\nabcd"), { maxLineBytes: 4 })).toEqual(["\u00e9\u00e9", "abcd"]);
    expect(errorOf(() => readLines(bytes("ok\n\u00e9\u00e9a"), { maxLineBytes: 4 }))).toMatchInlineSnapshot(
      `"XLM_DATA text, line 2: the line has 5 bytes and the limit is 4: each line is one sentence, and no sentence is that long. Fix: put one sentence on each line, or raise maxLineBytes"`,
    );
    expect(errorOf(() => readLines(bytes("a"), { maxLineBytes: 0 }))).toMatchInlineSnapshot(
      `"XLM_OPTION maxLineBytes is 0: it must be a whole number of at least 1. Fix: give maxLineBytes such a value"`,
    );
  });
});

describe("createLineReader", () => {
  it("gives the lines that have ended", () => {
    const reader = createLineReader();
    expect(reader.push(bytes("one\ntw"))).toEqual(["one"]);
    expect(reader.push(bytes("o\r"))).toEqual(["two"]);
    expect(reader.push(bytes("\nthree"))).toEqual([]); // the newline belongs to the line before
    expect(reader.end()).toEqual(["three"]);
  });

  it("says where a fault is, however far it has come", () => {
    const reader = createLineReader({ file });
    for (let i = 0; i < 1000; i++) reader.push(bytes("line\r\n"));
    expect(errorOf(() => reader.push(bytes("a\0")))).toMatchInlineSnapshot(
      `"XLM_DATA corpus.en, line 1001: byte 6001 is NUL: a text has none; this may be a binary file, or UTF-16. Fix: convert the file to UTF-8 text"`,
    );
  });

  it("holds no more than a line may have, and says how long one was", () => {
    const reader = createLineReader({ file, maxLineBytes: 5 });
    for (let i = 0; i < 100; i++) reader.push(bytes("word "));
    expect(errorOf(() => reader.push(bytes("\n")))).toContain("the line has 500 bytes and the limit is 5");
    const other = createLineReader({ file, maxLineBytes: 5 });
    other.push(bytes("a\nword word"));
    expect(errorOf(() => other.end())).toContain("corpus.en, line 2: the line has 9 bytes and the limit is 5");
  });

  it("finds the first fault, not the one that shows first", () => {
    const wrong = Uint8Array.of(0x61, 10, 0xff, 10, 0); // a line that is not UTF-8, then NUL
    expect(errorOf(() => readLines(wrong, { file }))).toContain("corpus.en, line 2: the line is not valid UTF-8");
  });

  it("replaces what is no text, when told to, and counts the lines", () => {
    const reader = createLineReader({ invalidUtf8: "replace" });
    const lines = reader.push(Uint8Array.of(...bytes("caf"), 0xe9, 10, 0x61, 0, 13, 10, ...bytes("ok\n")));
    expect(lines).toEqual(["caf\ufffd", "a\ufffd", "ok"]);
    expect(reader.nReplaced).toBe(2);
    expect(errorOf(() => readLines(Uint8Array.of(0xff, 0xfe, 0x61, 0), { invalidUtf8: "replace" }))).toContain(
      "UTF-16",
    );
  });
});

describe("createLineSplitter", () => {
  it("gives whole lines as they stand in the file, to be decoded or not", () => {
    const splitter = createLineSplitter();
    expect(
      splitter.push(bytes("\ufeffone\r\ntw")).map((chunk) => [new TextDecoder().decode(chunk.bytes), chunk.nLines]),
    ).toEqual([["one\r\n", 1]]);
    expect(splitter.push(bytes("o\nthree\n")).map((chunk) => chunk.decode())).toEqual([["two", "three"]]);
    expect(splitter.end()).toEqual([]);
  });
});

describe("checkParallel", () => {
  it("passes files of equal length", () => {
    expect(checkParallel({ file: "a", lines: ["1", ""] }, { file: "b", lines: ["1", "2"] })).toBeUndefined();
  });

  it("names both files and numbers of lines", () => {
    const misaligned = () => checkParallel({ file: "text.en", lines: ["1", "2"] }, { file: "text.fr", lines: ["1"] });
    expect(errorOf(misaligned)).toMatchInlineSnapshot(
      `"XLM_DATA text.en has 2 lines and text.fr has 1: line i of one is the translation of line i of the other. Fix: align the files line by line; an empty line stands for a missing translation, and its pair is left out"`,
    );
  });
});
