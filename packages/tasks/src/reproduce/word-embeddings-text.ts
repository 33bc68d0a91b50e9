import { DataError, sha256Hex } from "@xlm/core";
import type { TextCodec, Texts } from "../text-codec.js";
import { translatedPairs, type JudgedPair, type WordPair } from "../words/index.js";
import type { ReadLines, Variant } from "./experiment.js";

/** Two languages, with what is known of their words. */
export interface WordPairs {
  readonly langs: readonly [source: string, target: string];
  /** For the alignment of tables alone. */
  readonly train: readonly WordPair[];
  readonly test: readonly WordPair[];
  readonly judged: readonly JudgedPair[];
  /** All words of either side that are looked at: the same in every arm. */
  readonly words: readonly [source: readonly string[], target: readonly string[]];
}

/** Which words are looked at. */
export interface WordLimits {
  /** Fewest times that a word stands in the text to be looked at. */
  readonly minCount: number;
  /** The same of words whose similarity people have judged: they are rare, and few. */
  readonly judgedMinCount: number;
  /** Most frequent words of each language that can be answered, translations of the test words besides. */
  readonly vocabulary: number;
}

/**
 * Text of which no sentence stands beside its translation: of files that are translations of each other, line by line, every language has
 * lines of its own.
 */
export function readTexts(read: ReadLines, variant: Variant): Texts {
  const files = variant === "full" ? FILES : { "bible/train": ["en", "es"] };
  const langs = [...new Set(Object.values(files).flat())].sort();
  const linesOf = (lang: string): string[] =>
    Object.entries(files).flatMap(([name, all]) =>
      all.includes(lang) ? read(`${name}.${lang}`).filter((_, i) => i % all.length === all.indexOf(lang)) : [],
    );
  return Object.fromEntries(langs.map((lang) => [lang, linesOf(lang)]));
}

const FILES: Readonly<Record<string, readonly string[]>> = {
  "libreoffice-help/train": ["de", "en", "es"],
  "multi30k/train": ["de", "en"],
};

/** Dictionaries as they are read, before it is known which words the text has. */
type Dictionaries = Omit<WordPairs, "words">;

/** The names that may be shipped are few: translated verses give more pairs. The models never see which verse belongs to which. */
export function readPairs(read: ReadLines, variant: Variant, codec: TextCodec): Dictionaries[] {
  if (variant === "full") {
    return ["de", "es"].map((lang) => {
      const judged = columnsOf(read, `semeval2017-task2/en-${lang}.test.tsv`, 3);
      return {
        langs: ["en", lang],
        ...halves(
          columnsOf(read, `muse/en-${lang}.txt`, 2).map(([from, to]): WordPair => [from as string, to as string]),
        ),
        judged: judged.map(([from, to, score]): JudgedPair => [from as string, to as string, Number(score)]),
      };
    });
  }
  const langs = ["en", "es"] as const;
  const [source, target] = langs.map((lang) =>
    read(`bible/train.${lang}`).map((line) => codec.words(line, lang).split(" ").filter(isWord)),
  ) as [string[][], string[][]];
  return [{ langs, ...halves([...namePairs(read, langs), ...translatedPairs(source, target)]), judged: [] }];
}

/** Names of one word each from the Unicode CLDR: emoji, languages, countries. Few of them stand in the Bible often. */
const namePairs = (read: ReadLines, langs: readonly [string, string]): WordPair[] =>
  ["cldr/emoji-names", "cldr/languages", "cldr/territories"].flatMap((name) => {
    const [header = "", ...rows] = read(`${name}.tsv`);
    const at = langs.map((lang) => header.split("\t").indexOf(lang));
    return rows.flatMap((row): WordPair[] => {
      const [source = "", target = ""] = at.map((column) => (row.split("\t")[column] ?? "").toLowerCase());
      return isWord(source) && isWord(target) ? [[source, target]] : [];
    });
  });

/** Lines of a table in lower case. @throws DataError (`XLM_DATA`) for a line of another form. */
const columnsOf = (read: ReadLines, file: string, count: number): string[][] =>
  read(file).map((line, i) => {
    const columns = line.toLowerCase().split("\t");
    if (columns.length === count && columns.every((text) => text !== "")) return columns;
    throw new DataError({
      what: `there are ${columns.length} columns`,
      why: `a line has ${count}, with tabs between`,
      fix: "use the file that its README describes",
      at: { file, line: i + 1 },
    });
  });

/** To align with, and to score. A word is on one side with all its translations; its hash says which, so that other words do not matter. */
function halves(pairs: readonly WordPair[]): Pick<WordPairs, "train" | "test"> {
  const scored = ([word]: WordPair): boolean =>
    "01234567".includes(sha256Hex(new TextEncoder().encode(word))[0] as string);
  return { train: pairs.filter((pair) => !scored(pair)), test: pairs.filter(scored) };
}

const isWord = (token: string): boolean => /^\p{L}[\p{L}\p{M}'-]*$/u.test(token);

/** How often each word stands in the text of a language, most frequent first. */
export function wordCounts(codec: TextCodec, texts: Texts, lang: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const line of texts[lang] ?? []) {
    for (const word of codec.words(line, lang).split(" ").filter(isWord)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return new Map([...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)));
}

export const wordsFrom = (counts: ReadonlyMap<string, number>, minCount: number): string[] =>
  [...counts].filter(([, count]) => count >= minCount).map(([word]) => word);

/** What of the dictionaries is in the text, by falling frequency of the source word, and which words are looked at. */
export function knownWords(
  { langs, train, test, judged }: Dictionaries,
  counts: Readonly<Record<string, ReadonlyMap<string, number>>>,
  { minCount, judgedMinCount, vocabulary }: WordLimits,
): WordPairs {
  const [sources, targets] = [counts[langs[0]]!, counts[langs[1]]!];
  const inText = <P extends WordPair | JudgedPair>(pairs: readonly P[], least: number): P[] =>
    pairs
      .filter(([from, to]) => (sources.get(from) ?? 0) >= least && (targets.get(to) ?? 0) >= least)
      .sort(([a], [b]) => sources.get(b)! - sources.get(a)! || (a < b ? -1 : a > b ? 1 : 0));
  const kept = { train: inText(train, minCount), test: inText(test, minCount), judged: inText(judged, judgedMinCount) };
  if (kept.train.length === 0 || new Set(kept.test.map(([word]) => word)).size < 2) {
    throw new DataError({
      what: `of ${test.length} pairs to score ${kept.test.length} are in the text, of ${train.length} to align with ${kept.train.length}`,
      why: `both words of a pair must stand there ${minCount} times`,
      fix: "use more text, or a smaller minCount",
    });
  }
  const sideOf = (i: 0 | 1, of: ReadonlyMap<string, number>): string[] => [
    ...new Set([
      ...wordsFrom(of, minCount).slice(0, vocabulary),
      ...[...kept.test, ...kept.judged].map((pair) => pair[i]),
    ]),
  ];
  return { langs, ...kept, words: [sideOf(0, sources), sideOf(1, targets)] };
}
