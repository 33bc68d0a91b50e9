import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAligner } from "./offsets.js";

const align = createAligner();
const letter = fc.constantFrom(..."abcdeéÀŠñßσς가漢字😀𝒜1７,.-'\"");
const anything = fc.string({ unit: "binary", maxLength: 60 });

/** Characters of a text and what a normaliser makes of each. */
type Change = readonly [from: string, to: string];

const plain = (text: string): string => text.normalize("NFD").replace(/\p{M}/gu, "");
/** Changes that leave the same letters: case, accents, width, spaces. */
const sameLetter = letter.chain((from): fc.Arbitrary<Change> =>
  fc
    .constantFrom(
      from,
      from.toLowerCase(),
      from.toUpperCase(),
      plain(from),
      from.normalize("NFKC"),
      from.normalize("NFD"),
    )
    .chain((to) => fc.constantFrom(to, ` ${to}`, `${to} `, ` ${to}  `))
    .map((to) => [from, to] as const),
);
const space = fc.constantFrom<Change>([" ", " "], [" ", ""], ["\u00a0", " "], ["\t", ""]);
/** Changes that do not, from characters that no letter is, to characters that no letter is. */
const otherLetter = fc.constantFrom<Change>(
  ["«", "_"],
  ["&", "+_+"],
  ["¶", "_"],
  ["§", ""],
  ["😺", " _ "],
  ["×", "_ "],
);

/** The whole text and line, and for each unit of the line the place it is known to have come from. */
function play(changes: readonly Change[]) {
  let text = "";
  let line = "";
  const truth: (readonly [start: number, end: number])[] = [];
  for (const [from, to] of changes) {
    for (let i = 0; i < to.length; i++) truth[line.length + i] = [text.length, text.length + from.length];
    text += from;
    line += to;
  }
  return { text, line, truth };
}

describe("laws of offsets", () => {
  it("places lie inside, cut no surrogate pair and never go back, whatever the line", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.tuple(anything, anything),
          fc.array(fc.oneof(sameLetter, otherLetter)).map((changes) => {
            const { text, line } = play(changes);
            return [text, line] as const;
          }),
        ),
        ([text, line]) => {
          const { starts, ends } = align(text, line);
          const isPlace = (at: number): boolean =>
            at >= 0 && at <= text.length && !(at > 0 && text.codePointAt(at - 1)! > 0xffff);
          expect([starts.length, ends.length]).toEqual([line.length, line.length]);
          for (let i = 0; i < line.length; i++) {
            expect(isPlace(starts[i]!) && isPlace(ends[i]!) && starts[i]! <= ends[i]!).toBe(true);
            if (i > 0) expect(starts[i]! >= starts[i - 1]! && ends[i]! >= ends[i - 1]!).toBe(true);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it("are exact where letters stay the same but for case, accents, width and spaces", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 4, arbitrary: sameLetter }, space), { maxLength: 60 }), (changes) => {
        const { text, line, truth } = play(changes);
        const { starts, ends } = align(text, line);
        for (let i = 0; i < line.length; i++) {
          if (line[i]!.trim() !== "") expect([i, starts[i], ends[i]]).toEqual([i, ...truth[i]!]);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("cover what a character came from, also where others are exchanged, added and dropped", () => {
    const change = fc.oneof({ weight: 6, arbitrary: sameLetter }, space, otherLetter);
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const { text, line, truth } = play(changes);
        const { starts, ends } = align(text, line);
        for (let i = 0; i < line.length; i++) {
          if (line[i]!.trim() === "") continue;
          const [start, end] = truth[i]!;
          expect([text, line, i, starts[i]! <= start && ends[i]! >= end]).toEqual([text, line, i, true]);
        }
      }),
      { numRuns: 300 },
    );
  });
});
