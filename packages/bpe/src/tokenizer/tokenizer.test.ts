import { createRng } from "@xlm/core";
import { dictionaryFromCounts } from "@xlm/data";
import { describe, expect, it } from "vitest";
import { createBpeDropout } from "../dropout.js";
import { countVocab, countWords, createBpe, learnBpe } from "../index.js";
import { type Encoding, createTokenizer } from "./tokenizer.js";

const corpus = "low low lower newest\nlow newer newer wider\n";
const codes = learnBpe(countWords(corpus), 5);
const bpe = createBpe(codes);
const vocab = dictionaryFromCounts(countVocab(bpe.applyText(corpus)));
const tokenizer = createTokenizer({ bpe, vocab });

/** The parts of the text that tokens came from. */
const sources = (text: string, { offsets, tokens }: Encoding): string[] =>
  tokens.map((_, i) => text.slice(offsets[2 * i], offsets[2 * i + 1]));

describe("createTokenizer", () => {
  it("turns text into ids and back", () => {
    const { ids, tokens, offsets } = tokenizer.encode("newer  low");
    expect(tokens).toEqual(["new@@", "er", "low"]);
    expect([...ids].map((id) => vocab.tokens[id])).toEqual(tokens);
    expect([...offsets]).toEqual([0, 3, 3, 5, 7, 10]);
    expect(tokenizer.decode(ids)).toBe("newer low");
  });

  it("keeps the subwords it has no id for", () => {
    const text = "low 😀x";
    const encoding = tokenizer.encode(text);
    expect(encoding.tokens).toEqual(["low", "😀@@", "x"]);
    expect([...encoding.ids].slice(1)).toEqual([vocab.unkId, vocab.unkId]);
    expect(sources(text, encoding)).toEqual(["low", "😀", "x"]);
    expect(tokenizer.decode(encoding.ids)).toBe("low <unk> <unk>");
  });

  it("takes any function for words, and one for the way back", () => {
    const custom = createTokenizer({
      bpe,
      vocab,
      words: (text) => text.toLowerCase().replace(/[,.]/g, " $&"),
      restore: (line) => line.replace(/ (?=[,.])/g, ""),
    });
    const text = "NEWER, Low.";
    const encoding = custom.encode(text);
    expect(encoding.tokens).toEqual(["new@@", "er", ",", "low", "."]);
    expect(sources(text, encoding)).toEqual(["NEW", "ER", ",", "Low", "."]);
    const known = createTokenizer({ bpe, vocab, restore: (line) => `${line}.` });
    expect(known.decode(known.encode("low newer").ids)).toBe("low newer.");
  });

  it("frames a text as the original does, or as it is told", () => {
    const { ids, tokens, offsets } = tokenizer.encode("low", { addSpecial: true });
    expect(tokens).toEqual(["</s>", "low", "</s>"]);
    expect([...ids]).toEqual([vocab.eosId, vocab.idOf("low"), vocab.eosId]);
    expect([...offsets]).toEqual([0, 0, 0, 3, 3, 3]);
    expect(tokenizer.decode(ids)).toBe("low");
    expect(tokenizer.decode(ids, { skipSpecial: false })).toBe("</s> low </s>");

    const framed = createTokenizer({ bpe, vocab, frame: [vocab.bosId, vocab.eosId] });
    expect(framed.encode("", { addSpecial: true }).tokens).toEqual(["<s>", "</s>"]);
  });

  it("cuts off the end of long texts", () => {
    expect(tokenizer.encode("newer low low", { maxLen: 3 }).tokens).toEqual(["new@@", "er", "low"]);
    expect(tokenizer.encode("newer low", { maxLen: 3, addSpecial: true }).tokens).toEqual(["</s>", "new@@", "</s>"]);
    expect(tokenizer.encode("low", { maxLen: 0 }).tokens).toEqual([]);
  });

  it("lets no text put in marks of its own", () => {
    const special = { ...bpe, encodeWord: (word: string) => [word] };
    const plain = createTokenizer({ bpe: special, vocab });
    expect(plain.encode("low </s> <unk> <special1> low").tokens).toEqual(["low", "<unk>", "low"]);
  });

  it("ends words at all of Python's white space, and reads lone surrogates as U+FFFD", () => {
    const text = "low\u00a0low\u2003\u001c\n\ud83d low\udc00";
    const encoding = tokenizer.encode(text);
    expect(encoding.tokens.filter((token) => token === "low")).toHaveLength(2);
    expect(encoding.tokens).toContain("\ufffd");
    expect(sources(text, encoding).join("|")).toBe("low|low|\ud83d|lo|w|\udc00");
  });

  it("codes with chance where it is given some", () => {
    const sampling = createTokenizer({ bpe, vocab, dropout: createBpeDropout(codes, { rate: 0.5 }) });
    const text = "newer newest lower";
    const seen = new Set<string>();
    const rng = createRng(1);
    for (let i = 0; i < 50; i++) {
      const encoding = sampling.encode(text, { rng });
      expect(sources(text, encoding).join("")).toBe(text.replaceAll(" ", ""));
      seen.add(encoding.tokens.join(" "));
    }
    expect(seen.size).toBeGreaterThan(5);
    expect(sampling.encode(text)).toEqual(tokenizer.encode(text));
  });

  it("codes several texts, each with a stream of its own", () => {
    expect(tokenizer.encodeBatch(["low", "newer"])).toEqual([tokenizer.encode("low"), tokenizer.encode("newer")]);
    const sampling = createTokenizer({ bpe, vocab, dropout: createBpeDropout(codes, { rate: 0.5 }) });
    const last = (first: string) => sampling.encodeBatch([first, "newest lower newest"], { rng: createRng(3) })[1];
    expect(last("low")).toEqual(last("newest newest newest"));
  });

  it("refuses what it cannot work with", () => {
    expect(() => tokenizer.encode("low", { rng: createRng(1) })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: rng is given and the tokenizer has no dropout: only dropout leaves coding to chance. Fix: make the tokenizer with dropout: createBpeDropout(codes), or leave rng out]`,
    );
    expect(() => tokenizer.encode("low", { maxLen: 1, addSpecial: true })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: maxLen is 1: it must be a whole number of at least 2. Fix: give maxLen such a value]`,
    );
    expect(() => tokenizer.decode([99])).toThrowErrorMatchingInlineSnapshot(
      `[MismatchError: id 99 stands at place 0 and the vocabulary has 24 ids: ids can be read with the vocabulary they came from alone. Fix: use that vocabulary]`,
    );
    expect(() => createTokenizer({ bpe, vocab: { ...vocab, size: 3 } })).toThrowErrorMatchingInlineSnapshot(
      `[MismatchError: the vocabulary has size 3, 24 tokens, and the special ids 0, 1, 2, 3: each id is the place of its token, and each special id has one. Fix: take a vocabulary as @xlm/data or parseTokenizerJson makes it]`,
    );
    expect(() => createTokenizer({ bpe, vocab, frame: [0, 99] })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: each id of frame is 99: it must be a whole number from 0 to 23. Fix: give each id of frame such a value]`,
    );
  });
});
