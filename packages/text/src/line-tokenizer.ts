import { OptionError } from "@xlm/core";
import { lowercaseAndRemoveAccent } from "./accents.js";
import { charClasses, FOREIGN, survey } from "./classes.js";
import { replaceNonPrinting, UNPRINTED } from "./printing.js";
import { normalize, NORMALIZED, replaceForeign } from "./punctuation.js";
import { normalizeRomanian, removeRomanianDiacritics } from "./romanian.js";
import { intlSegmenter, segmentingPlace, type Segmenter } from "./segment.js";
import { createMosesTokenizer, type MosesOptions } from "./tokenize.js";

export interface LineTokenizerOptions extends MosesOptions {
  /** Lower-case and remove accents at the end, as for XLM's published XNLI models. @default false */
  lower?: boolean;
  /** The steps for Romanian before the words are split, as for XLM's translation data; `lang` is `ro`. @default false */
  romanian?: boolean;
  /** Finds the words in the place of Moses's tokenizer. @default `intlSegmenter(lang)` for `zh`, `ja` and `th`, else none */
  segment?: Segmenter;
  /** Whether a line end followed each line in its file; see `normalizePunctuation`. @default true */
  newline?: boolean;
}

/**
 * From a raw line to words between blanks: XLM's `tools/tokenize.sh`, with `lowercase_and_remove_accent.py` behind it if asked.
 * The steps are `replaceUnicodePunctuation`, `normalizePunctuation`, `removeNonPrinting`, and `createMosesTokenizer` or, for
 * `zh`, `ja` and `th`, a segmenter, which sees Chinese before those steps and the others behind them.
 * `Differs:` the original segments with the Stanford segmenter, KyTea and PyThaiNLP.
 * @param lang ISO code as in XLM; a language without rules of its own has the English abbreviations, as with Moses.
 * @returns a function of one line without its end.
 * @throws OptionError for an empty `lang`, and for `romanian` with another language; UnsupportedError as `intlSegmenter` does.
 * @example
 * createLineTokenizer("fr", { lower: true })("L’été, c’est « beau ».  "); // l' ete , c' est " beau " .
 */
export function createLineTokenizer(lang: string, options: LineTokenizerOptions = {}): (line: string) => string {
  const { lower = false, romanian = false, newline = true, moses = "2025" } = options;
  checkLang(lang, romanian);
  const place = segmentingPlace(lang);
  const segment = options.segment ?? (place && intlSegmenter(lang));
  const segmentsFirst = segment !== undefined && place === "first";
  const split = segment ?? createMosesTokenizer(lang, options);
  const { units } = charClasses();

  return (line) => {
    let text = segmentsFirst ? segment(line) : line;
    let seen = survey(text, units); // a step without anything to do is passed over
    if (seen & FOREIGN) {
      text = replaceForeign(text, moses);
      seen = survey(text, units);
    }
    if (seen & NORMALIZED) text = normalize(text, seen, lang, newline, moses);
    if (seen & UNPRINTED) text = replaceNonPrinting(text);
    if (romanian) text = removeRomanianDiacritics(normalizeRomanian(text));
    if (!segmentsFirst) text = split(text);
    return lower ? lowercaseAndRemoveAccent(text) : text;
  };
}

function checkLang(lang: string, romanian: boolean): void {
  if (lang === "") {
    throw new OptionError({
      what: "lang is empty",
      why: "the rules and abbreviations are those of a language",
      fix: 'pass its ISO code, such as "en"',
    });
  }
  if (romanian && lang !== "ro") {
    throw new OptionError({
      what: `romanian is set and lang is ${JSON.stringify(lang)}`,
      why: "the Romanian steps would change the letters of another language",
      fix: 'leave it out, or pass lang "ro"',
    });
  }
}
