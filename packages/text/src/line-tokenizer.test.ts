import { describe, expect, it } from "vitest";
import { createLineTokenizer } from "./index.js";

describe("createLineTokenizer", () => {
  it("chains the scripts", () => {
    const line = "“Ça va\u00a0?” dit-il，à 20\u200b°C．  L’été…";
    expect(createLineTokenizer("fr")(line)).toBe('" Ça va ? " dit-il , à 20 ° C. L\' été ...');
    expect(createLineTokenizer("fr", { lower: true })(line)).toBe('" ca va ? " dit-il , a 20 ° c. l\' ete ...');
  });

  it("passes the options on", () => {
    expect(createLineTokenizer("fr", { newline: false })('x."')).toBe('x. "');
    expect(createLineTokenizer("fr")('x."')).toBe('x " .');
    expect(createLineTokenizer("en", { escape: true, aggressive: true })("a-b & c")).toBe("a @-@ b &amp; c");
    expect(createLineTokenizer("de", { moses: "2019" })("‚a‘")).toBe('" a "');
    expect(createLineTokenizer("de")("‚a‘")).toBe("' a '");
  });

  it("takes Romanian letters apart before words are split, if asked", () => {
    expect(createLineTokenizer("ro", { romanian: true })("Ţară, să știi.")).toBe("Tara , sa stii .");
    expect(createLineTokenizer("ro")("Ţară, să știi.")).toBe("Ţară , să știi .");
  });

  it("segments Chinese before the other steps, Japanese and Thai behind them", () => {
    const segment = (line: string): string => [...line].join(" ");
    expect(createLineTokenizer("zh", { segment })("你好，１！")).toBe("你 好 , 1 !");
    expect(createLineTokenizer("zh", { segment })("好。x")).toBe("好 . x");
    expect(createLineTokenizer("ja", { segment })("１．x")).toBe("1 .   x"); // the segmenter sees `1. x`
    expect(createLineTokenizer("th", { segment: (line) => `<${line}>` })("ก\u200bข")).toBe("<ก ข>");
    expect(createLineTokenizer("lo", { segment: () => "other languages too" })("ລາວ")).toBe("other languages too");
    expect(createLineTokenizer("ja")("私は猫です。")).toMatch(/^私 は 猫 .* \.$/);
  });

  it("wants a language that fits", () => {
    expect(() => createLineTokenizer("")).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: lang is empty: the rules and abbreviations are those of a language. Fix: pass its ISO code, such as "en"]`,
    );
    expect(() => createLineTokenizer("en", { romanian: true })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: romanian is set and lang is "en": the Romanian steps would change the letters of another language. Fix: leave it out, or pass lang "ro"]`,
    );
  });
});
