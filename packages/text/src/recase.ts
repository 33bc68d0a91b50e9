import { detokenize, type DetokenizeOptions } from "./detokenize.js";
import { firstChar, WHITE } from "./detokenize-chars.js";

export interface RestoreCaseOptions {
  /** Tokens behind which a sentence begins; none: only the line's first word is raised. @default [".", ":", "?", "!"] */
  sentenceEnds?: readonly string[];
}

const SENTENCE_ENDS = [".", ":", "?", "!"];
/** Tokens between a sentence's beginning and its first word. */
const SKIPPED = new Set(["(", "[", '"', "'", "&quot;", "&apos;", "&#91;", "&#93;"]);

const BLANKS = new RegExp(`[${WHITE}]+`);

/**
 * Gives sentences their first capital (Moses `detruecase.perl`, without its headlines): the line's first word, and
 * every word behind an end of a sentence, past opening quotes and brackets. All other letters stay.
 * @param line One line of tokens. Any white space separates them, and becomes one space.
 * @example
 * restoreCase("\" who is it ? \" it is me ."); // " Who is it ? " It is me .
 */
export function restoreCase(line: string, { sentenceEnds = SENTENCE_ENDS }: RestoreCaseOptions = {}): string {
  let atStart = true;
  const words = line.split(BLANKS).filter((word) => word !== "");
  return words
    .map((word) => {
      const first = firstChar(word);
      const raised = atStart ? first.toUpperCase() + word.slice(first.length) : word;
      if (sentenceEnds.includes(raised)) atStart = true;
      else if (!SKIPPED.has(raised)) atStart = false;
      return raised;
    })
    .join(" ");
}

/**
 * Text to read from a translation's tokens: `restoreCase`, then `detokenize` with a capital in front.
 * No trained model of case takes part, so names in lower-cased text stay lower-cased.
 * @param line One line of tokens, BPE already undone.
 * @param lang As `detokenize` takes it.
 * @example
 * restoreTranslation("je t'aime . l' amour , c' est toi !", "fr"); // Je t'aime. L'amour, c'est toi !
 */
export function restoreTranslation(
  line: string,
  lang: string,
  { sentenceEnds, unescape }: RestoreCaseOptions & Omit<DetokenizeOptions, "capitalize"> = {},
): string {
  return detokenize(restoreCase(line, { sentenceEnds }), lang, { unescape, capitalize: true });
}
