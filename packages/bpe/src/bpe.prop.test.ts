import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { engines } from "../test/compare.js";
import { slowEncode, slowLearn } from "../test/oracle.js";
import { toBytes, toText } from "./bytes.js";
import {
  type BpeCodes,
  countVocab,
  countWords,
  createBpe,
  createWordCounter,
  formatCodes,
  formatVocab,
  learnBpe,
  parseCodes,
  parseVocab,
  restoreBpe,
} from "./index.js";

// Few characters, so that pairs repeat and tie; some of two and four bytes; and those that the format uses itself.
const plain = fc.constantFrom("a", "b", "c", "é", "😀");
const awkward = fc.constantFrom("a", "b", "@", "<", "/", "w", ">", "\t", "\u00a0", "\udc80", "\udcc3", "\0");
const wordOf = (unit: fc.Arbitrary<string>) => fc.string({ unit, minLength: 1, maxLength: 7 });
const word = wordOf(plain);
/** Stray bytes next to each other may make up a character: as bytes they are the same, the string is the usual one. */
const anyWord = fc.oneof(
  word,
  wordOf(awkward).map((part) => toText(toBytes(part))),
);
const separator = fc.constantFrom(" ", " ", "\n", "  ", " \n\n");

const textOf = (words: fc.Arbitrary<string>) =>
  fc
    .array(fc.tuple(words, separator), { maxLength: 40 })
    .chain((pairs) => fc.constantFrom(pairs.flat().join(""), pairs.flat().slice(0, -1).join("")));
const text = textOf(word);
const anyText = textOf(anyWord);

const learn = (corpus: string, nMerges: number): BpeCodes =>
  corpus.trim() === "" ? { merges: [] } : learnBpe(countWords(corpus), nMerges);
const codes = fc.tuple(anyText, fc.nat(30)).map(([corpus, n]) => learn(corpus, n));
const wordsOf = (content: string): string[] => content.split(/[ \n]+/).filter((part) => part !== "");

/** Text whose words do not end in `@@`, the one thing that decoding cannot tell from a mark of its own. */
const decodable = anyText.filter((content) => wordsOf(content).every((part) => !part.endsWith("@@")));

describe.each(engines)("laws of coding, %s", (engine) => {
  it("decoding undoes encoding, and separators stay", () => {
    fc.assert(
      fc.property(decodable, codes, (content, known) => {
        expect(restoreBpe(createBpe(known, { engine }).applyText(content))).toBe(content);
      }),
    );
  });

  it("decoding undoes encoding under any vocabulary", () => {
    fc.assert(
      fc.property(decodable, codes, fc.array(anyWord), (content, known, pieces) => {
        const vocab = new Map(pieces.flatMap((piece) => [piece, `${piece}@@`]).map((piece) => [piece, 1]));
        expect(restoreBpe(createBpe(known, { vocab, engine }).applyText(content))).toBe(content);
      }),
    );
  });

  it("words encode independently", () => {
    fc.assert(
      fc.property(anyText, codes, (content, known) => {
        const separately = content.replace(/[^ \n]+/g, (part) =>
          createBpe(known, { engine }).encodeWord(part).join(" "),
        );
        expect(createBpe(known, { engine }).applyText(content)).toBe(separately);
      }),
    );
  });

  it("a line is its words with one space between them", () => {
    fc.assert(
      fc.property(anyText, codes, (content, known) => {
        const bpe = createBpe(known, { engine });
        const coded = bpe.applyLine(content.replaceAll("\n", "  "));
        expect(coded).toBe(
          wordsOf(content)
            .map((part) => bpe.encodeWord(part).join(" "))
            .join(" "),
        );
      }),
    );
  });

  it("more merges never give more tokens", () => {
    fc.assert(
      fc.property(text, word, fc.nat(30), fc.nat(30), (corpus, part, a, b) => {
        const all = learn(corpus, 30).merges;
        const tokens = (n: number): number =>
          createBpe({ merges: all.slice(0, n) }, { engine }).encodeWord(part).length;
        expect(tokens(Math.max(a, b))).toBeLessThanOrEqual(tokens(Math.min(a, b)));
      }),
    );
  });

  it("with a vocabulary, every subword is in it or cannot be split", () => {
    fc.assert(
      fc.property(text, codes, word, fc.nat(), (content, known, part, seed) => {
        const seen = [...countVocab(createBpe(known, { engine }).applyText(content))];
        const vocab = new Map(seen.filter((_, i) => (i * 7 + seed) % 3 !== 0));
        fc.pre(vocab.size > 0);
        for (const piece of createBpe(known, { vocab, engine }).encodeWord(part)) {
          expect(vocab.has(piece) || [...piece.replace(/@@$/, "")].length === 1).toBe(true);
        }
      }),
    );
  });

  it("pieces of a text and the size of the cache change nothing", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.array(fc.nat(200), { maxLength: 5 }),
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom("keep" as const, "drop" as const),
        (bytes, cuts, cacheSize, lastWord) => {
          const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
          const pieces = places.slice(1).map((end, i) => bytes.subarray(places[i], end));
          const known = bytes.some((byte) => byte !== 0x20 && byte !== 0x0a)
            ? learnBpe(countWords(bytes), 10)
            : { merges: [] };

          const stream = createBpe(known, { cacheSize, engine }).createTextStream({ lastWord });
          const coded = [...pieces.map((piece) => stream.push(piece)), stream.end()];
          expect(Buffer.concat(coded)).toEqual(
            Buffer.from(createBpe(known, { engine }).applyText(bytes, { lastWord })),
          );

          const counter = createWordCounter({ lastWord, engine });
          for (const piece of pieces) counter.push(piece);
          counter.endText();
          expect([...counter.counts()]).toEqual([...countWords(bytes, { lastWord, engine })]);
        },
      ),
    );
  });

  it("agrees with the definition, whatever the order of the codes and the vocabulary", () => {
    const shuffled = fc
      .tuple(text, fc.nat(30))
      .chain(([corpus, n]) => fc.shuffledSubarray([...learn(corpus, n).merges]));
    const pieces = fc.array(fc.tuple(word, fc.boolean()).map(([part, inner]) => (inner ? `${part}@@` : part)));
    fc.assert(
      fc.property(shuffled, word, pieces, (merges, part, known) => {
        expect(createBpe({ merges }, { engine }).encodeWord(part)).toEqual(slowEncode(part, merges));
        fc.pre(known.length > 0);
        const vocab = new Map(known.map((piece) => [piece, 1]));
        expect(createBpe({ merges }, { vocab, engine }).encodeWord(part)).toEqual(slowEncode(part, merges, vocab));
      }),
      { numRuns: 300 },
    );
  });
});

