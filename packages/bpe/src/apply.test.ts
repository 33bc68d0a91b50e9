import { describe, expect, it } from "vitest";
import { createBpe, parseCodes, restoreBpe } from "./index.js";

// l o w e r: `lo`, then `low` at the end of a word, then `er` at the end of a word.
const codes = parseCodes("l o 3\nlo w</w> 2\ne r</w> 1\n");
const bpe = createBpe(codes);

describe("encodeWord", () => {
  it("merges the pair of lowest rank first", () => {
    expect(bpe.encodeWord("low")).toEqual(["low"]);
    expect(bpe.encodeWord("lower")).toEqual(["lo@@", "w@@", "er"]);
    expect(createBpe(parseCodes("b c</w> 1\na b 1\n")).encodeWord("abc")).toEqual(["a@@", "bc"]);
  });

  it("merges all occurrences of a pair before the next pair, from left to right", () => {
    expect(createBpe(parseCodes("a a 1\n")).encodeWord("aaaab")).toEqual(["aa@@", "aa@@", "b"]);
    expect(createBpe(parseCodes("a a 1\n")).encodeWord("aaab")).toEqual(["aa@@", "a@@", "b"]);
    // `ab c` outranks `a b` but has to wait until both `a b` are merged.
    expect(createBpe(parseCodes("ab c 1\na b 1\n")).encodeWord("abcabx")).toEqual(["abc@@", "ab@@", "x"]);
  });

  it("splits into characters what no code knows", () => {
    expect(bpe.encodeWord("aé😀")).toEqual(["a@@", "é@@", "😀"]);
    expect(createBpe({ merges: [] }).encodeWord("low")).toEqual(["l@@", "o@@", "w"]);
    expect(bpe.encodeWord("")).toEqual([]);
  });

  it("takes a word, and a word only", () => {
    expect(() => bpe.encodeWord("low lower")).toThrowErrorMatchingInlineSnapshot(
      `[DataError: the word holds a space or newline: that is where it would end. Fix: call it once a word, or use applyLine]`,
    );
  });

  it("codes a very long word in time that grows with its length", () => {
    const word = "lo".repeat(100_000);
    expect(bpe.encodeWord(word).length).toBe(100_001); // the last o ends the word, so the last l and o stay apart
  });
});

describe("a vocabulary", () => {
  it("takes apart what it does not hold, merge by merge", () => {
    const limited = (...pieces: string[]) => createBpe(codes, { vocab: new Map(pieces.map((piece) => [piece, 1])) });
    expect(limited("low").encodeWord("low")).toEqual(["low"]);
    expect(limited("lo@@", "w").encodeWord("low")).toEqual(["lo@@", "w"]);
    expect(limited("er").encodeWord("lower")).toEqual(["l@@", "o@@", "w@@", "er"]);
  });

  it("lets characters through that it does not hold", () => {
    expect(createBpe(codes, { vocab: new Map([["x", 1]]) }).encodeWord("low")).toEqual(["l@@", "o@@", "w"]);
  });

  it("is none when empty", () => {
    expect(createBpe(codes, { vocab: new Map() }).encodeWord("low")).toEqual(["low"]);
  });
});

describe("applyText", () => {
  it("leaves separators as they are", () => {
    expect(bpe.applyText("  low\n\nlower  low \n")).toBe("  low\n\nlo@@ w@@ er  low \n");
    expect(bpe.applyText("")).toBe("");
  });

  it("keeps a last word that nothing ends, unless told to drop it as fastBPE does", () => {
    expect(bpe.applyText("low lower")).toBe("low lo@@ w@@ er");
    expect(bpe.applyText("low lower", { lastWord: "drop" })).toBe("low ");
  });

  it("gives bytes for bytes", () => {
    const bytes = Uint8Array.of(0x6c, 0x6f, 0xff, 0x20, 0x0a);
    expect(Buffer.from(bpe.applyText(bytes)).toString("latin1")).toBe("lo@@ \xff \n");
    expect(bytes).toEqual(Uint8Array.of(0x6c, 0x6f, 0xff, 0x20, 0x0a));
  });

  it("works with any size of cache", () => {
    expect(() => createBpe(codes, { cacheSize: 0 })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: cacheSize is 0: it must be a whole number of at least 1. Fix: give cacheSize such a value]`,
    );
    const words = Array.from({ length: 5000 }, (_, i) => `lower${i}`).join(" ");
    expect(createBpe(codes, { cacheSize: 3 }).applyText(words)).toBe(createBpe(codes).applyText(words));
  });
});

describe("applyLine", () => {
  it("makes runs of spaces one", () => {
    expect(bpe.applyLine("  low   lower ")).toBe("low lo@@ w@@ er");
    expect(bpe.applyLine("   ")).toBe("");
    expect(bpe.applyLine("")).toBe("");
    expect(Buffer.from(bpe.applyLine(Buffer.from(" low"))).toString()).toBe("low");
  });

  it("takes a line, and a line only", () => {
    expect(() => bpe.applyLine("low\nlower")).toThrowErrorMatchingInlineSnapshot(
      `[DataError: the line holds a newline: that is where it would end. Fix: call it once a line, or applyText for a whole text]`,
    );
  });
});

describe("createTextStream", () => {
  it("writes words as soon as they are complete", () => {
    const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
    const stream = bpe.createTextStream();
    expect(["low lo", "w", "er\nlo"].map((piece) => text(stream.push(piece)))).toEqual(["low ", "", "lo@@ w@@ er\n"]);
    expect(text(stream.end())).toBe("l@@ o");
  });

  it("drops the last word if told to", () => {
    const stream = bpe.createTextStream({ lastWord: "drop" });
    expect(stream.push("low").length + stream.end().length).toBe(0);
  });
});

describe("restoreBpe", () => {
  it("joins subwords on every line", () => {
    expect(restoreBpe("lo@@ w@@ er low\nlo@@ w\n")).toBe("lower low\nlow\n");
  });

  it("removes a mark that was cut off from its word", () => {
    expect(restoreBpe("lo@@ w@@\nlo@@ ")).toBe("low\nlo");
    expect(restoreBpe("lo@@\u2028x")).toBe("lo@@\u2028x"); // only a newline ends a line
  });

  it("gives bytes for bytes", () => {
    expect([...restoreBpe(Uint8Array.of(0xff, 0x40, 0x40, 0x20, 0x61))]).toEqual([0xff, 0x61]);
  });
});
