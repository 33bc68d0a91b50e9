import { UnsupportedError } from "@xlm/core";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { intlSegmenter, segmentingPlace } from "./segment.js";

afterEach(() => vi.unstubAllGlobals());

describe("intlSegmenter", () => {
  it("puts one space between words, and none around the line", () => {
    expect(intlSegmenter("zh")(" 我们知道,  XLM。 ")).toBe("我们 知道 , XLM 。");
    expect(intlSegmenter("ja")("これは日本語です。")).toBe("これ は 日本語 です 。");
    expect(intlSegmenter("th")("ภาษาไทยไม่ยาก")).toBe("ภาษา ไทย ไม่ ยาก");
    expect(intlSegmenter("th")("\t ")).toBe("");
  });

  const unit = fc.constantFrom(
    ..."我们知道自然语言日本語でしたภาษาไทยไม่ยากab12.,!?。\t\u00a0\u3000 \u0301\u200d👩😀\ud83d\r",
  );
  const blanks = /[\s\x85]+/g; // the characters above hold no U+FEFF
  it("keeps every character that is no white space, in order", () => {
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 60 }), fc.constantFrom("zh", "ja", "th", "en"), (line, lang) => {
        const words = intlSegmenter(lang)(line);
        expect(words.replaceAll(" ", "")).toBe(line.replace(blanks, ""));
        expect(words).not.toMatch(/^ | $| {2}|[^\S ]/);
      }),
    );
  });

  it("cuts a long line as its sentences, and no word in two", () => {
    const sentence = "我们知道，自然语言处理很有趣。";
    const zh = intlSegmenter("zh");
    expect(zh(sentence.repeat(500))).toBe(Array(500).fill(zh(sentence)).join(" "));
    const long = `${"a".repeat(5000)}3.14${"b".repeat(5000)}`;
    expect(zh(`${long}中${long}`)).toBe(`${long} 中 ${long}`);
    expect(zh("语言".repeat(2000)).replaceAll(" ", "")).toBe("语言".repeat(2000));
  });

  it("says what is missing where the platform has no segmenter, or none for a language", () => {
    expect(() => intlSegmenter("xx")).toThrowErrorMatchingInlineSnapshot(
      `[UnsupportedError: Intl.Segmenter has no rules for "xx": without spaces between words a line would be one word. Fix: pass a segmenter of your own, or run where the platform has full ICU: Node 18, Chrome 87, Firefox 125, Safari 14.1 or later]`,
    );
    vi.stubGlobal("Intl", {});
    expect(() => intlSegmenter("zh")).toThrow(UnsupportedError);
  });

  it("refuses what is no language tag", () => {
    expect(() => intlSegmenter("not a tag")).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: the language is "not a tag": Intl.Segmenter takes language tags. Fix: use a tag such as "zh", "ja" or "th"]`,
    );
  });
});

describe("segmentingPlace", () => {
  it("has Chinese segmented first, Japanese and Thai last", () => {
    expect(["zh", "ja", "th", "en"].map(segmentingPlace)).toEqual(["first", "last", "last", undefined]);
  });
});
