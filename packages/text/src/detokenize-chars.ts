import { type CharClasses, maskOf, OTHER } from "./classes.js";

/** White space as Perl's `\s` has it: with U+0085, and without U+FEFF, which is white space to JavaScript. */
export const WHITE = "\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

const CJK = [
  [0x1100, 0x11ff], // Hangul Jamo
  [0x2e80, 0xa4cf], // radicals, kana, Bopomofo, ideographs, Yi
  [0xa840, 0xa87f], // Phags-pa
  [0xac00, 0xd7af], // Hangul syllables
  [0xf900, 0xfaff], // compatibility ideographs
  [0xfe30, 0xfe4f], // compatibility forms
  [0xff65, 0xffdc], // half-width Katakana and Hangul
  [0x20000, 0x2ffff],
] as const;

export const isCjk = (char: string): boolean => {
  const code = char.codePointAt(0) ?? 0;
  return code >= 0x1100 && CJK.some(([first, last]) => code >= first && code <= last);
};

/** The character a word begins with; an empty string for an empty word. */
export const firstChar = (word: string): string => (word === "" ? "" : String.fromCodePoint(word.codePointAt(0)!));

/** The character a word ends in; an empty string for an empty word. */
export function lastChar(word: string): string {
  const pair = word.slice(-2);
  return (pair.codePointAt(0) ?? 0) > 0xffff ? pair : word.slice(-1);
}

/** Whether a character has one of `bits`, by the tables of Unicode 14.0. */
export const isOf = (classes: CharClasses, char: string, bits: number): boolean =>
  char !== "" && (maskOf(classes, char.codePointAt(0)!) & bits) !== 0;

/** `[[:punct:]]`: the engine's, less what Unicode 14.0 had not assigned. */
export const isPunctuation = (classes: CharClasses, char: string): boolean =>
  /[\p{P}$+<=>^`|~]/u.test(char) && !isOf(classes, char, OTHER);
