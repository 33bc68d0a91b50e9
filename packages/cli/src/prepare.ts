import { DataError, MismatchError, type Rng } from "@xlm/core";
import { checkVocab, countVocab, countWords, formatCodes, learnBpe, parseVocab, type Bpe } from "@xlm/bpe";
import { dictionaryFromCounts, formatDictionary, indexText, type Dictionary, type MemoryCorpus } from "@xlm/data";
import { mixtureCounts, sampleLines } from "@xlm/sampler";
import type { StartProgress } from "./progress.js";
import { tokenizeLines, type WordRules } from "./tokenize.js";

/** Lines of one language, split into words. */
export interface WordLines {
  readonly lang: string;
  readonly lines: readonly string[];
}

/** Lines whose words stand apart. */
export const wordLines = (
  { lang, lines }: { lang: string; lines: readonly string[] },
  rules: WordRules,
): WordLines => ({ lang, lines: tokenizeLines(lines, rules, lang) });

export interface LearnCodesOptions {
  nMerges: number;
  /** Exponent of the mixture of languages that codes are learnt on. @default 0.5 */
  alpha?: number | "uniform";
  progress: StartProgress;
}

/** Lines of all languages in the proportions `q ~ p^alpha`, as many as there are in all (paper, section 3.1). */
export function mixTexts(texts: readonly WordLines[], alpha: number | "uniform", rng: Rng): string[] {
  const counts = texts.map(({ lines }) => lines.length);
  const total = counts.reduce((sum, n) => sum + n, 0);
  const shares = mixtureCounts(counts, total, { alpha });
  return texts.map(({ lines }, i) => {
    const picked = sampleLines(lines.length, shares[i] as number, rng.split());
    return Array.from(picked, (line) => lines[line]).join("\n");
  });
}

/** Learns joint BPE codes on a mixture of languages and returns the codes file. */
export function learnCodes(texts: readonly WordLines[], rng: Rng, options: LearnCodesOptions): Uint8Array {
  const { nMerges, alpha = 0.5, progress } = options;
  const words = countWords(mixTexts(texts, alpha, rng));
  const bar = progress("Learning BPE", nMerges, "merges");
  const codes = learnBpe(words, nMerges, { onMerge: (done) => bar.update(done) });
  bar.stop();
  return formatCodes(codes);
}

/** Splits the words of every line into subwords. */
export const applyCodes = (bpe: Bpe, lines: readonly string[]): string[] => bpe.applyText(lines.join("\n")).split("\n");

/** The vocabulary of split text: its file, as `xlm bpe vocab` writes it. */
export function countDictionary(split: readonly (readonly string[])[]): { dictionary: Dictionary; file: Uint8Array } {
  const dictionary = dictionaryFromCounts(countVocab(split.map((lines) => lines.join("\n"))));
  return { dictionary, file: new TextEncoder().encode(formatDictionary(dictionary)) };
}

/**
 * Turns split lines into ids.
 * @throws DataError when not one of its subwords is in the vocabulary.
 */
export function indexLines(lines: readonly string[], dictionary: Dictionary, name: string): MemoryCorpus {
  const { ids, positions, unkWords } = indexText(lines, dictionary);
  const unknown = [...unkWords.values()].reduce((sum, n) => sum + n, 0);
  checkKnown(name, { tokens: ids.length - positions.length / 2, unknown });
  return { ids, positions };
}

/** @throws DataError when a text of some length has not one known word. */
export function checkKnown(file: string, { tokens, unknown }: { tokens: number; unknown: number }): void {
  if (tokens === 0 || unknown < tokens) return;
  throw new DataError({
    what: `none of its ${tokens} subwords is in the vocabulary`,
    why: "the text is of another language or tokenised otherwise than the vocabulary's",
    fix: "use the vocabulary and codes made for this text, and the same --tokenize",
    at: { file },
  });
}

/**
 * Checks that a vocabulary was counted on text split with these codes.
 * @throws MismatchError naming both files.
 */
export function checkBelongs(
  codes: Parameters<typeof checkVocab>[0],
  vocab: Uint8Array,
  names: [codes: string, vocab: string],
): void {
  try {
    checkVocab(codes, parseVocab(vocab, { file: names[1] }));
  } catch (error) {
    if (!(error instanceof MismatchError)) throw error;
    throw new MismatchError({
      what: `${names[1]} does not belong to ${names[0]}: ${error.what}`,
      why: error.why,
      fix: error.fix,
      at: { file: names[1] },
      cause: error,
    });
  }
}
