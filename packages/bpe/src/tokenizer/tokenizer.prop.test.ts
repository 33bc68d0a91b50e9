import { createRng, isSpace } from "@xlm/core";
import { dictionaryFromCounts, indexText } from "@xlm/data";
import { arbitraryCorpus, arbitrarySentence } from "@xlm/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBpeDropout } from "../dropout.js";
import { countVocab, countWords, createBpe, learnBpe } from "../index.js";
import { createTokenizer } from "./tokenizer.js";

const js = { engine: "js" } as const; // no WebAssembly instance for each of many small cases

const anyText = fc.oneof(
  arbitrarySentence(),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom(
      "a",
      "B",
      "é",
      "e\u0301",
      "😀",
      "\ud83d",
      " ",
      "\u00a0",
      "\u0085",
      "\n",
      "@@",
      "</w>",
      "<s>",
      ".",
    ),
    maxLength: 40,
  }),
);

/** Made-up normalisers: none, case and accents, punctuation set apart, marks of another alphabet. */
const words = fc.constantFrom(
  (text: string) => text,
  (text: string) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, ""),
  (text: string) => text.replace(/\p{P}/gu, " $& ").normalize("NFKC"),
  (text: string) => text.toUpperCase().replace(/A/g, "&amp;").split(" ").reverse().join(" "),
);

const parts = fc.tuple(arbitraryCorpus(), anyText, fc.nat(30)).map(([lines, text, n]) => {
  const corpus = [...lines, text.replace(/\p{Surrogate}/gu, "\ufffd")].join("\n");
  const codes = learnBpe(countWords(`${corpus} a`, js), n, js);
  const bpe = createBpe(codes, js);
  return { codes, bpe, vocab: dictionaryFromCounts(countVocab(bpe.applyText(lines.join("\n")), js)) };
});
const options = fc.record({ addSpecial: fc.boolean(), seed: fc.option(fc.nat()) });

describe("laws of the tokenizer", () => {
  it("offsets lie inside, cut no surrogate pair and never go back", () => {
    fc.assert(
      fc.property(parts, anyText, words, options, ({ codes, bpe, vocab }, text, split, { addSpecial, seed }) => {
        const dropout = createBpeDropout(codes, { rate: 0.3 });
        const tokenizer = createTokenizer({ bpe, vocab, dropout, words: split });
        const { ids, tokens, offsets } = tokenizer.encode(text, {
          addSpecial,
          ...(seed === null ? {} : { rng: createRng(seed) }),
        });
        expect([tokens.length, offsets.length]).toEqual([ids.length, 2 * ids.length]);
        for (let i = 0; i < offsets.length; i++) {
          const at = offsets[i]!;
          expect(at >= 0 && at <= text.length && !(at > 0 && text.codePointAt(at - 1)! > 0xffff)).toBe(true);
          if (i > 1) expect(at).toBeGreaterThanOrEqual(offsets[i - 2]!);
          if (i % 2 === 1) expect(at).toBeGreaterThanOrEqual(offsets[i - 1]!);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("without a function for words, each token came from the characters it shows", () => {
    fc.assert(
      fc.property(parts, arbitrarySentence(), ({ bpe, vocab }, text) => {
        const { tokens, offsets } = createTokenizer({ bpe, vocab }).encode(text);
        let shown = "";
        for (const [i, token] of tokens.entries()) {
          const source = text.slice(offsets[2 * i], offsets[2 * i + 1]);
          expect(`${source}@@`.startsWith(token)).toBe(true);
          shown += source;
        }
        expect(shown).toBe(text.replaceAll(" ", ""));
      }),
    );
  });

  it("ids are those of a coded line that is indexed", () => {
    fc.assert(
      fc.property(parts, anyText, ({ bpe, vocab }, text) => {
        const line = Array.from(text.replace(/\p{Surrogate}/gu, "\ufffd"), (character) =>
          isSpace(character.charCodeAt(0)) ? " " : character,
        ).join("");
        const indexed = indexText([bpe.applyLine(line)], vocab);
        expect([...createTokenizer({ bpe, vocab }).encode(text).ids]).toEqual([...indexed.ids].slice(0, -1));
      }),
      { numRuns: 100 },
    );
  });

  it("decoding undoes encoding where nothing is unknown, with dropout too", () => {
    fc.assert(
      fc.property(arbitraryCorpus(), fc.nat(30), fc.nat(), (lines, n, seed) => {
        const codes = learnBpe(countWords(lines.join("\n"), js), n, js);
        const characters = createBpe({ merges: [] }, js).applyText(lines.join("\n"));
        const merged = codes.merges.map(({ left, right }) => left + right);
        const pieces = new Set([
          ...countVocab(characters, js).keys(),
          ...merged.map((made) => (made.endsWith("</w>") ? made.slice(0, -4) : `${made}@@`)),
        ]);
        const vocab = dictionaryFromCounts([...pieces].map((piece) => [piece, 1] as const));
        const dropout = createBpeDropout(codes, { rate: 0.4 });
        const tokenizer = createTokenizer({ bpe: createBpe(codes, js), vocab, dropout });
        for (const line of lines) {
          expect(tokenizer.decode(tokenizer.encode(line, { addSpecial: true }).ids)).toBe(line);
          expect(tokenizer.decode(tokenizer.encode(line, { rng: createRng(seed) }).ids)).toBe(line);
        }
      }),
    );
  });

  it("a shorter limit gives the beginning of a longer one", () => {
    fc.assert(
      fc.property(parts, arbitrarySentence(), fc.nat(12), ({ bpe, vocab }, text, maxLen) => {
        const tokenizer = createTokenizer({ bpe, vocab });
        const all = tokenizer.encode(text);
        const cut = tokenizer.encode(text, { maxLen });
        expect([...cut.ids]).toEqual([...all.ids].slice(0, maxLen));
        expect([...cut.offsets]).toEqual([...all.offsets].slice(0, 2 * maxLen));
      }),
    );
  });
});
