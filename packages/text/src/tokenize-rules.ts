import { type CharClasses, LETTER, LOWER, LOWERCASE_LETTER, NUMBER, rangesOf, WORD } from "./classes.js";
import type { LanguageRules } from "./language.js";
import type { Prefixes } from "./prefixes/index.js";
import { keepsStop } from "./stops.js";

export interface TokenizerParts {
  readonly rules: LanguageRules;
  readonly prefixes: Prefixes;
  readonly aggressive: boolean;
}

type Rule = readonly [pattern: RegExp, replacement: string];

/**
 * The rules of `tokenizer.perl` one after the other. What `scan` passes over comes here, so this is where to read what the
 * tokenizer does; the two agree on every line.
 * @returns a function of one line that is not all white space, of single blanks without control characters.
 */
export function createRuleTokenizer(classes: CharClasses, parts: TokenizerParts): (line: string) => string {
  const { rules, prefixes, aggressive } = parts;
  const [word, letter, number, small] = [WORD, LETTER, NUMBER, LOWERCASE_LETTER].map((bit) => rangesOf(classes, bit));
  const lower = new RegExp(`^[${rangesOf(classes, LOWER)}]`, "u");
  const letters = new RegExp(`[${letter}]`, "u");
  const apply = (text: string, list: readonly Rule[]): string =>
    list.reduce((done, [pattern, replacement]) => done.replace(pattern, replacement), text);

  const signs: Rule[] = [[new RegExp(`[^${word} .${rules.inner}'\`,-]`, "gu"), " $& "]];
  if (rules.inner !== "") {
    // The script holds the middle dot as its two bytes of UTF-8, which are other characters to it.
    const inner = rules.inner === "·" ? "Â·" : rules.inner;
    signs.push([new RegExp(`${inner}(?=$|[^${small}])`, "gu"), " $& "]);
  }
  if (aggressive) signs.push([new RegExp(`([${word}])-(?=[${word}])`, "gu"), "$1 @-@ "]);

  // A comma between digits stays.
  const commas: Rule[] = [
    [new RegExp(`([^${number}]),`, "gu"), "$1 , "],
    [new RegExp(`,([^${number}])`, "gu"), " , $1"],
    [new RegExp(`([${number}]),$`, "u"), "$1 ,"],
  ];

  const [no, yes] = [`([^${letter}])`, `([${letter}])`];
  const split = (left: string, right: string, replacement: string): Rule => [
    new RegExp(`${left}'${right}`, "gu"),
    replacement,
  ];
  const apostrophes: Rule[] = {
    before: [
      split(no, no, "$1 ' $2"),
      split(`([^${letter}${number}])`, yes, "$1 ' $2"),
      split(yes, no, "$1 ' $2"),
      split(yes, yes, "$1 '$2"),
      split(`([${number}])`, "(s)", "$1 '$2"), // the 1990 's
    ],
    after: [split(no, no, "$1 ' $2"), split(no, yes, "$1 ' $2"), split(yes, no, "$1 ' $2"), split(yes, yes, "$1' $2")],
    never: [split(no, no, "$1 ' $2"), split(no, yes, "$1 ' $2"), split(yes, no, "$1 ' $2")],
    apart: [[/'/g, " ' "] satisfies Rule],
  }[rules.apostrophe];

  return (line) => {
    let text = apply(hideDots(apply(line, signs)), commas);
    text = apply(text, apostrophes);
    const words = text.replace(/ +$/, "").split(" ");
    text = words.map((part, i) => splitStop(part, words[i + 1])).join(" ");
    text = text.replace(/ {2,}/g, " ").replace(/^ /, "");
    return showDots(text.replace(/\.'$/, " . ' "));
  };

  function splitStop(part: string, next: string | undefined): string {
    if (part.length < 2 || !part.endsWith(".")) return part;
    const before = part.slice(0, -1);
    const keeps = next !== undefined && keepsStop(before, letters, prefixes, lower.test(next), /^[0-9]/.test(next));
    return keeps ? part : `${before} .`;
  }
}

/**
 * Puts a word in the place of two full stops or more, so that no rule sees them: `a...` becomes `a DOTDOTDOTMULTI`. A
 * `DOTMULTI` of the text itself and the full stop behind it count as one too.
 */
function hideDots(line: string): string {
  const text = line
    .replace(/\.(\.+)/g, " DOTMULTI$1")
    .replace(/DOTMULTI\.([^.])/g, "DOTDOTMULTI $1")
    .replace(/DOTMULTI\.(?!\.)/g, "DOTDOTMULTI");
  // The script hides one full stop more each time round; here what is left goes at once.
  return text.replace(
    /DOTMULTI(\.+)([^.]?)/g,
    (_, dots: string, next: string) => `${"DOT".repeat(dots.length)}DOTMULTI${next === "" ? "" : ` ${next}`}`,
  );
}

const showDots = (line: string): string =>
  line.replace(/((?:DOT)*)DOTMULTI/g, (_, dots: string) => ".".repeat(1 + dots.length / 3));
