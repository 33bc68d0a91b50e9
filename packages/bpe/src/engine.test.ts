import { afterEach, describe, expect, it, vi } from "vitest";
import { engines } from "../test/compare.js";
import { countWords, createBpe, createWordCounter } from "./index.js";
import { createKernel, kernelModule } from "./wasm/kernel.js";

const codes = "l o 3\nlo w</w> 2\n";
const utf8 = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const joined = (pieces: Iterable<Uint8Array>): string => {
  let text = "";
  for (const piece of pieces) text += utf8(piece);
  return text;
};

describe("the engine", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  it("is WebAssembly where there is some, and can be chosen", () => {
    expect(createWordCounter().engine).toBe("wasm");
    expect(createWordCounter({ engine: "js" }).engine).toBe("js");
    expect(createBpe(codes).engine).toBe("wasm");
    expect(createBpe(codes, { engine: "js" }).engine).toBe("js");
  });

  it("is JavaScript where there is no WebAssembly", async () => {
    vi.resetModules();
    vi.stubGlobal("WebAssembly", undefined);
    const bare = await import("./index.js");
    expect(bare.createBpe(codes).engine).toBe("js");
    expect(bare.createBpe(codes).encodeWord("low")).toEqual(["low"]);
    expect(() => bare.createWordCounter({ engine: "wasm" })).toThrowErrorMatchingInlineSnapshot(
      `[UnsupportedError: the WebAssembly module cannot be compiled here: it needs SIMD, and a platform that compiles modules of its size at once. Fix: pass engine: "js", or leave it out]`,
    );
  });

  it("is one of two", () => {
    expect(() => createBpe(codes, { engine: "c" as "js" })).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: engine is "c": there are two engines. Fix: use "wasm" or "js", or leave it out]`,
    );
  });
});

describe.each(engines)("%s", (engine) => {
  it("counts past 2^32", () => {
    const counter = createWordCounter({ engine });
    counter.push("a b a ", 2 ** 40);
    counter.push("a");
    counter.endText();
    expect([...counter.counts()]).toEqual([
      ["a", 2 ** 41 + 1],
      ["b", 2 ** 40],
    ]);
    expect(joined(counter.vocab())).toBe("a 2199023255553\nb 1099511627776\n");
    expect(() => counter.push("a ", 0.5)).toThrowErrorMatchingInlineSnapshot(
      `[OptionError: times is 0.5: it must be a whole number of at least 1. Fix: give times such a value]`,
    );
  });

  it("adds the counts of others behind its own", () => {
    const [first, second] = ["b a\n", "c a\nd"].map((text) => {
      const counter = createWordCounter({ engine });
      counter.push(text);
      counter.endText();
      return counter;
    });
    first!.add(second!.dump());
    expect([...first!.counts()]).toEqual([
      ["b", 1],
      ["a", 2],
      ["c", 1],
      ["d", 1],
    ]);
    const dump = second!.dump();
    expect(dump.length).toBe(3 * 13);
    expect(() => first!.add(dump.subarray(1))).toThrowErrorMatchingInlineSnapshot(
      `[FormatError: the bytes from 0 on are no word with a count: only what dump() returned can be added. Fix: pass a dump whole and unchanged]`,
    );
    expect(() => first!.add(dump.subarray(0, 38))).toThrow("the bytes from 26 on");
    expect(first!.counts().size).toBe(4); // nothing was added
  });

  it("takes words of any length", () => {
    const long = "low".repeat(200_000);
    const text = `a ${long} b ${long}\n${long}lo c`;
    const counter = createWordCounter({ engine });
    counter.push(text);
    counter.endText();
    expect([...counter.counts()]).toEqual([
      ["a", 1],
      [long, 2],
      ["b", 1],
      [`${long}lo`, 1],
      ["c", 1],
    ]);
    expect(joined(counter.vocab())).toBe(`${long} 2\na 1\nb 1\nc 1\n${long}lo 1\n`);
    const copy = createWordCounter({ engine });
    copy.add(counter.dump());
    expect(copy.counts()).toEqual(counter.counts());

    const coded = `${"lo@@ w@@ ".repeat(199_999)}low`;
    expect(createBpe(codes, { engine }).applyText(text)).toBe(
      `a ${coded} b ${coded}\n${"lo@@ w@@ ".repeat(200_000)}l@@ o c`,
    );
  });

  it("keeps many words apart and in order", () => {
    const words = Array.from({ length: 30_000 }, (_, i) => `${"x".repeat(i % 40)}${i}`);
    const text = words.join(" ");
    const counts = countWords([text, text], { engine });
    expect([...counts.keys()].join(" ")).toBe(text);
    expect(new Set(counts.values())).toEqual(new Set([2]));
    const bpe = createBpe("x x 1\n", { engine });
    const slow = words.map((word) =>
      word
        .replaceAll("xx", "X")
        .replace(/.(?!$)/g, "$&@@ ")
        .replaceAll("X", "xx"),
    );
    expect(bpe.applyText(text)).toBe(slow.join(" "));
  });

  it("sorts words that begin alike, or differ in NULs at their ends", () => {
    const words = ["", "\0", "\0\0", "b", "b\0", "abcdefgh"].flatMap((end) => [
      `abcdefgh${end}`,
      `abcdefghabcdefg${end}`,
    ]);
    const counter = createWordCounter({ engine });
    counter.push(words.join(" ") + " ");
    for (let i = 0; i < 600; i++) counter.push(`${"y".repeat(i)}z `); // enough to be dealt out by bytes
    const sorted = [...counter.counts()].map(([word, count]) => ({ bytes: Buffer.from(word), count }));
    sorted.sort((a, b) => b.count - a.count || Buffer.compare(a.bytes, b.bytes));
    expect(joined(counter.vocab())).toBe(sorted.map(({ bytes, count }) => `${bytes.toString()} ${count}\n`).join(""));
  });

  it("goes on counting while its vocabulary is read", () => {
    const counter = createWordCounter({ engine });
    counter.push("a b a ");
    const pieces = counter.vocab()[Symbol.iterator]();
    expect(utf8((pieces.next() as IteratorYieldResult<Uint8Array>).value)).toBe("a 2\nb 1\n");
    counter.push(Array.from({ length: 20_000 }, (_, i) => `word${i} `).join(""));
    expect(pieces.next().done).toBe(true);
    expect(counter.counts().size).toBe(20_002);
    expect([...counter.counts()].at(-1)).toEqual(["word19999", 1]);
  });

  it("codes lines that arrive in pieces", () => {
    const stream = createBpe(codes, { engine }).createLineStream();
    const pieces = ["  low lo", "w  \n\n", " ", "low", "\nlow", " "].map((piece) => utf8(stream.push(piece)));
    expect(pieces).toEqual(["low", " low\n\n", "", "", "low\n", "low"]);
    expect(utf8(stream.end())).toBe("\n");
    expect(utf8(stream.push("low")) + utf8(stream.end())).toBe("low\n");
    expect(utf8(stream.end())).toBe("");
  });

  it("takes codes and vocabularies as files, and names them in errors", () => {
    expect(createBpe(codes, { engine, vocab: "lo@@ 1\n" }).encodeWord("low")).toEqual(["lo@@", "w"]);
    const names = { codes: "my.codes", vocab: "my.vocab" };
    expect(() => createBpe("l o 1\nl o\n", { engine, names })).toThrow("my.codes, line 2: the line is");
    expect(() => createBpe("", { engine, names })).toThrow("my.codes: the file is empty");
    expect(() => createBpe(codes, { engine, names, vocab: "a 1\nb x\n" })).toThrow("my.vocab, line 2: the line is");
    expect(() => createBpe(codes, { engine, names, vocab: "" })).toThrow("my.vocab: the file is empty");
  });
});

it("a WebAssembly memory that is full says what to do", () => {
  const kernel = createKernel(kernelModule()!);
  expect(() => kernel.exports.allocate(2 ** 33)).toThrowErrorMatchingInlineSnapshot(
    `[MemoryError: 8.0 GB of WebAssembly memory cannot be had: one memory ends at 4 GB, or earlier where the system has less. Fix: pass engine: "js", whose memory is only limited by the system]`,
  );
});
