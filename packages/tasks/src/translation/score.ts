import { chrf, corpusBleu, type BleuScore, type ChrfScore } from "@xlm/metrics";
import { noLines } from "./translate.js";

export interface ScoreTranslationsOptions {
  /** Whether case is ignored, as it must be for a model that writes small letters alone. The signatures say so. @default false */
  readonly lowercase?: boolean;
}

/** What translations are worth, each score with sacreBLEU's signature. */
export interface TranslationScores {
  /** With sacreBLEU's own tokenizer 13a. */
  readonly bleu: BleuScore;
  readonly chrf: ChrfScore;
}

/**
 * Compares raw translations with one reference each: BLEU and chrF as sacreBLEU computes them.
 * @param hypotheses, references line by line.
 * @throws DataError (`XLM_DATA`) for no lines; ShapeError (`XLM_SHAPE`) for different numbers of lines.
 * @example
 * scoreTranslations(["Der Hund schläft."], ["der Hund schläft."], { lowercase: true }).bleu.score; // 100
 */
export function scoreTranslations(
  hypotheses: readonly string[],
  references: readonly string[],
  options: ScoreTranslationsOptions = {},
): TranslationScores {
  const { lowercase = false } = options;
  if (hypotheses.length + references.length === 0) throw noLines("a corpus is scored as a whole");
  return {
    bleu: corpusBleu(hypotheses, [references], { lowercase }),
    chrf: chrf(hypotheses, [references], { lowercase }),
  };
}
