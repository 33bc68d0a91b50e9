import {
  BRACKET,
  charClasses,
  COLON,
  FOREIGN,
  FOREIGN_PUNCTUATION,
  QUOTE,
  survey,
  TWO_BLANKS,
  TWO_TICKS,
  TYPESET,
} from "./classes.js";
import type { MosesRelease } from "./language.js";

// What stands in the place of each of FOREIGN_PUNCTUATION, in its order; a full stop also takes the blanks behind it.
const PLAIN = [
  ...[",", ". ", ",", '"', '"', ":", ":", "?", '"', '"', ")", "!", "(", ";", "1", '"', '"', "0", "3", "2", "5", "6"],
  ...["9", "7", "8", "4", ". ", "~", "'", "...", "-", "<", ">", "[", "]", "%"],
];
const PLAIN_OF = new Map([...FOREIGN_PUNCTUATION].map((char, i) => [char, PLAIN[i]!]));
const FOREIGN_PATTERN = new RegExp(`[。．] *|[${FOREIGN_PUNCTUATION}]`, "g");

export interface PunctuationOptions {
  /** Which state of the scripts to follow. @default "2025" */
  moses?: MosesRelease;
}

/**
 * Writes the punctuation and digits of East Asian text, curly double quotes, apostrophes and ellipses in ASCII
 * (Moses `replace-unicode-punctuation.perl`).
 * @param line One line without its end.
 */
export function replaceUnicodePunctuation(line: string, { moses = "2025" }: PunctuationOptions = {}): string {
  return survey(line, charClasses().units) & FOREIGN ? replaceForeign(line, moses) : line;
}

export function replaceForeign(line: string, moses: MosesRelease): string {
  const text = moses === "2019" ? line.replace(/１/g, '"') : line;
  return text.replace(FOREIGN_PATTERN, (found) => PLAIN_OF.get(found[0]!)!);
}

export interface NormalizeOptions extends PunctuationOptions {
  /**
   * Whether a line end followed the line in its file: in languages other than English and Czech a last `."` becomes `".`
   * only then. @default true
   */
  newline?: boolean;
}

/**
 * Writes quotes, dashes, brackets and no-break spaces in one way (Moses `normalize-punctuation.perl -l LANG`).
 * `\d`, `\s`, `[a-z]` and `/i` of its rules mean ASCII, for the script reads bytes.
 * @param line One line without its end.
 * @param lang `en`, `cs`, `cz`, `de`, `es` and `fr` have rules of their own; all others share theirs.
 */
export function normalizePunctuation(line: string, lang: string, options: NormalizeOptions = {}): string {
  const { newline = true, moses = "2025" } = options;
  const seen = survey(line, charClasses().units);
  return seen & NORMALIZED ? normalize(line, seen, lang, newline, moses) : line;
}

/** Bits of `survey` without which a line is normal already. */
export const NORMALIZED = BRACKET | COLON | QUOTE | TYPESET | TWO_BLANKS | TWO_TICKS;

/** The rules in the script's order; those that `seen` rules out are passed over. */
export function normalize(line: string, seen: number, lang: string, newline: boolean, moses: MosesRelease): string {
  const typeset = seen & TYPESET;
  let text = typeset ? line.replace(/\r/g, "") : line;

  if (seen & BRACKET) text = text.replace(/\(/g, " (").replace(/\)/g, ") ");
  if (seen & (BRACKET | TYPESET | TWO_BLANKS)) text = text.replace(/ {2,}/g, " ");
  if (seen & BRACKET)
    text = text
      .replace(/\) (?=[.!:?;,])/g, ")")
      .replace(/\( /g, "(")
      .replace(/ \)/g, ")");
  if (seen & COLON) {
    if (text.includes(" %")) text = text.replace(/(\d) %/g, "$1%");
    text = text.replace(/ (?=[:;])/g, "");
  }

  if (typeset) text = text.replace(/`/g, "'");
  if (seen & (TYPESET | TWO_TICKS)) text = text.replace(/''/g, ' " ');
  if (typeset) text = text.replace(/[„“”]/g, '"').replace(/–/g, "-").replace(/—/g, " - ");
  if (seen & (TYPESET | TWO_TICKS)) text = text.replace(/ {2,}/g, " ");
  if (typeset) text = replaceTypeset(text, moses);

  if (seen & (QUOTE | TYPESET | TWO_TICKS)) {
    if (lang === "en") text = text.replace(/"([,.]+)/g, '$1"');
    else if (lang !== "cs" && lang !== "cz") text = quoteBeforeStops(text.replace(/,"/g, '",'), newline);
  }
  if (!typeset) return text;
  const mark = ["de", "es", "cz", "cs", "fr"].includes(lang) ? "," : "."; // the reverse of what one expects
  return text.replace(/(\d)\u00a0(\d)/g, `$1${mark}$2`);
}

function replaceTypeset(line: string, moses: MosesRelease): string {
  let text = line.replace(/´/g, "'");
  text = text.replace(/([a-zA-Z])‘([a-zA-Z])/g, "$1'$2").replace(/([a-zA-Z])’([a-zA-Z])/g, "$1'$2");
  text = text.replace(/[‘‚]/g, moses === "2019" ? '"' : "'");
  text = text.replace(/’/g, '"').replace(/''/g, '"').replace(/…/g, "...");
  text = text.replace(/\u00a0«\u00a0/g, ' "').replace(/«\u00a0?/g, '"');
  text = text.replace(/\u00a0»\u00a0/g, '" ').replace(/\u00a0?»/g, '"');
  if (!text.includes("\u00a0")) return text;
  text = text
    .replace(/\u00a0%/g, "%")
    .replace(/nº\u00a0/g, "nº ")
    .replace(/\u00a0:/g, ":");
  text = text
    .replace(/\u00a0(ºC|cm)/g, " $1")
    .replace(/\u00a0([?!;])/g, "$1")
    .replace(/,\u00a0/g, ", ");
  return text.replace(/ {2,}/g, " ");
}

/**
 * `(\.+)"(\s*[^<])` becomes `"$1$2` in one pass, for the regular expression takes quadratic time on a run of full stops.
 * What a match takes in behind the quote is out of reach for the next one.
 */
function quoteBeforeStops(line: string, newline: boolean): string {
  let text = "";
  let from = 0;
  for (let quote = line.indexOf('"'); quote >= 0;) {
    let stops = quote;
    while (stops > from && line[stops - 1] === ".") stops--;
    let end = quote + 1;
    if (stops < quote) {
      while (end < line.length && " \t\n\v\f\r".includes(line[end]!)) end++;
      // A space can be the [^<] itself, and so can the line end.
      const matches = end < line.length ? line[end] !== "<" || end > quote + 1 : newline || end > quote + 1;
      if (matches) {
        if (end < line.length && line[end] !== "<") end++;
        text += `${line.slice(from, stops)}"${line.slice(stops, quote)}${line.slice(quote + 1, end)}`;
        from = end;
      }
    }
    quote = line.indexOf('"', end);
  }
  return text + line.slice(from);
}
