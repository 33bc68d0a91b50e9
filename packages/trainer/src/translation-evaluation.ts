import type { LangId } from "@xlm/core";
import { planBatches, sentenceLengths, type Corpus, type Dictionary } from "@xlm/data";
import { multiBleu } from "@xlm/metrics";
import type { EncoderDecoder } from "@xlm/transformer";
import { linesOf, translatable, translateCorpus, type TranslateOptions } from "./translate.js";

/** What translations are worth. */
export interface TranslationScore {
  /** BLEU as Moses' `multi-bleu.perl` prints it, 0 to 100, two digits; -1 when every translation is empty. */
  readonly score: number;
  /** What the model wrote, tokenised, subwords joined, in the order of the source. */
  readonly hypotheses: readonly string[];
  /** What it was compared with, line by line: `<unk>` stands as `<<unk>>`, which no translation matches. */
  readonly references: readonly string[];
}

export interface TranslationBleuOptions extends TranslateOptions {
  /** Of the source and of the target. @default none, for a model without language embeddings */
  readonly langs?: readonly [LangId, LangId];
}

/**
 * Translates the first side of sentence pairs and compares with the second (`--eval_bleu`; §5.3): BLEU on text that is still tokenised.
 * `Differs:` lines come in the order of the source; in the original's files they are sorted by length.
 * @param sides pair by pair; pairs with an empty side, or with more than `maxWords` on one, are left out.
 * @throws DataError (`XLM_DATA`) for no pairs; ShapeError (`XLM_SHAPE`) for sides of different numbers of sentences; OptionError
 *   (`XLM_OPTION`), such as for a language the model does not have; the signal's reason.
 */
export async function translationBleu(
  model: EncoderDecoder,
  sides: readonly [Corpus, Corpus],
  dictionary: Dictionary,
  options: TranslationBleuOptions = {},
): Promise<TranslationScore> {
  const { langs, ...rest } = options;
  const [source, target] = translatable(model, sides, rest);
  // By the lengths of pairs, as the original: what is in a batch decides how long its translations may be.
  const plan = planBatches(sentenceLengths([source, target]), { batchSize: rest.batchSize ?? 32, groupBySize: true });
  const written = await translateCorpus(model, source, dictionary, plan, langs, rest);
  return scoreOf(linesOf(written, dictionary), linesOf(target, dictionary));
}

export function scoreOf(hypotheses: readonly string[], originals: readonly string[]): TranslationScore {
  const references = originals.map((line) => line.replaceAll("<unk>", "<<unk>>"));
  const file = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");
  return { score: multiBleu(file(hypotheses), [file(references)]).score, hypotheses, references };
}
