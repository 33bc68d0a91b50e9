import type { XlmError } from "@xlm/core";
import { dictionaryFromCounts } from "@xlm/data";
import { describe, expect, it } from "vitest";
import { type BpeCodes, countVocab, countWords, createBpe, learnBpe } from "../index.js";
import { type SubwordVocab } from "../tokenizer/vocab.js";
import { createTokenizer } from "../tokenizer/tokenizer.js";
import { formatTokenizerJson, formatXlmTokenizer, parseTokenizerJson, parseXlmTokenizer } from "./index.js";

const corpus = "low low lower newest\nlow newer newer wider\n";
const codes = learnBpe(countWords(corpus), 5);
const vocab = dictionaryFromCounts(countVocab(createBpe(codes).applyText(corpus)));
const withTokens = (...tokens: string[]): SubwordVocab => dictionaryFromCounts(tokens.map((token) => [token, 1]));
const merge = (left: string, right: string) => ({ left, right, count: 0 });

describe("the files of XLMTokenizer", () => {
  it("mark the ends of words", () => {
    const files = formatXlmTokenizer(codes, vocab);
    expect(files["merges.txt"]).toBe("e r</w>\nl o\ne w\nn ew\nlo w</w>\n");
    const ids = JSON.parse(files["vocab.json"]) as Record<string, number>;
    expect(ids["low</w>"]).toBe(vocab.idOf("low"));
    expect(ids["new"]).toBe(vocab.idOf("new@@"));
    expect(ids["<special1>"]).toBe(vocab.maskId);
  });

  it("come back as they were, but for the counts of merges", () => {
    const read = parseXlmTokenizer(formatXlmTokenizer(codes, vocab));
    expect(read.vocab).toMatchObject({
      tokens: vocab.tokens,
      size: vocab.size,
      bosId: 0,
      eosId: 1,
      padId: 2,
      unkId: 3,
      maskId: 5,
    });
    expect(read.codes.merges).toEqual(codes.merges.map((known) => ({ ...known, count: 0 })));
    const [ours, theirs] = [codes, read.codes].map((used, i) =>
      createTokenizer({ bpe: createBpe(used), vocab: [vocab, read.vocab][i]! }).encode("newest lower 😀"),
    );
    expect(theirs).toEqual(ours);
  });

  it("may have counts and a header", () => {
    const { "vocab.json": ids } = formatXlmTokenizer(codes, vocab);
    const read = parseXlmTokenizer({ "vocab.json": ids, "merges.txt": "#version: 0.2\na b 3\nab c</w>\n" });
    expect(read.codes.merges).toEqual([{ left: "a", right: "b", count: 3 }, merge("ab", "c</w>")]);
  });

  it("keep subwords of white space, and leave out merges that no word there could use", () => {
    const spaces: BpeCodes = { merges: [merge("a", "b"), merge("\u00a0", "\u00a0</w>"), merge("\t", "a")] };
    const tokens = [...vocab.tokens, "\u00a0", "\u2003@@"];
    const files = formatXlmTokenizer(spaces, { tokens });
    expect(files["merges.txt"]).toBe("a b\n");
    expect(parseXlmTokenizer(files).vocab.tokens).toEqual(tokens);
    const json = formatTokenizerJson(spaces, { tokens }, { missing: "add" });
    expect(parseTokenizerJson(json).codes).toEqual(spaces);
  });

  it("take all names that JSON can", () => {
    const odd = withTokens("__proto__", "constructor@@", '"\\', "7@@", "@@", "a\0", "\ufeff", "@");
    expect(parseXlmTokenizer(formatXlmTokenizer(codes, odd)).vocab.tokens).toEqual(odd.tokens);
  });

  it("refuse subwords that have no name of their own there", () => {
    const fail =
      (used: BpeCodes, ...tokens: string[]) =>
      () =>
        formatXlmTokenizer(used, withTokens(...tokens));
    expect(fail(codes, "b\udcff@@")).toThrowErrorMatchingInlineSnapshot(
      `[DataError: "b\\udcff@@" holds bytes that are not UTF-8: these files are JSON and text, which hold characters. Fix: learn codes and count the vocabulary on valid UTF-8]`,
    );
    expect(fail({ merges: [merge("a", "\udcff")] })).toThrow("not UTF-8");
    expect(fail(codes, "b</w>@@")).toThrowErrorMatchingInlineSnapshot(
      `[DataError: the subword "b</w>@@" would be written "b</w>": </w> says there that a word ends, and this one goes on or is none. Fix: take it out of the vocabulary, which moves all later ids, or escape such text before codes are learned]`,
    );
    expect(fail(codes, "<s>@@")).toThrowErrorMatchingInlineSnapshot(
      `[DataError: the subwords "<s>" and "<s>@@" would both be written "<s>": an id belongs to one subword. Fix: take one of the two out of the vocabulary, which moves all later ids]`,
    );
    const dots = { merges: [merge("@", "@</w>"), merge("a", "@@</w>")] };
    expect(fail(dots, "a@@")).toThrowErrorMatchingInlineSnapshot(
      `[DataError: the subword "a@@" is "a" inside a word, and by the codes also a word's end that reads @@: there the two have different names, and here one id. Fix: learn codes on text without @@]`,
    );
    expect(fail(dots, "@@", "b@@")).not.toThrow();
    expect(fail({ merges: [merge("a", "b"), merge("a", "b")] })).toThrow("already");
  });

  it("are checked when read", () => {
    const good = formatXlmTokenizer(codes, vocab);
    const ids = JSON.parse(good["vocab.json"]) as Record<string, unknown>;
    const n = vocab.size;
    const read =
      (change: Record<string, unknown>, merges = good["merges.txt"]) =>
      () =>
        parseXlmTokenizer({ "vocab.json": JSON.stringify({ ...ids, ...change }), "merges.txt": merges });
    expect(read({})).not.toThrow();
    expect(read({ "a@@</w>": n })).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: vocab.json: the token "a@@</w>" is a word that ends in @@, as fastBPE writes "a" inside words: fastBPE has no name for it that is its own. Fix: take it out of the vocabulary, which moves all later ids, or keep using Hugging Face's program]`,
    );
    expect(read({ "<s></w>": n })).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: vocab.json: the token "<s></w>" is a word that reads like a special token: fastBPE has no name for it that is its own. Fix: take it out of the vocabulary, which moves all later ids, or keep using Hugging Face's program]`,
    );
    expect(read({ "": n })).toThrow("is no part of a word");
    expect(read({ "</w>": n })).toThrow("is no part of a word");
    expect(read({ "\ud800": n })).toThrow("holds half a character");
    expect(read({ a: 0 })).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: vocab.json: "<s>" and "a" have the id 0: a vocabulary gives each of its n tokens one of the ids 0 to n - 1. Fix: write the file again with the program that made it]`,
    );
    expect(read({ a: n + 1 })).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: vocab.json: "a" has the id 25 among 25 tokens: a vocabulary gives each of its n tokens one of the ids 0 to n - 1. Fix: write the file again with the program that made it]`,
    );
    expect(read({ a: "1" })).toThrow('"a" has the id "1"');
    expect(read({}, "a b\n\nb c\n")).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: merges.txt, line 2: the line is "": a merge is two symbols, and a count perhaps, separated by spaces. Fix: use the merges.txt that belongs to vocab.json]`,
    );
    expect(read({}, "a b\nb c d\n")).toThrow("merges.txt, line 2");
    expect(read({}, "#version: 0.2\na b\na b\n")).toThrow(
      'merges.txt, line 3: the pair "a b" stands on line 2 already',
    );
    expect(() => parseXlmTokenizer({ ...good, "vocab.json": "{" })).toThrow("vocab.json: the text is no JSON");
    expect(() => parseXlmTokenizer({ ...good, "vocab.json": "[]" })).toThrow("the vocabulary is");
    expect(() => parseXlmTokenizer({ ...good, "vocab.json": '{"a</w>": 0}' })).toThrowErrorMatchingInlineSnapshot(
      `[UnsupportedError: vocab.json: the vocabulary has no <unk>: it is XLM's token for what has no id. Fix: use the vocabulary of an XLM model, or add the token behind the others and a row to the model's embeddings]`,
    );
  });
});

describe("tokenizer.json", () => {
  const all = withTokens(
    ...codes.merges
      .flatMap(({ left, right }) => [left, right, left + right])
      .map((symbol) => (symbol.endsWith("</w>") ? symbol.slice(0, -4) : `${symbol}@@`))
      .filter((token, i, list) => list.indexOf(token) === i),
  );
  const json = formatTokenizerJson(codes, all);
  type Json = Record<string, unknown> & { model: Record<string, unknown> };
  const changed = (change: (file: Json) => void): string => {
    const file = JSON.parse(json) as Json;
    change(file);
    return JSON.stringify(file);
  };

  it("comes back as it was", () => {
    const read = parseTokenizerJson(json);
    expect(read.vocab.tokens).toEqual(all.tokens);
    expect(read.codes.merges.map(({ left, right }) => [left, right])).toEqual(
      codes.merges.map(({ left, right }) => [left, right]),
    );
  });

  it("may have merges in one string each, as older versions wrote them", () => {
    const old = changed(({ model }) => (model["merges"] = ["e r</w>", "l o"]));
    expect(parseTokenizerJson(old).codes.merges).toEqual([merge("e", "r</w>"), merge("l", "o")]);
  });

  it("needs ids for all symbols of merges, which can be added behind the others", () => {
    expect(() => formatTokenizerJson(codes, vocab)).toThrowErrorMatchingInlineSnapshot(
      `[MismatchError: the merges have 12 symbols, and 6 of them no id, such as "r</w>", "l", "o": the tokenizers library refuses such merges. Fix: set missing: "add", which gives them ids behind the others; or write the files of XLMTokenizer, which has no such rule]`,
    );
    const added = formatTokenizerJson(codes, vocab, { missing: "add" });
    expect(parseTokenizerJson(added).vocab.size).toBeGreaterThan(vocab.size);
    expect(parseTokenizerJson(added, { vocabSize: vocab.size }).vocab.tokens).toEqual(vocab.tokens);
    expect(() => formatTokenizerJson(codes, { tokens: ["a"] }, { missing: "add" })).toThrowErrorMatchingInlineSnapshot(
      `[MismatchError: the vocabulary has no <s>: the file names it as the mark of texts or of what has no id. Fix: pass a whole vocabulary, special tokens included]`,
    );
  });

  it("names what it does not support", () => {
    const model = (key: string, value: unknown) => changed((file) => (file.model[key] = value));
    const top = (key: string, value: unknown) => changed((file) => (file[key] = value));
    const messages = [
      model("type", "WordPiece"),
      model("continuing_subword_prefix", "##"),
      model("end_of_word_suffix", null),
      model("unk_token", null),
      model("dropout", 0.1),
      model("fuse_unk", true),
      model("byte_fallback", true),
      model("ignore_merges", true),
      top("normalizer", { type: "Lowercase" }),
      top("pre_tokenizer", { type: "ByteLevel" }),
      top("pre_tokenizer", null),
      top("added_tokens", [{ id: 0, content: "[CLS]" }]),
    ].map((file) => {
      try {
        parseTokenizerJson(file, { file: "t.json" });
        return "read";
      } catch (error) {
        return `${(error as XlmError).code} ${(error as XlmError).what}`;
      }
    });
    expect(messages).toMatchInlineSnapshot(`
      [
        "XLM_UNSUPPORTED model.type is "WordPiece"",
        "XLM_UNSUPPORTED model.continuing_subword_prefix is "##"",
        "XLM_UNSUPPORTED model.end_of_word_suffix is null",
        "XLM_UNSUPPORTED model.unk_token is null",
        "XLM_UNSUPPORTED model.dropout is 0.1",
        "XLM_UNSUPPORTED model.fuse_unk is true",
        "XLM_UNSUPPORTED model.byte_fallback is true",
        "XLM_UNSUPPORTED model.ignore_merges is true",
        "XLM_UNSUPPORTED normalizer is {"type":"Lowercase"}",
        "XLM_UNSUPPORTED pre_tokenizer.type is "ByteLevel"",
        "XLM_UNSUPPORTED pre_tokenizer.type is null",
        "XLM_UNSUPPORTED "[CLS]" is an added token",
      ]
    `);
  });

  it("is checked", () => {
    expect(() => parseTokenizerJson("null")).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: tokenizer.json: there is no model in it: that is how Hugging Face's tokenizers writes a tokenizer. Fix: save it again with tokenizer.save(path)]`,
    );
    expect(() => parseTokenizerJson("{}", { file: "t.json" })).toThrow("t.json: there is no model");
    for (const merges of [undefined, "a b", ["a b c"], [["a"]], [["a", 1]], [7], [["", "a"]], [["a b", "c"]]]) {
      expect(() => parseTokenizerJson(changed(({ model }) => (model["merges"] = merges)))).toThrow();
    }
    expect(() => parseTokenizerJson(changed((file) => (file["added_tokens"] = {})))).toThrow("added_tokens is no list");
    expect(() => parseTokenizerJson(changed((file) => (file["added_tokens"] = [7])))).toThrow("no content or id");
    expect(() => parseTokenizerJson(changed((file) => (file["added_tokens"] = [{ id: 1, content: "<s>" }])))).toThrow(
      "<s> has the id 1 among added tokens and another in the vocabulary",
    );
    expect(() => parseTokenizerJson(json, { vocabSize: 1e6 })).toThrow("vocabSize is 1000000");
  });
});
