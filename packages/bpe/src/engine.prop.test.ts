import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countWords, createBpe, createWordCounter, formatCodes, learnBpe, type EngineName } from "./index.js";

/** Bytes in which words repeat and characters are broken; some words are longer than one and two vectors. */
const unit = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("a", "b", "ab", "é", "😀") },
  {
    weight: 2,
    arbitrary: fc.constantFrom("@", "</w>", "<", "\0", "\t", "\r", "aaaaaaaaaaaaaaa", "abababababababababababab"),
  },
  { weight: 1, arbitrary: fc.constantFrom("\x80", "\xc3", "\xe5\x8c", "\xff").map((bytes) => `!${bytes}`) },
  { weight: 4, arbitrary: fc.constantFrom(" ", "\n", "  ", " \n") },
);
const toBuffer = (part: string): Buffer => Buffer.from(part.replace("!", ""), part.startsWith("!") ? "latin1" : "utf8");
const text = fc.array(unit, { maxLength: 150 }).map((parts) => new Uint8Array(Buffer.concat(parts.map(toBuffer))));
const cuts = fc.array(fc.nat(400), { maxLength: 6 });

function pieces(bytes: Uint8Array, at: readonly number[]): Uint8Array[] {
  const ends = [...at.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
  return ends.map((end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1], end));
}

/** A codes file, learned on one text, in the learner's order or another. */
const codesFile = fc.tuple(text, fc.nat(40), fc.boolean()).chain(([corpus, n, shuffle]) => {
  const words = countWords(corpus);
  const merges = words.size === 0 ? [] : [...learnBpe(words, n).merges];
  const order = shuffle ? fc.shuffledSubarray(merges, { minLength: merges.length }) : fc.constant(merges);
  return order.map((list) => (list.length === 0 ? new TextEncoder().encode("a b 1\n") : formatCodes({ merges: list })));
});

/** The message of what a call throws, or its result. */
function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return (error as Error).message;
  }
}

describe("both engines", () => {
  it("count the same, whatever the pieces", () => {
    fc.assert(
      fc.property(text, cuts, fc.integer({ min: 1, max: 2 ** 33 }), (bytes, at, times) => {
        const count = (engine: EngineName, parts: readonly Uint8Array[]) => {
          const counter = createWordCounter({ engine });
          for (const part of parts) counter.push(part, times);
          counter.endText();
          return counter;
        };
        const wasm = count("wasm", pieces(bytes, at));
        const js = count("js", [bytes]);
        expect([...wasm.counts()]).toEqual([...js.counts()]);
        expect(wasm.dump()).toEqual(js.dump());
        const file = (pieces: Iterable<Uint8Array>) =>
          Array.from(pieces, (piece) => Buffer.from(piece).toString("latin1"));
        expect(file(wasm.vocab())).toEqual(file(js.vocab()));
      }),
    );
  });

  it("take in what the other one has counted", () => {
    fc.assert(
      fc.property(text, text, fc.constantFrom<EngineName>("wasm", "js"), (first, second, engine) => {
        const counter = createWordCounter({ engine });
        const other = createWordCounter({ engine: engine === "js" ? "wasm" : "js" });
        for (const [to, bytes] of [
          [counter, first],
          [other, second],
        ] as const) {
          to.push(bytes);
          to.endText();
        }
        counter.add(other.dump());
        expect([...counter.counts()]).toEqual([...countWords([first, second], { engine: "js" })]);
      }),
    );
  });

  it("code the same, whatever the codes, the vocabulary, the pieces and the size of the cache", () => {
    fc.assert(
      fc.property(
        codesFile,
        fc.option(fc.uniqueArray(unit.filter((part) => !/[ \n!]/.test(part))), { nil: undefined }),
        text,
        cuts,
        fc.integer({ min: 1, max: 300 }),
        (codes, known, bytes, at, cacheSize) => {
          const lines = known
            ?.flatMap((word) => [`${word} 1\n`, ...(word.endsWith("@") ? [] : [`${word}@@ 1\n`])])
            .join("");
          const options = lines ? { vocab: lines } : {};
          const js = createBpe(codes, { ...options, engine: "js" });
          const wasm = createBpe(codes, { ...options, engine: "wasm", cacheSize });
          for (const make of ["createTextStream", "createLineStream"] as const) {
            const [whole, parts] = [js[make](), wasm[make]()];
            const expected = Buffer.concat([whole.push(bytes), whole.end()]);
            const actual = Buffer.concat([...pieces(bytes, at).map((piece) => parts.push(piece)), parts.end()]);
            expect(actual.toString("latin1")).toBe(expected.toString("latin1"));
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it("code as their parsed files do", () => {
    fc.assert(
      fc.property(codesFile, text, fc.constantFrom<EngineName>("wasm", "js"), (codes, bytes, engine) => {
        const merges = Buffer.from(codes).toString("latin1").split("\n").slice(0, -1);
        const parsed = merges.map((line) => line.split(" ").map((part) => createTextOf(part)));
        const bpe = createBpe(
          { merges: parsed.map(([left, right]) => ({ left: left!, right: right!, count: 1 })) },
          { engine },
        );
        expect(bpe.applyText(bytes)).toEqual(createBpe(codes, { engine }).applyText(bytes));
      }),
      { numRuns: 50 },
    );
  });

  it("refuse the same files with the same words", () => {
    const field = fc.constantFrom("a", "b", "ab", "é", "1", "-2", "+3", "0x1", "a</w>", "\r", "\0", "");
    const line = fc.oneof(
      { weight: 3, arbitrary: fc.tuple(field, field, fc.constantFrom("1", "-1", "12\r")).map((all) => all.join(" ")) },
      { weight: 2, arbitrary: fc.tuple(field, fc.constantFrom("1", "+1", "x")).map((all) => all.join(" ")) },
      { weight: 1, arbitrary: fc.array(field, { maxLength: 5 }).map((all) => all.join(" ")) },
    );
    const file = fc.array(line, { maxLength: 4 }).map((all) => all.join("\n"));
    fc.assert(
      fc.property(file, fc.option(file, { nil: undefined }), fc.boolean(), (codes, vocab, good) => {
        const read = (engine: EngineName) =>
          outcome(() =>
            createBpe(good ? "a b 1\n" : codes, vocab === undefined ? { engine } : { engine, vocab }).applyText(
              "ab aéb",
            ),
          );
        expect(read("wasm")).toEqual(read("js"));
      }),
      { numRuns: 300 },
    );
  });
});

/** A string of bytes that are held one a character. */
const createTextOf = (binary: string): string =>
  [...countWords(new Uint8Array(Buffer.from(binary, "latin1"))).keys()][0]!;
