import { charClasses, type CharClasses, LETTER, OTHER, WORD } from "./classes.js";
import { firstChar, isCjk, isOf, isPunctuation, lastChar, WHITE } from "./detokenize-chars.js";

export interface DetokenizeOptions {
  /** Turns `&lt; &gt; &quot; &apos; &#124; &#91; &#93; &amp;` and their older spellings back into characters. @default true */
  unescape?: boolean;
  /** Makes the first letter of the line a capital, past quotes and brackets (`-u` of the script). @default false */
  capitalize?: boolean;
}

/**
 * Joins tokens to text as people write it (Moses `detokenizer.perl -l LANG`), the same characters for every line.
 *
 * Punctuation goes to the word it belongs to and quotes to what they enclose, opening and closing in turn within the
 * line; Chinese, Japanese (not Korean) words close up; English `'s`, French and Italian `l'`, Czech `-li` and decimals,
 * Finnish `EU:ssa` are put together in these languages alone. Not every blank comes back: see the README.
 * A line of white space, and one that begins with `<` and ends in `>`, stays as it is.
 * @param line One line of tokens separated by single spaces, without its end.
 * @param lang `en`, `fr`, `it`, `cs`, `fi` and `ko` have rules of their own; all others share theirs.
 * @example
 * detokenize("He said : \" It 's 5 % . \"", "en"); // He said: "It's 5%."
 */
export function detokenize(
  line: string,
  lang: string,
  { unescape = true, capitalize = false }: DetokenizeOptions = {},
): string {
  if (LEFT_ALONE.test(line)) return line;
  const plain = ` ${line} `.replaceAll(" @-@ ", "-");
  const words = (unescape ? unescapeMoses(plain) : plain).split(" ");
  while (words.at(-1) === "") words.pop(); // as Perl's split does
  const text = join(words, lang, charClasses()).replace(/ +/g, " ").replace(/^ | $/g, "");
  return capitalize ? capitalizeFirst(text) : text;
}

const LEFT_ALONE = new RegExp(`^(?:<.+>|[${WHITE}]*)$`, "s");

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["&bar;", "|"],
  ["&#124;", "|"],
  ["&lt;", "<"],
  ["&gt;", ">"],
  ["&bra;", "["],
  ["&ket;", "]"],
  ["&quot;", '"'],
  ["&apos;", "'"],
  ["&#91;", "["],
  ["&#93;", "]"],
]);

/** `&amp;` comes last, so that `&amp;lt;` is `&lt;`. */
const unescapeMoses = (text: string): string =>
  text
    .replace(/&(?:bar|#124|lt|gt|bra|ket|quot|apos|#91|#93);/g, (entity) => ENTITIES.get(entity)!)
    .replaceAll("&amp;", "&");

const OPENING = /^[\p{Sc}([{¿¡]+$/u;
const CLOSING = /^[,.?!:;\\%}\])]+$/;
const QUOTES = /^['"„“`]+$/;
const FINNISH_SUFFIX = new RegExp(
  "^(?:[NnAaÄä]|[Ss]s[aä]|[Ss]t[aä]|[Hh](?:u|y|a|ä|ö)n|[UuYyAaÄäÖö]n|[Ss]een|[Ll]l[aä]|[Ll]t[aä]|[Ll]le|" +
    "[Kk]s[ie]|[Tt]ta|[Ii]ne)(?:ni|si|mme|nne|nsa)?(?:k[oö]|h[aä]n|p[aä]|kaan|kään|kin)?$",
);

function join(words: readonly string[], lang: string, classes: CharClasses): string {
  const startsWithLetter = (word: string): boolean => isOf(classes, firstChar(word), LETTER);
  const endsInLetter = (word: string): boolean => isOf(classes, lastChar(word), LETTER);
  const isOpening = (word: string): boolean =>
    OPENING.test(word) && [...word].every((char) => !isOf(classes, char, OTHER)); // currency signs newer than Unicode 14.0

  let text = "";
  let gap = " ";
  const put = (word: string, before: string, after: string): void => {
    text += before + word;
    gap = after;
  };
  const seen = new Map<string, number>(); // quotes so far, by kind: every other one opens

  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const before = words[i - 1] ?? "";
    const next = words[i + 1] ?? "";
    if (isCjk(firstChar(word))) {
      put(word, isCjk(lastChar(before)) && lang !== "ko" ? "" : gap, " ");
    } else if (isOpening(word)) {
      put(word, gap, "");
    } else if (CLOSING.test(word)) {
      put(word, lang === "fr" && /^[?!:;\\%]$/.test(word) ? " " : "", " ");
    } else if (
      lang === "en" &&
      word[0] === "'" &&
      startsWithLetter(word.slice(1)) &&
      isOf(classes, lastChar(before), WORD)
    ) {
      put(word, "", " ");
    } else if (lang === "cs" && /^[0-9]+ [.,] [0-9]+$/.test(`${words[i - 2] ?? ""} ${before} ${word}`)) {
      put(word, "", " ");
    } else if ((lang === "fr" || lang === "it") && elides(word) && startsWithLetter(next)) {
      put(word, gap, "");
    } else if (lang === "cs" && isDashed(words, i) && endsInLetter(word)) {
      put(word + next, gap, "");
      i++;
    } else if (QUOTES.test(word)) {
      putQuote(word, before);
    } else if (lang === "fi" && before.endsWith(":") && FINNISH_SUFFIX.test(word)) {
      put(word.toLowerCase(), "", " ");
    } else {
      put(word, gap, " ");
    }
  }
  return text;

  function elides(word: string): boolean {
    return word.endsWith("'") && endsInLetter(word.slice(0, -1));
  }

  function putQuote(word: string, before: string): void {
    const kind = /^[„“]+$/.test(word) ? '"' : word;
    if (lang === "cs" && word === "„") seen.set(kind, 0); // always opens in Czech
    if (lang === "cs" && word === "“") seen.set(kind, 1); // mostly closes there
    const count = seen.get(kind) ?? 0;
    if (count % 2 === 0 && lang === "en" && word === "'" && before.endsWith("s")) {
      put(word, "", " "); // the Jones' house: neither opens nor closes
      return;
    }
    if (count % 2 === 0) put(word, gap, "");
    else put(word, "", " ");
    seen.set(kind, count + 1);
  }
}

/** Czech `-li` and `e-mail`, three tokens of which the last is not the line's last. */
function isDashed(words: readonly string[], i: number): boolean {
  return i < words.length - 3 && /^[-–]$/.test(words[i + 1]!) && /^(?:li$|mail)/i.test(words[i + 2]!);
}

/** Makes the first letter a capital if only punctuation and white space stand before it. */
function capitalizeFirst(text: string): string {
  const classes = charClasses();
  let start = 0;
  for (const char of text) {
    if (isOf(classes, char, LETTER)) return text.slice(0, start) + char.toUpperCase() + text.slice(start + char.length);
    if (!isPunctuation(classes, char) && !SPACES.test(char)) return text;
    start += char.length;
  }
  return text;
}

const SPACES = new RegExp(`[${WHITE}]`);
