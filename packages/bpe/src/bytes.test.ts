import { describe, expect, it } from "vitest";
import { binaryToText, textToBinary, toBytes, toText } from "./bytes.js";

describe("texts and bytes", () => {
  it("are UTF-8", () => {
    expect([...toBytes("aé")]).toEqual([0x61, 0xc3, 0xa9]);
    expect(toText(Uint8Array.of(0x61, 0xc3, 0xa9))).toBe("aé");
    expect(textToBinary("aé北😀")).toBe("a\xc3\xa9\xe5\x8c\x97\xf0\x9f\x98\x80");
  });

  it("keep a byte order mark", () => {
    expect(toText(toBytes("\ufeffa"))).toBe("\ufeffa");
    expect(toText(toBytes(`\ufeff${"a".repeat(100)}`)).length).toBe(101);
  });

  it("hold bytes that are no UTF-8 as U+DC00 + byte", () => {
    expect(toText(Uint8Array.of(0x61, 0xff, 0x62))).toBe("a\udcffb");
    expect([...toBytes("a\udcffb")]).toEqual([0x61, 0xff, 0x62]);
    expect(binaryToText("\xff")).toBe("\udcff");
  });

  it.each([
    ["a stray continuation", [0x80]],
    ["a character cut short", [0xe5, 0x8c]],
    ["a lead byte without its continuation", [0xc3, 0x28]],
    ["an overlong form of two bytes", [0xc0, 0xaf]],
    ["an overlong form of three bytes", [0xe0, 0x80, 0xaf]],
    ["an overlong form of four bytes", [0xf0, 0x80, 0x80, 0xaf]],
    ["a surrogate in UTF-8", [0xed, 0xb2, 0x80]],
    ["a code point past U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
    ["a byte that never occurs", [0xf8, 0x88]],
  ])("keep %s", (_, bytes) => {
    for (const padding of [0, 100]) {
      const all = Uint8Array.from([...bytes, ...new Array<number>(padding).fill(0x61)]);
      const text = toText(all);
      expect([...text].filter((unit) => /\p{Surrogate}/u.test(unit)).length).toBeGreaterThan(0);
      expect(toBytes(text)).toEqual(all);
    }
  });

  it("refuse other halves of characters", () => {
    expect(() => toBytes("half of 😀".slice(0, -1))).toThrowErrorMatchingInlineSnapshot(
      `[DataError: the text holds half a character, the lone surrogate U+D83D: it has no UTF-8 form, and BPE works on UTF-8 bytes. Fix: cut strings between characters, or pass the original bytes]`,
    );
  });
});
