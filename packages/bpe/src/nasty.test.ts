import { describe, expect, it } from "vitest";
import { countWords, createBpe, createWordCounter, formatVocab, learnBpe, parseCodes, parseVocab } from "./index.js";

const engines = ["wasm", "js"] as const;
const codes = parseCodes("a b 3\nab c</w> 2\n");

describe.each(engines)("odd text, %s", (engine) => {
  const bpe = createBpe(codes, { engine });

  it("NUL and CR are parts of words", () => {
    expect(countWords("a\0b a\r\nb\rc\n", { engine })).toEqual(
      new Map([
        ["a\0b", 1],
        ["a\r", 1],
        ["b\rc", 1],
      ]),
    );
    expect(bpe.applyText("a\0b abc\r\n")).toBe("a\0b ab@@ c@@ \r\n");
  });

  it("bytes that are not UTF-8 pass, as lone surrogates in strings", () => {
    const text = Uint8Array.of(0x61, 0x62, 0xff, 0x20, 0x80, 0x0a);
    expect(bpe.applyText(text)).toEqual(Uint8Array.of(0x61, 0x62, 0x40, 0x40, 0x20, 0xff, 0x20, 0x80, 0x0a));
    expect(countWords(text, { engine })).toEqual(
      new Map([
        ["ab\udcff", 1],
        ["\udc80", 1],
      ]),
    );
  });

  it("a string with half a character is refused", () => {
    expect(() => bpe.applyText("a \ud83d b")).toThrow(/U\+D83D/);
    expect(() => createWordCounter({ engine }).push("\udfff")).toThrow(/U\+DFFF/);
  });

  it("a word of 10 MB", () => {
    const word = new Uint8Array(10_000_000).fill(0x61);
    for (let i = 1; i < word.length; i += 3) word[i] = 0x62;
    word[word.length - 1] = 0x63;
    const coded = bpe.applyText(word);
    expect(Buffer.from(coded).toString("latin1").replaceAll("@@ ", "") === Buffer.from(word).toString("latin1")).toBe(
      true,
    );
    const counter = createWordCounter({ engine });
    for (let at = 0; at < word.length; at += 1 << 20) counter.push(word.subarray(at, at + (1 << 20)));
    counter.endText();
    counter.push("b ");
    const lines = Buffer.concat([...counter.vocab()].map((piece) => Buffer.from(piece)));
    expect(lines.length).toBe(word.length + " 1\n".length + "b 1\n".length);
  });
});

describe("codes that cannot be used are refused with their line", () => {
  it.each<[string, string, RegExp]>([
    ["two fields", "a b 3\nc d\n", /line 2: the line is "c d"/],
    ["four fields", "a b 3\nc d e 2\n", /line 2: the line is "c d e 2"/],
    ["an empty line", "a b 3\n\nc d 2\n", /line 2: the line is ""/],
    ["a pair twice", "a b 3\nc d 2\na b 1\n", /line 3: the pair "a b" stands on line 1 already/],
    ["a result twice", "ab c 3\na bc 1\n", /line 2: "a bc" and "ab c" of line 1 make the same symbol/],
    ["a count that is none", "a b many\n", /line 1/],
    ["nothing at all", "", /the file is empty/],
  ])("%s", (_, file, message) => {
    expect(() => parseCodes(file)).toThrow(message);
    for (const engine of engines) expect(() => createBpe(file, { engine })).toThrow(message);
  });
});

describe("vocabularies that cannot be used are refused with their line", () => {
  it.each<[string, string, RegExp]>([
    ["a word with a space", "ab 3\na b 2\n", /line 2: the line is "a b 2"/],
    ["no count", "ab\n", /line 1: the line is "ab"/],
    ["a count that is none", "ab 3x\n", /line 1/],
    ["an empty line", "ab 3\n\n", /line 2/],
    ["a word twice", "ab 3\nc 2\nab 1\n", /line 3: "ab" stands on line 1 already/],
    ["nothing at all", "", /the file is empty/],
  ])("%s", (_, vocab, message) => {
    expect(() => parseVocab(vocab)).toThrow(message);
    for (const engine of engines) expect(() => createBpe(codes, { vocab, engine })).toThrow(message);
  });

  it("words of other spaces and of none at all are words", () => {
    const counts = countWords("\u00a0 \u3000 \t a\u00a0b\n");
    expect(parseVocab(formatVocab(counts))).toEqual(new Map([...counts].sort()));
    expect(learnBpe(counts, 1).merges).toHaveLength(1);
  });
});
