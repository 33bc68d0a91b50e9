import { createRng } from "@xlm/core";
import { countVocab, createBpe, parseCodes } from "@xlm/bpe";
import { expect, it } from "vitest";
import { mixTexts } from "../prepare.js";
import { countSubwords, learnMixture, mixtureTimes, type LearningText } from "./learn.js";

/** A text that comes in batches of so many lines. */
const text = (lang: string, lines: readonly string[], size = 3): LearningText => ({
  lang,
  lines: lines.length,
  async *read() {
    for (let at = 0; at < lines.length; at += size) yield await Promise.resolve(lines.slice(at, at + size));
  },
});
const many = (n: number, word: string): string[] => Array.from({ length: n }, (_, i) => `${word} ${word}${i}`);

it("draws the lines that bpe learn draws from whole texts", () => {
  const texts = [
    { lang: "en", lines: many(40, "dog") },
    { lang: "sw", lines: many(7, "mbwa") },
  ];
  const times = mixtureTimes(
    texts.map(({ lang, lines }) => text(lang, lines)),
    0.5,
    createRng(3),
  );
  const drawn = mixTexts(texts, 0.5, createRng(3)).map((part) => part.split("\n"));
  for (const [i, { lines }] of texts.entries()) {
    expect(Array.from(times[i]!)).toEqual(lines.map((line) => drawn[i]!.filter((other) => other === line).length));
  }
  expect(times[1]!.reduce((sum, n) => sum + n, 0)).toBe(14); // 47 lines by sqrt(7) / (sqrt(7) + sqrt(40)) of them
});

it("takes several files of one language for one text", () => {
  const whole = mixtureTimes([text("en", many(40, "a")), text("fr", many(10, "b"))], 0.5, createRng(1));
  const parts = mixtureTimes(
    [text("en", many(25, "a")), text("fr", many(10, "b")), text("en", many(15, "c"))],
    0.5,
    createRng(1),
  );
  expect([...parts[0]!, ...parts[2]!]).toEqual([...whole[0]!]);
  expect(parts[1]).toEqual(whole[1]);
});

it("does not depend on how the lines come", async () => {
  const lines = many(50, "low lower newest");
  const learn = async (size: number): Promise<string> => {
    const { codes } = await learnMixture([text("en", lines, size)], createRng(1), { nMerges: 20, alpha: 0.5 });
    return Buffer.from(codes).toString();
  };
  expect(await learn(7)).toBe(await learn(50));
});

it("counts the vocabulary of coded text without coding it", async () => {
  const lines = ["low lower  newest", "", "é low é", "a\u00a0b low"];
  const { codes, nMerges } = await learnMixture([text("en", lines)], createRng(1), { nMerges: 5, alpha: 1 });
  expect(nMerges).toBe(5);
  const bpe = createBpe(parseCodes(codes));
  const dictionary = await countSubwords([text("en", lines, 1)], bpe);
  const counted = countVocab(bpe.applyText(lines.join("\n")));
  // A vocabulary file cannot hold a word with a no-break space.
  const expected = [...counted].filter(([word]) => !word.includes("\u00a0"));
  expect(dictionary.tokens.slice(14).map((word, i) => [word, dictionary.counts[14 + i]])).toEqual(expected);
});
