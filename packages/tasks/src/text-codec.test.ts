import { createRng } from "@xlm/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { learnTextCodec, createTextCodec } from "./index.js";

const texts = {
  fr: ["L'été, c'est beau.", "Le chat dort !"],
  en: ["The cat's asleep.", "It is (very) nice, isn't it?"],
};
const codec = learnTextCodec(texts, createRng(1), { merges: 100 });

describe("learnTextCodec", () => {
  it("numbers languages in the order of the alphabet", () => {
    expect(codec.langs).toEqual(["en", "fr"]);
    expect([codec.langId("en"), codec.langId("fr")]).toEqual([0, 1]);
  });

  it("brings a line to ids and back, in lower case", () => {
    for (const lang of ["en", "fr"] as const) {
      const back = codec.text(codec.corpus(texts[lang], lang), lang);
      expect(back).toEqual(texts[lang].map((line) => line.toLowerCase()));
    }
  });

  it("keeps an empty line, and a line end inside one, where they are", () => {
    const corpus = codec.corpus(["the cat", "", "is\nnice"], "en");
    expect(codec.text(corpus, "en")).toEqual(["the cat", "", "is nice"]);
    expect(codec.text(codec.corpus([], "en"), "en")).toEqual([]);
  });

  it("can keep case, or take off accents", () => {
    const words = (tokenizer: "cased" | "plain"): string =>
      learnTextCodec(texts, createRng(1), { tokenizer }).words("Été", "fr");
    expect([words("cased"), words("plain")]).toEqual(["Été", "ete"]);
  });

  it("learns the same from the same seed", () => {
    const again = learnTextCodec(texts, createRng(1), { merges: 100 });
    expect(again.dictionary.tokens).toEqual(codec.dictionary.tokens);
  });

  it("codes every line by itself", () => {
    const line = fc
      .array(fc.constantFrom("the", "cat", "is", "nice", ",", ""), { maxLength: 6 })
      .map((w) => w.join(" "));
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 5 }), (lines) => {
        const together = codec.text(codec.corpus(lines, "en"), "en");
        expect(together).toEqual(lines.flatMap((one) => codec.text(codec.corpus([one], "en"), "en")));
      }),
    );
  });

  it("refuses a language that it has not learnt, and one without text", () => {
    expect(() => codec.corpus(["hallo"], "de")).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: there is text in "de" and the model has en, fr: it has learnt nothing of another language. Fix: name one of its languages, or pretrain with this one]`,
    );
    expect(() => learnTextCodec({ en: ["a"], fr: [] }, createRng(1))).toThrowErrorMatchingInlineSnapshot(
      `[MismatchError: the text of "fr" is empty: a vocabulary is learnt from text of every language. Fix: give it text, or leave the language out]`,
    );
    expect(() =>
      createTextCodec({ langs: ["en", "en"], bpe: undefined as never, dictionary: codec.dictionary }),
    ).toThrow(expect.objectContaining({ code: "XLM_OPTION" }) as Error);
  });
});
