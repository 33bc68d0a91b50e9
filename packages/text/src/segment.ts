import { OptionError, UnsupportedError } from "@xlm/core";
import { WHITE } from "./detokenize-chars.js";

/** Cuts a line into words separated by one space. Changes, adds and drops no other character. */
export type Segmenter = (line: string) => string;

/**
 * Where XLM's `tools/tokenize.sh` segments in place of Moses's tokenizer: Chinese before punctuation is replaced and
 * normalised, Japanese and Thai after all else; `undefined` for languages that put spaces between words.
 */
export const segmentingPlace = (lang: string): "first" | "last" | undefined =>
  lang === "zh" ? "first" : lang === "ja" || lang === "th" ? "last" : undefined;

/**
 * A segmenter over `Intl.Segmenter`, which is part of the platform (ICU's dictionaries for Chinese, Japanese, Thai,
 * Khmer, Lao and Burmese).
 *
 * `Differs:` XLM took Stanford's segmenter (PKU model) for Chinese, KyTea for Japanese and PyThaiNLP for Thai. ICU cuts
 * elsewhere, and its cuts change from release to release, so codes and models trained on theirs see other words:
 * pass a segmenter of your own where they must be the same.
 * @param lang BCP 47 tag.
 * @throws UnsupportedError (`XLM_UNSUPPORTED`) without `Intl.Segmenter` or its rules for `lang`; OptionError
 * (`XLM_OPTION`) for what is no tag.
 */
export function intlSegmenter(lang: string): Segmenter {
  const segmenter = createSegmenter(lang);
  return (line) => cut(line, segmenter).replace(BLANKS, " ").replace(/^ | $/g, "");
}

const BLANKS = new RegExp(`[${WHITE}]+`, "g");

/** Code units handed to the platform at once: its time grows with the square of the length. */
const WINDOW = 1024;

/** Long lines go in windows, each ending behind the last sign that is no word, so that words see what is around them. */
function cut(line: string, segmenter: Intl.Segmenter): string {
  let words = "";
  let size = WINDOW;
  for (let from = 0; from < line.length;) {
    const segments = [...segmenter.segment(line.slice(from, from + size))];
    let kept = segments.length;
    if (from + size < line.length) {
      kept -= 3; // the last ones could go on behind the window, as 3.1 does in 3.14
      const sign = segments.findLastIndex(({ isWordLike }, i) => !isWordLike && i < kept);
      if (sign >= 0) kept = sign + 1;
    }
    if (kept < 1) {
      size *= 2; // a word longer than the window
      continue;
    }
    for (let i = 0; i < kept; i++) {
      words += ` ${segments[i]!.segment}`;
      from += segments[i]!.segment.length;
    }
    size = WINDOW;
  }
  return words;
}

function createSegmenter(lang: string): Intl.Segmenter {
  const missing = (what: string): UnsupportedError =>
    new UnsupportedError({
      what,
      why: "without spaces between words a line would be one word",
      fix: "pass a segmenter of your own, or run where the platform has full ICU: Node 18, Chrome 87, Firefox 125, Safari 14.1 or later",
    });
  // Older platforms, and Node built without ICU, lack it.
  const { Segmenter } = Intl as { Segmenter?: typeof Intl.Segmenter };
  if (!Segmenter) throw missing("this platform has no Intl.Segmenter");
  try {
    if (Segmenter.supportedLocalesOf(lang).length === 0) throw missing(`Intl.Segmenter has no rules for "${lang}"`);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new OptionError({
      what: `the language is ${JSON.stringify(lang)}`,
      why: "Intl.Segmenter takes language tags",
      fix: 'use a tag such as "zh", "ja" or "th"',
      cause,
    });
  }
  return new Segmenter(lang, { granularity: "word" });
}
