import { charClasses, rangesOf, SPACE } from "./classes.js";
import { languagePrefixes, languageRules, type MosesRelease } from "./language.js";
import type { Prefixes } from "./prefixes/index.js";
import { createRuleTokenizer } from "./tokenize-rules.js";
import { createScanTokenizer } from "./tokenize-scan.js";

export interface MosesOptions {
  /** Write `& | < > ' " [ ]` as XML entities (without `-no-escape`). @default false */
  escape?: boolean;
  /** Split at hyphens between letters or digits: `a @-@ b` (`-a`). @default false */
  aggressive?: boolean;
  /** Words that keep their full stop. @default those of Moses for `lang` */
  prefixes?: Prefixes;
  /** Which state of the scripts to follow. @default "2025" */
  moses?: MosesRelease;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "|": "&#124;",
  "<": "&lt;",
  ">": "&gt;",
  "'": "&apos;",
  '"': "&quot;",
  "[": "&#91;",
  "]": "&#93;",
};

/**
 * Splits lines into words between blanks (Moses `tokenizer.perl -no-escape -l LANG`).
 * A line of white space alone stays as it is.
 * `Differs:` `-x`, `-penn` and `-protected` are not there.
 * @param lang The rules are those of `en`, `fr`, `it`, `ga`, `ca`, `fi`, `sv`, `so` and `tdt`; all others share theirs.
 * @returns a function of one line without its end.
 * @example
 * createMosesTokenizer("en")("Mr. Smith isn't here, is he?"); // "Mr. Smith isn 't here , is he ?"
 */
export function createMosesTokenizer(lang: string, options: MosesOptions = {}): (line: string) => string {
  const { escape = false, aggressive = false, moses = "2025" } = options;
  const { prefixes = languagePrefixes(lang, moses) } = options;
  const classes = charClasses();
  const parts = { rules: languageRules(lang, moses), prefixes, aggressive };
  const scan = createScanTokenizer(classes, parts);
  const space = `[${rangesOf(classes, SPACE)}]`;
  const spaces = new RegExp(`(?:(?! )${space}| (?=${space}))${space}*`, "gu"); // all but single blanks
  let applyRules: ((line: string) => string) | undefined; // seldom needed, and slow to make

  function tokenize(line: string): string {
    const done = scan(line);
    if (done !== undefined) return done;
    let text = line.replace(spaces, " ");
    if (text === "" || text === " ") return line;
    text = text
      .replace(/[\0-\x1f]/g, "") // "ASCII junk" to the script
      .replace(/ {2,}/g, " ")
      .replace(/^ | $/g, "");
    return (text === line ? undefined : scan(text)) ?? (applyRules ??= createRuleTokenizer(classes, parts))(text);
  }
  if (!escape) return tokenize;
  return (line) => tokenize(line).replace(/[&|<>'"[\]]/g, (sign) => ENTITIES[sign]!);
}
