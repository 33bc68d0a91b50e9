import { describe, expect, it } from "vitest";
import { restoreCase, restoreTranslation } from "./recase.js";

describe("restoreCase", () => {
  it("raises the first word of every sentence", () => {
    expect(restoreCase(`" who is it ? " ( it is me ) . good : fine`)).toBe(
      `" Who is it ? " ( It is me ) . Good : Fine`,
    );
    expect(restoreCase("&quot; élan ß « été »")).toBe("&quot; Élan ß « été »");
  });

  it("raises whole characters, and knows those whose capital is two", () => {
    expect(restoreCase("ßa . ŉ . 𐐨 . ﬁn")).toBe("SSa . ʼN . 𐐀 . FIn");
  });

  it("leaves one space between words", () => {
    expect(restoreCase("\t a\u00a0b\u0085c  ")).toBe("A b c");
    expect(restoreCase(" ")).toBe("");
  });

  it("takes other ends of sentences", () => {
    expect(restoreCase("a : b . c", { sentenceEnds: ["."] })).toBe("A : b . C");
    expect(restoreCase("a : b . c", { sentenceEnds: [] })).toBe("A : b . c");
  });
});

describe("restoreTranslation", () => {
  it("makes text to read", () => {
    expect(restoreTranslation("j' aime paris . c' est beau , non ?", "fr")).toBe("J'aime paris. C'est beau, non ?");
    expect(restoreTranslation("« tu viens ? »", "fr")).toBe("« Tu viens ? »");
  });

  it("hands its options on", () => {
    const line = "note : r &amp; d";
    expect(restoreTranslation(line, "en", { sentenceEnds: [], unescape: false })).toBe("Note: r &amp; d");
    expect(restoreTranslation(line, "en")).toBe("Note: R & d");
  });
});
