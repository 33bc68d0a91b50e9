import { isSpace } from "@xlm/core";
import { charClasses, LOWER, MARK, OTHER, rangesOf, survey } from "./classes.js";

/**
 * Lower-cases a line, takes the accents off and the white space at its end (XLM `tools/lowercase_and_remove_accent.py`):
 * `É` becomes `e` and `й` becomes `и`, but `ø` and `ß` stay, and Hangul syllables end as the letters they are made of, for
 * nothing is composed again. Characters newer than Unicode 14.0, which the script does not know, stay.
 * @param line One line without its end.
 */
export function lowercaseAndRemoveAccent(line: string): string {
  let end = line.length;
  while (end > 0 && isSpace(line.charCodeAt(end - 1))) end--;
  const text = line.slice(0, end);
  const folds = (memo.folds ??= createFolds());
  if (survey(text, charClasses().units) & OTHER) return folds.inContext(text);

  const lower = folds.lower(text);
  let out = "";
  let from = 0;
  for (let i = 0; i < lower.length; i++) {
    const unit = lower.charCodeAt(i);
    if (unit < 0x80) continue;
    const fold = folds.ofUnit(unit);
    if (fold === undefined) continue;
    if (fold === "?") return folds.inContext(text);
    out += lower.slice(from, i) + fold;
    from = i + 1;
  }
  return out + lower.slice(from);
}

interface Folds {
  /** `text.toLowerCase()`, but what surrounds a sigma is told from the tables of Unicode 14.0. */
  lower(text: string): string;
  /** What becomes of a lowercase code unit: `undefined` if it stays, `"?"` if that hangs on its neighbours. */
  ofUnit(unit: number): string | undefined;
  /** The whole text as the script does it. */
  inContext(text: string): string;
}

const memo: { folds?: Folds } = {};

function createFolds(): Folds {
  const classes = charClasses();
  const marks = new RegExp(`[${rangesOf(classes, MARK)}]`, "gu");
  const newer = new RegExp(`((?:(?!\\p{C})[${rangesOf(classes, OTHER)}])+)`, "gu"); // assigned, to this engine
  // A sigma is final when a letter with case is before it and none behind, whatever ignorable characters lie between.
  const ignorable = `[\\p{Case_Ignorable}${rangesOf(classes, MARK)}]`;
  const cased = `(?!${ignorable})[\\p{Cased}${rangesOf(classes, LOWER)}]`;
  const finalSigma = new RegExp(`Σ(?<=${cased}${ignorable}*Σ)(?!${ignorable}*${cased})`, "gu");
  const lower = (text: string): string =>
    (text.includes("Σ") ? text.replace(finalSigma, "ς").replace(/Σ/g, "σ") : text).toLowerCase();
  const fold = (text: string): string => lower(text).normalize("NFD").replace(marks, "").toLowerCase();
  const known: (string | null | undefined)[] = new Array<undefined>(1 << 16).fill(undefined);

  /** Marks with a width are put in order among their neighbours; emoji are the one thing that is not, beyond U+FFFF. */
  function learn(unit: number): string | null {
    if (unit >= 0xd800 && unit <= 0xdfff) return unit >= 0xdc00 || (unit >= 0xd83c && unit <= 0xd83e) ? null : "?";
    const char = String.fromCharCode(unit);
    const folded = fold(char);
    if (`${folded}\u0334`.normalize("NFD") !== `${folded}\u0334`) return "?";
    return folded === char ? null : folded;
  }

  return {
    lower,
    ofUnit(unit) {
      const fold = known[unit];
      return (fold === undefined ? (known[unit] = learn(unit)) : fold) ?? undefined;
    },
    inContext: (text) =>
      text
        .split(newer)
        .map((part, i) => (i % 2 ? part : fold(part)))
        .join(""),
  };
}
