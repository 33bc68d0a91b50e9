import { createLineTokenizer, lowercaseAndRemoveAccent, nonbreakingPrefixes, type MosesRelease } from "@xlm/text";

/** Every way a line may become words, with what it does. */
export const TOKENIZERS = {
  "moses-lower": "Moses, then lower case without accents",
  moses: "the Moses scripts, as XLM's tokenize.sh chains them",
  lower: "lower case, accents off; split at spaces already",
  simple: "lower case, accents off, punctuation apart",
  none: "split at spaces already",
} as const;

/** How a line becomes words. `"none"`: it is split already, at white space. */
export type Tokenizer = keyof typeof TOKENIZERS;

export const TOKENIZER_NAMES = Object.keys(TOKENIZERS) as [Tokenizer, ...Tokenizer[]];

/** The states of the Moses scripts that there are; the newest is the default everywhere. */
export const MOSES_RELEASES = ["2019", "2025"] as const satisfies readonly MosesRelease[];

/** Everything that decides how lines become words. */
export interface WordRules {
  readonly tokenizer: Tokenizer;
  /** Of the Moses scripts. Where they do not run it has no effect, and is the default. */
  readonly moses: MosesRelease;
}

export const runsMoses = (tokenizer: Tokenizer): boolean => tokenizer.startsWith("moses");

/** What `--tokenize` and `--moses` say. */
export const wordRules = ({ tokenize, moses }: { tokenize: Tokenizer; moses: MosesRelease }): WordRules => ({
  tokenizer: tokenize,
  moses: runsMoses(tokenize) ? moses : "2025",
});

/** Words for people on what words are made with. */
export const aboutRules = ({ tokenizer, moses }: WordRules): string =>
  `${tokenizer}: ${TOKENIZERS[tokenizer]}${runsMoses(tokenizer) ? `, of ${moses}` : ""}`;

const PIECE = /[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{M}\p{N}]/gu;

/**
 * Words and punctuation marks in lower case and without accents (as XLM-15 has them: `lowercase_and_remove_accent.py`), one
 * space between them: enough for a first run on text in scripts with spaces.
 * `Differs:` the original runs the Moses scripts first; for results to compare with, say `--tokenize moses-lower`.
 */
export const simpleTokens = (line: string): string =>
  (
    line
      .toLowerCase()
      .normalize("NFD")
      .replaceAll(/\p{Mn}/gu, "")
      .toLowerCase()
      .match(PIECE) ?? []
  ).join(" ");

/** What splits the lines of a language into words; undefined where they are split already. */
export function lineTokenizer({ tokenizer, moses }: WordRules, lang: string): ((line: string) => string) | undefined {
  switch (tokenizer) {
    case "none":
      return undefined;
    case "simple":
      return simpleTokens;
    case "lower":
      return lowercaseAndRemoveAccent;
    case "moses":
      return createLineTokenizer(lang, { moses });
    case "moses-lower":
      return createLineTokenizer(lang, { moses, lower: true });
  }
}

/** What a carriage return inside a line does: Moses takes it out, where Python ends the line. */
export const carriageReturns = ({ tokenizer }: WordRules): "ends" | "stays" =>
  runsMoses(tokenizer) ? "stays" : "ends";

/** What someone should know who has text in these languages tokenised, if anything. */
export function tokenizerNotes({ tokenizer }: WordRules, langs: readonly string[]): string[] {
  if (!runsMoses(tokenizer)) return [];
  const english = nonbreakingPrefixes("en").always;
  const segmented = langs.filter((lang) => ["zh", "ja", "th"].includes(lang));
  const plain = langs.filter((lang) => lang !== "en" && isSame(nonbreakingPrefixes(lang).always, english));
  const without = plain.filter((lang) => !segmented.includes(lang));
  return [
    ...(without.length > 0 ? [`${without.join(", ")}: Moses knows no abbreviations, the English ones are used`] : []),
    ...(segmented.length > 0 ? [`${segmented.join(", ")}: words are cut by ICU, not as the original cut them`] : []),
  ];
}

const isSame = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean =>
  a.size === b.size && [...a].every((word) => b.has(word));

/** Lines of a language made ready for BPE. */
export function tokenizeLines(lines: readonly string[], rules: WordRules, lang: string): readonly string[] {
  const tokenize = lineTokenizer(rules, lang);
  return tokenize === undefined ? lines : lines.map(tokenize);
}
