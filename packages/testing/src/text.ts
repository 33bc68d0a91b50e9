import fc from "fast-check";

/** Letters by script: first and last code points of ranges. Combining marks, right-to-left and astral letters are among them. */
const RANGES = {
  latin: [
    [0x61, 0x7a],
    [0xe0, 0xf6],
  ],
  greek: [[0x3b1, 0x3c9]],
  cyrillic: [[0x430, 0x44f]],
  hebrew: [[0x5d0, 0x5ea]],
  arabic: [[0x627, 0x63a]],
  devanagari: [
    [0x915, 0x939],
    [0x93e, 0x94d],
  ],
  thai: [[0xe01, 0xe3a]],
  han: [[0x4e00, 0x4e80]],
  kana: [[0x3042, 0x3093]],
  hangul: [[0xac00, 0xac80]],
  gothic: [[0x10330, 0x1034a]],
  emoji: [[0x1f600, 0x1f64f]],
} as const;

export type Script = keyof typeof RANGES;

export interface TextOptions {
  /** Scripts the words are in; each word keeps to one. @default all twelve */
  scripts?: readonly Script[];
  /** Most letters of a word. @default 8 */
  maxLetters?: number;
  /** Most words of a sentence. @default 8 */
  maxWords?: number;
  /** Most sentences of a corpus. @default 12 */
  maxSentences?: number;
}

/** Words of letters of one script, without white space and without `@`. */
export function arbitraryWord(options: TextOptions = {}): fc.Arbitrary<string> {
  const { scripts = Object.keys(RANGES) as Script[], maxLetters = 8 } = options;
  const words = scripts.map((script) => {
    const letters = RANGES[script].map(([first, last]) => fc.integer({ min: first, max: last }));
    const letter = fc.oneof(...letters).map((codePoint) => String.fromCodePoint(codePoint));
    return fc.string({ unit: letter, minLength: 1, maxLength: maxLetters });
  });
  return fc.oneof(...words);
}

/** Sentences of one word or more with single spaces between them. */
export function arbitrarySentence(options: TextOptions = {}): fc.Arbitrary<string> {
  const { maxWords = 8 } = options;
  return fc.array(arbitraryWord(options), { minLength: 1, maxLength: maxWords }).map((words) => words.join(" "));
}

/** Sentences over a small set of words, so that words repeat as they do in real text. */
export function arbitraryCorpus(options: TextOptions = {}): fc.Arbitrary<string[]> {
  const { maxWords = 8, maxSentences = 12 } = options;
  return fc.array(arbitraryWord(options), { minLength: 1, maxLength: 12 }).chain((words) =>
    fc.array(
      fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: maxWords }).map((chosen) => chosen.join(" ")),
      { minLength: 1, maxLength: maxSentences },
    ),
  );
}