describe("laws of learning", () => {
  const counts = fc.array(fc.tuple(word, fc.integer({ min: 1, max: 4 })), { minLength: 1, maxLength: 25 });

  it("agrees with counting all pairs afresh for every merge", () => {
    fc.assert(
      fc.property(counts, fc.nat(40), (entries, n) => {
        const words = new Map(entries);
        const expected = slowLearn(words, n);
        expect(learnBpe(words, n)).toEqual({ merges: expected, exhausted: expected.length < n });
      }),
      { numRuns: 300 },
    );
  });

  it("agrees with it on runs of one character, whose pairs overlap", () => {
    fc.assert(
      fc.property(fc.array(wordOf(fc.constantFrom("a", "a", "a", "b")), { minLength: 1 }), fc.nat(20), (list, n) => {
        const words = countWords(list.join(" "));
        expect(learnBpe(words, n).merges).toEqual(slowLearn(words, n));
      }),
    );
  });

  it("learned codes parse back to themselves", () => {
    fc.assert(
      fc.property(codes, ({ merges }) => {
        fc.pre(merges.length > 0);
        expect(parseCodes(formatCodes({ merges })).merges).toEqual(merges);
      }),
    );
  });

  it("counts and codes do not depend on the order of the lines", () => {
    const lines = fc.array(
      fc.array(anyWord, { minLength: 1, maxLength: 5 }).map((line) => line.join(" ")),
      { minLength: 1 },
    );
    const both = lines.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(both, fc.nat(20), ([list, shuffled], n) => {
        const [a, b] = [list, shuffled].map((all) => all.join("\n"));
        expect(formatVocab(countVocab(b!))).toEqual(formatVocab(countVocab(a!)));
        expect(learnBpe(countWords(b!), n)).toEqual(learnBpe(countWords(a!), n));
      }),
    );
  });

  it("fewer merges are the first of more merges", () => {
    fc.assert(
      fc.property(counts, fc.nat(15), fc.nat(15), (entries, a, b) => {
        const words = new Map(entries);
        expect(learnBpe(words, a).merges).toEqual(learnBpe(words, a + b).merges.slice(0, a));
      }),
    );
  });
});

describe("laws of texts and vocabularies", () => {
  it("bytes survive being a string", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(toBytes(toText(bytes))).toEqual(bytes);
      }),
    );
  });

  it("strings survive being bytes, and agree with the platform on valid text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 100 }), (content) => {
        expect(toBytes(content)).toEqual(new TextEncoder().encode(content));
        expect(toText(toBytes(content))).toBe(content);
      }),
    );
  });

  it("a vocabulary is sorted by count, then bytes, and adds up to all words", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const vocab = [...countVocab(bytes)];
        for (const [i, [next, count]] of vocab.entries()) {
          const [before, more] = vocab[i - 1] ?? ["", Infinity];
          expect(more > count || Buffer.compare(toBytes(before), toBytes(next)) < 0).toBe(true);
        }
        const total = vocab.reduce((sum, [, count]) => sum + count, 0);
        expect(total).toBe(wordsOf(Buffer.from(bytes).toString("latin1")).length);
      }),
    );
  });

  it("a vocabulary parses back to itself", () => {
    fc.assert(
      fc.property(
        anyText.filter((content) => content.trim() !== ""),
        (content) => {
          const vocab = countVocab(content);
          fc.pre(vocab.size > 0);
          expect([...parseVocab(formatVocab(vocab))]).toEqual([...vocab]);
        },
      ),
    );
  });
});
