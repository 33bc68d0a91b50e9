import { describe, expect, it } from "vitest";
import { createBpe, formatCodes, parseCodes } from "./index.js";

describe("parseCodes and formatCodes", () => {
  it("undo each other", () => {
    const file = "l o 3\nlo w</w> 2\n";
    const codes = parseCodes(file);
    expect(codes.merges).toEqual([
      { left: "l", right: "o", count: 3 },
      { left: "lo", right: "w</w>", count: 2 },
    ]);
    expect(new TextDecoder().decode(formatCodes(codes))).toBe(file);
  });

  it("read Windows line ends, a missing last newline and bytes that are not UTF-8", () => {
    expect(parseCodes("a b 2\r\nb c 1").merges.length).toBe(2);
    const bytes = Uint8Array.of(0xff, 0x20, 0x61, 0x20, 0x31, 0x0a);
    expect(formatCodes(parseCodes(bytes))).toEqual(bytes);
  });

  it("name the file and line of what they cannot read", () => {
    expect(() => parseCodes("#version: 0.2\na b\n", { file: "codes.bpe" })).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: codes.bpe, line 1: the line is "#version: 0.2": a line of codes is two symbols and a whole number, separated by spaces. Fix: make the file with formatCodes or fastBPE learnbpe; other tools write other formats]`,
    );
    expect(() => parseCodes("a b 2\n\nb c 1\n")).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: codes, line 2: the line is "": a line of codes is two symbols and a whole number, separated by spaces. Fix: make the file with formatCodes or fastBPE learnbpe; other tools write other formats]`,
    );
    expect(() => parseCodes("a b c d\n")).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: codes, line 1: the line is "a b c d": a line of codes is two symbols and a whole number, separated by spaces. Fix: make the file with formatCodes or fastBPE learnbpe; other tools write other formats]`,
    );
    expect(() => parseCodes("a b c\n")).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: codes, line 1: the line is "a b c": a line of codes is two symbols and a whole number, separated by spaces. Fix: make the file with formatCodes or fastBPE learnbpe; other tools write other formats]`,
    );
    expect(() => parseCodes("", { file: "codes.bpe" })).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: codes.bpe: the file is empty: codes without merges would split every word into characters. Fix: learn them again, or pass { merges: [] } to createBpe if characters are wanted]`,
    );
  });

  it("quote no more of a line than one can read", () => {
    expect(() => parseCodes("x".repeat(1e6))).toThrow(/^codes, line 1: the line is "x{60}…": /);
  });

  it("refuse a pair or a result that comes twice", () => {
    expect(() => parseCodes("a b 2\nb c 1\na b 1\n")).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: codes, line 3: the pair "a b" stands on line 1 already: each symbol is made by one merge of one rank, or splitting it again would be ambiguous. Fix: remove one of the two]`,
    );
    expect(() => parseCodes("n e 1\nn e 0\n")).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: codes, line 2: the pair "n e" stands on line 1 already: each symbol is made by one merge of one rank, or splitting it again would be ambiguous. Fix: remove the lines with count 0, which fastBPE writes when there is nothing left to merge]`,
    );
    expect(() => parseCodes("a nt 2\nan t 1\n")).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: codes, line 2: "an t" and "a nt" of line 1 make the same symbol: each symbol is made by one merge of one rank, or splitting it again would be ambiguous. Fix: remove one of the two]`,
    );
  });
});

describe("codes made by hand", () => {
  it("are checked before use", () => {
    const merge = { left: "a", right: "b", count: 1 };
    expect(() => createBpe({ merges: [merge, merge] })).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: the pair "a b" stands on merge 0 already: each symbol is made by one merge of one rank, or splitting it again would be ambiguous. Fix: remove one of the two]`,
    );
    expect(() => createBpe({ merges: [{ ...merge, right: "" }] })).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: the merge "a " has a symbol that is empty or holds a space or newline: symbols are parts of words. Fix: remove that merge]`,
    );
    expect(() => createBpe({ merges: [{ ...merge, right: "b c" }] })).toThrow("holds a space");
  });
});
