import { restoreBpe } from "@xlm/bpe";
import { createBpe, countVocab, countWords, learnBpe, type Bpe } from "@xlm/bpe";
import { langId, MismatchError, OptionError, type LangId, type Rng } from "@xlm/core";
import { dictionaryFromCounts, idsToText, indexText, sentenceBatch, type Corpus, type Dictionary } from "@xlm/data";
import { mixtureCounts, sampleLines } from "@xlm/sampler";
import { createLineTokenizer, detokenize } from "@xlm/text";

/** Lines of text by language. */
export type Texts = Readonly<Record<string, readonly string[]>>;

/** From raw lines to ids and back, for the languages of one model. */
export interface TextCodec {
  /** In the order of their ids, which is that of the alphabet. */
  readonly langs: readonly string[];
  readonly dictionary: Dictionary;
  /** @throws OptionError (`XLM_OPTION`) for a language that the model has not. */
  langId(lang: string): LangId;
  /** A line as words between blanks. */
  words(line: string, lang: string): string;
  /** Raw lines as ids, one sentence each. */
  corpus(lines: readonly string[], lang: string): Corpus;
  /** Sentences of ids as text to read: subwords joined, words put together. */
  text(corpus: Corpus, lang: string): string[];
}

/** What a codec is made of. */
export interface TextCodecParts {
  readonly langs: readonly string[];
  readonly bpe: Bpe;
  readonly dictionary: Dictionary;
  /** How a line of a language becomes words. @default the Moses scripts, then lower case */
  readonly tokenizer?: WordStyle;
}

/**
 * `"lower"`: Moses, then lower case; translations keep their accents. `"plain"`: Moses, lower case, without accents, as XLM's models of 15
 * languages read. `"cased"`: Moses alone. `"none"`: the words stand apart already.
 */
export type WordStyle = "lower" | "plain" | "cased" | "none";

/**
 * Joins the steps between text and ids.
 * @throws OptionError (`XLM_OPTION`) for a language named twice, or none.
 */
export function createTextCodec(parts: TextCodecParts): TextCodec {
  const { bpe, dictionary, tokenizer = "lower" } = parts;
  const langs = [...new Set(parts.langs)].sort();
  if (langs.length !== parts.langs.length || langs.length === 0) {
    throw new OptionError({
      what: `the languages are ${parts.langs.join(", ") || "none"}`,
      why: "each has one id",
      fix: "name at least one, and each once",
    });
  }
  const wordsOf = new Map(langs.map((lang) => [lang, wordSplitter(lang, tokenizer)]));
  const known = (lang: string): string => {
    if (langs.includes(lang)) return lang;
    throw new OptionError({
      what: `there is text in ${JSON.stringify(lang)} and the model has ${langs.join(", ")}`,
      why: "it has learnt nothing of another language",
      fix: "name one of its languages, or pretrain with this one",
    });
  };
  const words = (line: string, lang: string): string => wordsOf.get(known(lang))!(line);
  return {
    langs,
    dictionary,
    langId: (lang) => langId(langs.indexOf(known(lang)), langs.length),
    words,
    corpus: (lines, lang) => {
      known(lang);
      if (lines.length === 0) return { ids: new Int32Array(), positions: new Int32Array() };
      const split = bpe.applyText(lines.map((line) => words(line.replaceAll("\n", " "), lang)).join("\n"));
      const { ids, positions } = indexText(split.split("\n").slice(0, lines.length), dictionary);
      return { ids, positions };
    },
    text: (corpus, lang) => {
      known(lang);
      const all = Int32Array.from({ length: corpus.positions.length / 2 }, (_, i) => i);
      if (all.length === 0) return [];
      const lines = idsToText(sentenceBatch(corpus, all, dictionary), dictionary).map((line) => restoreBpe(line));
      return tokenizer === "none" ? lines : lines.map((line) => detokenize(line, lang));
    },
  };
}

export interface LearnTextCodecOptions {
  /** BPE merges. @default 4000 */
  readonly merges?: number;
  /** Exponent of the mixture of languages that codes are learnt on (§3.1). @default 0.5 */
  readonly alpha?: number | "uniform";
  readonly tokenizer?: WordStyle;
}

/**
 * Learns a joint BPE and its vocabulary from the text of all languages (Lample & Conneau 2019, §3.1).
 * @param texts what is trained on, and nothing that is scored.
 * @param rng split, not advanced.
 */
export function learnTextCodec(texts: Texts, rng: Rng, options: LearnTextCodecOptions = {}): TextCodec {
  const { merges = 4000, alpha = 0.5, tokenizer = "lower" } = options;
  const langs = Object.keys(texts).sort();
  const split = langs.map((lang) => {
    const toWords = wordSplitter(lang, tokenizer);
    return (texts[lang] as readonly string[]).map((line) => toWords(line.replaceAll("\n", " ")));
  });
  const counts = split.map((lines) => lines.length);
  const empty = langs.find((_, i) => counts[i] === 0);
  if (empty !== undefined || langs.length === 0) {
    throw new MismatchError({
      what: langs.length === 0 ? "there is no text" : `the text of ${JSON.stringify(empty)} is empty`,
      why: "a vocabulary is learnt from text of every language",
      fix: "give it text, or leave the language out",
    });
  }
  const total = counts.reduce((sum, n) => sum + n, 0);
  const shares = mixtureCounts(counts, total, { alpha });
  const mixture = split.flatMap((lines, i) =>
    Array.from(sampleLines(lines.length, shares[i] as number, rng.split()), (line) => lines[line] as string),
  );
  const bpe = createBpe(learnBpe(countWords(mixture.join("\n")), merges));
  const dictionary = dictionaryFromCounts(countVocab(split.map((lines) => bpe.applyText(lines.join("\n")))));
  return createTextCodec({ langs, bpe, dictionary, tokenizer });
}

function wordSplitter(lang: string, style: WordStyle): (line: string) => string {
  if (style === "none") return (line) => line;
  const tokenize = createLineTokenizer(lang, { lower: style === "plain" });
  return style === "lower" ? (line) => tokenize(line).toLowerCase() : tokenize;
}
