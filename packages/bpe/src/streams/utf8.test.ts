import { describe, expect, it } from "vitest";
import { countNewlines, createUtf8Filter, firstInvalid } from "./utf8.js";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe("firstInvalid", () => {
  it.each<[string, Uint8Array, number]>([
    ["ASCII and characters of two, three and four bytes", new TextEncoder().encode("a\0é€😀\u{10ffff}"), -1],
    ["a continuation byte alone", bytes(0x61, 0x80), 1],
    ["an overlong slash", bytes(0xc0, 0xaf), 0],
    ["an overlong character of three bytes", bytes(0xe0, 0x9f, 0xbf), 0],
    ["half of a surrogate pair", bytes(0x61, 0xed, 0xa0, 0x80), 1],
    ["a character beyond U+10FFFF", bytes(0xf4, 0x90, 0x80, 0x80), 0],
    ["a character cut off by a space", bytes(0xe2, 0x82, 0x20), 0],
    ["a character cut off by the end", bytes(0x61, 0xf0, 0x9f, 0x98), 1],
  ])("%s", (_, text, at) => expect(firstInvalid(text)).toBe(at));
});

describe("createUtf8Filter", () => {
  const broken = bytes(0x61, 0x0a, 0xe2, 0x82, 0x20, 0xff, 0x62, 0x0a);

  it("keeps, replaces each maximal part of a broken sequence by U+FFFD, or refuses with the line", () => {
    expect(createUtf8Filter("keep")(broken)).toBe(broken);
    expect(new TextDecoder().decode(createUtf8Filter("replace")(broken))).toBe("a\n\ufffd \ufffdb\n");
    const refuse = createUtf8Filter("refuse", "corpus.en");
    expect(refuse(bytes(0x61, 0x0a))).toEqual(bytes(0x61, 0x0a));
    expect(() => refuse(broken)).toThrowErrorMatchingInlineSnapshot(
      `[DataError: corpus.en, line 3: byte 0xe2 is not valid UTF-8 here: such bytes were to be refused. Fix: convert the text to UTF-8, or let such bytes be kept or replaced (invalidUtf8: "keep", "replace")]`,
    );
  });

  it("refuses other policies", () => {
    expect(() => createUtf8Filter("drop" as never)).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: invalidUtf8 is "drop": there are three things to do with bytes that are not UTF-8. Fix: use "keep", "replace" or "refuse"]`,
    );
  });

  it("counts newlines", () => expect(countNewlines(broken)).toBe(2));
});
