import { dictionaryFromCounts } from "@xlm/data";
import { arbitraryCorpus } from "@xlm/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BpeCodes, countVocab, countWords, createBpe, learnBpe } from "../index.js";
import { createTokenizer } from "../tokenizer/tokenizer.js";
import { formatTokenizerJson, formatXlmTokenizer, parseTokenizerJson, parseXlmTokenizer } from "./index.js";

const js = { engine: "js" } as const; // no WebAssembly instance for each of many small cases

const trained = fc.tuple(arbitraryCorpus(), fc.nat(40)).map(([lines, n]) => {
  const codes = learnBpe(countWords(lines.join("\n"), js), n, js);
  const coded = createBpe(codes, js).applyText(lines.join("\n"));
  return { lines, codes, vocab: dictionaryFromCounts(countVocab(coded, js)) };
});
const pairs = ({ merges }: BpeCodes) => merges.map(({ left, right }) => [left, right]);

describe("laws of Hugging Face's files", () => {
  it("there and back again nothing has changed", () => {
    fc.assert(
      fc.property(trained, ({ codes, vocab }) => {
        const files = parseXlmTokenizer(formatXlmTokenizer(codes, vocab));
        const json = formatTokenizerJson(codes, vocab, { missing: "add" });
        const one = parseTokenizerJson(json, { vocabSize: vocab.size });
        for (const read of [files, one]) {
          expect(read.vocab.tokens).toEqual(vocab.tokens);
          expect(pairs(read.codes)).toEqual(pairs(codes));
        }
        expect(formatTokenizerJson(one.codes, one.vocab, { missing: "add" })).toBe(json);
      }),
    );
  });

  it("ids of texts stay the same", () => {
    fc.assert(
      fc.property(trained, ({ lines, codes, vocab }) => {
        const read = parseXlmTokenizer(formatXlmTokenizer(codes, vocab));
        const [ours, theirs] = [{ codes, vocab }, read].map((used) =>
          createTokenizer({ bpe: createBpe(used.codes, js), vocab: used.vocab }),
        );
        for (const line of lines) expect(theirs!.encode(line)).toEqual(ours!.encode(line));
      }),
    );
  });

  it("any vocabulary either comes back or is refused", () => {
    const part = fc.string({
      unit: fc.constantFrom("a", "@", "@@", "</w>", "<s>", " ", "\u00a0", "é", "\udcff", "\0"),
      maxLength: 4,
    });
    fc.assert(
      fc.property(fc.uniqueArray(part, { maxLength: 12 }), (parts) => {
        const tokens = [...dictionaryFromCounts([]).tokens, ...parts.filter((token) => token !== "<s>")];
        let written;
        try {
          written = formatXlmTokenizer({ merges: [] }, { tokens });
        } catch (error) {
          expect(error).toMatchObject({ code: "XLM_DATA" });
          return;
        }
        expect(parseXlmTokenizer(written).vocab.tokens).toEqual(tokens);
      }),
      { numRuns: 500 },
    );
  });
});
