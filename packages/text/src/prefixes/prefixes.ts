import { FormatError } from "@xlm/core";
import { unpack } from "./table.js";
import { PREFIX_TABLES } from "./tables.js";

/** Words whose full stop belongs to them, without it. No word is in both sets. */
export interface Prefixes {
  /** Abbreviations: `Dr` keeps its full stop wherever it stands. */
  readonly always: ReadonlySet<string>;
  /** Those that are abbreviations only before a number: `No. 5`. */
  readonly numericOnly: ReadonlySet<string>;
}

/**
 * The abbreviations Moses's tokenizer knows for a language.
 *
 * The sets agree with the files `nonbreaking_prefix.LANG` of Moses (see `tables.ts`). A language without a file has
 * the English ones, as there; the code is compared as it is, so `en-GB` and `EN` are unknown.
 * @param lang ISO code: `as bn ca cs de el en es et fi fr ga gu hi hu is it kn lt lv ml mni mr nl or pa pl pt ro ru sk
 * sl sv ta tdt te yue zh`.
 */
export function nonbreakingPrefixes(lang: string): Prefixes {
  const table = PREFIX_TABLES.get(lang) ?? PREFIX_TABLES.get("en")!;
  const always = new Set([...(table.letters ?? ""), ...Object.values(table.always).flatMap(unpack)]);
  const numericOnly = new Set(unpack(table.numericOnly ?? ""));
  for (const word of numericOnly) always.delete(word);
  return { always, numericOnly };
}

/**
 * Reads a list in Moses's format: an abbreviation a line, without its full stop; `#` in front makes a comment;
 * `#NUMERIC_ONLY#` behind and a space between restrict it to numbers. Of a word that comes twice the last line holds.
 *
 * `Differs:` a carriage return before the newline is dropped (Moses makes it a part of the word), and a marker that
 * Moses would take for a part of the word is refused.
 * @param options.file Name for error messages.
 * @throws FormatError (`XLM_FORMAT`) with file and line: a misspelt marker, text that was not UTF-8.
 */
export function parsePrefixes(text: string, { file = "prefixes" }: { file?: string } = {}): Prefixes {
  const always = new Set<string>();
  const numericOnly = new Set<string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line === "" || line === "0" || line.startsWith("#")) continue; // Perl takes "0" for no word
    const marked = /^(.*)\s#NUMERIC_ONLY#/s.exec(line);
    checkLine(line, marked !== null, { file, line: index + 1 });
    const word = marked?.[1] ?? line;
    (marked ? always : numericOnly).delete(word);
    (marked ? numericOnly : always).add(word);
  }
  return { always, numericOnly };
}

function checkLine(line: string, marked: boolean, at: { file: string; line: number }): void {
  if (!marked && /numeric_?only/i.test(line)) {
    throw new FormatError({
      what: `the line is ${JSON.stringify(line)}`,
      why: "the marker for numbers is a space and #NUMERIC_ONLY#, spelt so",
      fix: `write it as "No #NUMERIC_ONLY#"`,
      at,
    });
  }
  if (line.includes("\uFFFD") || line.includes("\0")) {
    throw new FormatError({
      what: `the line ${JSON.stringify(line)} has a character that stands for no text`,
      why: "the file was not UTF-8, and its abbreviations would match nothing",
      fix: "convert the file to UTF-8",
      at,
    });
  }
}
